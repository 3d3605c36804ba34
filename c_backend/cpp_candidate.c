/* cpp_candidate.c: makes candidates from descriptions, boxes results, and turns
   C++ exceptions into Python's. */
#include "cpp_runtime.h"
#include "cpp_class.h"
#include "cpp_instance.h"
#include "cpp_type.h"
#include "cpp_convert.h"
#include "cpp_guard.h"
#include "cpp_candidate.h"
#include "cpp_callable.h"
#include "cpp_native.h"
#include "cpp_item.h"

#include <stdlib.h>

/* ---- making ---------------------------------------------------------------------------- */

static cpp_result_mode candidate_result_mode(const cpp_type *result, int flags)
{
    if (result->kind == CPP_VOID || (flags & CPP_CANDIDATE_CONSTRUCTOR))
        return CPP_RESULT_VOID;
    if (result->kind == CPP_INT)
        return CPP_RESULT_INT;
    if (result->kind == CPP_DOUBLE)
        return CPP_RESULT_DOUBLE;
    if (result->kind == CPP_CLASS)
        return result->flags & CPP_TYPE_TEXT ? CPP_RESULT_STORAGE : CPP_RESULT_OBJECT;
    if (result->kind == CPP_LONGDOUBLE || result->kind == CPP_INT128 || result->kind == CPP_UINT128)
        return CPP_RESULT_STORAGE;
    return CPP_RESULT_LOAD;
}

/* Distributes the arguments over registers.  0, or -1: too many. */
static int candidate_place(cpp_candidate *self)
{
    call_regs_placer placer = {0, 0, 0};
    int scratch = 0;

    if (self->result_mode >= CPP_RESULT_STORAGE)
        (void)call_regs_place(&placer, 0);
    if (self->flags & (CPP_CANDIDATE_THIS | CPP_CANDIDATE_CONSTRUCTOR))
        self->place_this = (short)((size_t)call_regs_place(&placer, 0) / sizeof(int64_t));
    for (Py_ssize_t i = 0; i < self->passed; i++) {
        cpp_argument *argument = &self->arguments[i];
        argument->place = (short)call_regs_place(&placer, argument->type->is_floating);
        if (argument->place == CALL_REGS_NO_PLACE)
            return -1;
        argument->scratch = (short)scratch;
        scratch += (argument->type->ops->scratch_size + 15) & ~15;
        if (scratch > 0x7000)
            return -1;
        if (argument->type->ops == &cpp_convert_integer) {
            argument->shortcut = CPP_PASS_INT;
            cpp_convert_bounds(argument->type, &argument->low, &argument->high);
        }
        else if (argument->type->kind == CPP_DOUBLE)
            argument->shortcut = CPP_PASS_DOUBLE;
        else if (argument->type->ops == &cpp_convert_class_ref || argument->type->ops == &cpp_convert_class_value)
            argument->shortcut = CPP_PASS_OBJECT;
        cpp_type *target = argument->type->kind == CPP_CLASS ? argument->type : argument->type->target;
        argument->is_object = target != NULL && target->kind == CPP_CLASS && !(target->flags & CPP_TYPE_TEXT);
        argument->is_const = argument->is_object && ((self->flags & CPP_CANDIDATE_HELPER) || argument->type->kind == CPP_CLASS ||
                                                     (target->flags & CPP_TYPE_CONST));
        self->has_objects |= argument->is_object;
        self->has_functions |= argument->type->ops == &cpp_convert_function;
    }
    self->scratch_size = scratch;
    self->shape.extent = (uint8_t)call_regs_extent_of(&placer);
    self->shape.result = CALL_REGS_INTEGER;
    if (self->result_mode < CPP_RESULT_STORAGE && self->result->kind == CPP_DOUBLE)
        self->shape.result = CALL_REGS_DOUBLE;
    if (self->result_mode < CPP_RESULT_STORAGE && self->result->kind == CPP_FLOAT)
        self->shape.result = CALL_REGS_FLOAT;
    return 0;
}

int cpp_candidate_is_fast(const cpp_candidate *self)
{
    if (self->reason != NULL || (self->flags & (CPP_CANDIDATE_ASSIGN | CPP_CANDIDATE_VARIADIC)))
        return 0;
    if ((self->flags & CPP_CANDIDATE_CONSTRUCTOR) && self->has_functions)
        return 0;
    if (self->result_mode == CPP_RESULT_STORAGE && !(self->result->flags & CPP_TYPE_STRING))
        return 0;
    for (Py_ssize_t i = 0; i < self->count; i++) {
        const cpp_argument *argument = &self->arguments[i];
        if (argument->type->ops->scratch_size > 0 && argument->shortcut != CPP_PASS_OBJECT)
            return 0;
    }
    return 1;
}

/* Itanium C++ ABI 2.3: the pair of a pointer to member function. */
static void candidate_set_target(cpp_candidate *self, uintptr_t pointer, Py_ssize_t adjustment)
{
    self->slot = -1;
    self->adjust = 0;
    if ((self->flags & CPP_CANDIDATE_THIS) && !(self->flags & CPP_CANDIDATE_WRAPPER)) {
#if defined(__aarch64__)
        self->adjust = adjustment >> 1;
        if (adjustment & 1)
            self->slot = (Py_ssize_t)pointer;
#else
        self->adjust = adjustment;
        if (pointer & 1)
            self->slot = (Py_ssize_t)pointer - 1;
#endif
    }
    self->function = self->slot < 0 ? (void (*)(void))pointer : NULL;
    if (self->flags & CPP_CANDIDATE_CONSTRUCTOR)
        self->flags |= CPP_CANDIDATE_THIS;
}

static int candidate_fill(core_state *state, cpp_candidate *self, PyObject *types)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(types); i++) {
        PyObject *type = PyTuple_GET_ITEM(types, i);
        if (!CPP_TYPE_CHECK(state, type)) {
            PyErr_Format(PyExc_TypeError, "a CppType is needed, not '%s'", Py_TYPE(type)->tp_name);
            return -1;
        }
        self->arguments[i].type = (cpp_type *)Py_NewRef(type);
        self->count++;
    }
    return 0;
}

/* Whether C++ may delete what an argument of this type points to. */
static uint8_t candidate_takes_over(const cpp_type *type)
{
    return type->ops == &cpp_convert_class_pointer && !(type->target->flags & CPP_TYPE_CONST);
}

cpp_candidate *cpp_candidate_new(core_state *state, PyObject *description)
{
    PyObject *signature, *result, *types, *names, *reason;
    unsigned long long pointer;
    unsigned int flags;
    Py_ssize_t adjustment;

    if (!PyArg_ParseTuple(description, "UIKnO!O!O!O:candidate", &signature, &flags, &pointer, &adjustment,
                          state->cpp_type_type, &result, &PyTuple_Type, &types, &PyTuple_Type, &names, &reason))
        return NULL;
    if (PyTuple_GET_SIZE(names) != PyTuple_GET_SIZE(types) || PyTuple_GET_SIZE(types) > 1000) {
        PyErr_SetString(PyExc_ValueError, "candidate: names and types differ in number");
        return NULL;
    }
    cpp_candidate *self = PyMem_RawCalloc(1, sizeof(cpp_candidate) +
                                             (size_t)PyTuple_GET_SIZE(types) * sizeof(cpp_argument));
    if (self == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    self->flags = (uint16_t)flags;
    self->signature = Py_NewRef(signature);
    self->names = Py_NewRef(names);
    self->result = (cpp_type *)Py_NewRef(result);
    self->reason = reason == Py_None ? NULL : Py_NewRef(reason);
    if (candidate_fill(state, self, types) < 0) {
        cpp_candidate_free(self);
        return NULL;
    }
    self->passed = (short)(self->count - ((flags & CPP_CANDIDATE_ASSIGN) != 0));
    self->result_mode = (uint8_t)candidate_result_mode(self->result, (int)flags);
    candidate_set_target(self, (uintptr_t)pointer, adjustment);
    if (candidate_place(self) < 0 && self->reason == NULL)
        self->reason = PyUnicode_FromString("it has more arguments than are supported");
    if (self->function == NULL && self->slot < 0 && self->reason == NULL)
        self->reason = PyUnicode_FromString("the dictionary has no address for it");
    for (Py_ssize_t i = 0; i < self->passed; i++)
        self->gives |= candidate_takes_over(self->arguments[i].type);
    if (cpp_lend_is_lending(self))
        self->flags |= CPP_CANDIDATE_LENDS;
    return self;
}

void cpp_candidate_free(cpp_candidate *self)
{
    for (Py_ssize_t i = 0; i < self->count; i++)
        Py_DECREF(self->arguments[i].type);
    Py_XDECREF(self->result);
    Py_XDECREF(self->signature);
    Py_XDECREF(self->names);
    Py_XDECREF(self->reason);
    PyMem_RawFree(self);
}

COMPAT_NOINLINE Py_ssize_t cpp_candidate_verify(cpp_candidate *self, PyObject *const *args, call_regs_frame *frame)
{
    for (Py_ssize_t i = 0; i < self->passed; i++) {
        cpp_argument *argument = &self->arguments[i];
        if (argument->type->ops != &cpp_convert_object &&
            cpp_convert_class_verify(argument->type, args[i], *(void **)((char *)frame + argument->place)) < 0)
            return -1 - i;
    }
    return 0;
}

COMPAT_NOINLINE void cpp_candidate_give(cpp_candidate *self, PyObject *const *args)
{
    for (Py_ssize_t i = 0; i < self->passed; i++) {
        cpp_type *type = self->arguments[i].type;
        cpp_class *cls = candidate_takes_over(type) ? cpp_type_class(type->target) : NULL;
        /* A smart pointer stays the owner of what it points to. */
        if (cls != NULL && PyType_IsSubtype(Py_TYPE(args[i]), (PyTypeObject *)cls))
            cpp_instance_give((cpp_instance *)args[i]);
    }
    PyErr_Clear();
}

/* The proxy that an argument of a class, or a reference or pointer to one, is taken from; borrowed, or NULL. */
static cpp_instance *candidate_object(const cpp_argument *argument, PyObject *value)
{
    cpp_type *type = argument->type;

    if (cpp_class_of_type(Py_TYPE(value)) != NULL)
        return (cpp_instance *)value;
    if ((PyObject *)Py_TYPE(value) != type->runtime->moved_class)
        return NULL;
    PyObject *object = PyObject_GetAttrString(value, "object");
    if (object == NULL)
        PyErr_Clear();
    else
        Py_DECREF(object);      /* held by `value` */
    return object != NULL && cpp_class_of_type(Py_TYPE(object)) != NULL ? (cpp_instance *)object : NULL;
}

void cpp_candidate_use(cpp_candidate *self, PyObject *const *args, int step)
{
    for (Py_ssize_t i = 0; i < self->passed; i++) {
        cpp_argument *argument = &self->arguments[i];
        cpp_instance *object;
        if (!argument->is_object || (object = candidate_object(argument, args[i])) == NULL)
            continue;
        cpp_instance_use((PyObject *)object, step);
        if (step < 0 && !argument->is_const && cpp_instance_class((PyObject *)object)->items_lie != CPP_LIES_NOWHERE)
            cpp_item_look_again(object);
    }
}

/* ---- failures ------------------------------------------------------------------------------ */

COMPAT_NOINLINE void cpp_candidate_explain(cpp_candidate *self, Py_ssize_t position)
{
    PyObject *type, *value, *traceback, *text = NULL;

    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    if (type == PyExc_TypeError || type == PyExc_OverflowError || type == PyExc_ValueError ||
        type == PyExc_ReferenceError)
        text = PyObject_Str(value);
    if (text == NULL) {
        PyErr_Clear();
        PyErr_Restore(type, value, traceback);
        return;
    }
    PyErr_Format(type, "argument %zd of '%U': %U", position + 1, self->signature, text);
    Py_DECREF(text);
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
}

static PyObject *candidate_text(const char *text)
{
    return text == NULL ? Py_NewRef(Py_None) : PyUnicode_DecodeUTF8(text, (Py_ssize_t)strlen(text), "replace");
}

static void candidate_drop_keeper(PyObject *capsule)
{
    cpp_guard_drop(PyCapsule_GetPointer(capsule, CPP_KEEPER_CAPSULE));
}

/* What keeps the thrown object alive as a capsule, None where there is none. */
static PyObject *candidate_keeper(cpp_guard_error *error)
{
    if (error->keeper == NULL)
        return Py_NewRef(Py_None);
    PyObject *capsule = PyCapsule_New(error->keeper, CPP_KEEPER_CAPSULE, candidate_drop_keeper);
    if (capsule != NULL)
        error->keeper = NULL;
    return capsule;
}

COMPAT_NOINLINE void cpp_candidate_raise(cpp_runtime *runtime, cpp_guard_error *error)
{
    if (error->python != NULL) {
        if (COMPAT_LIKELY(error->python->runtime == runtime))
            cpp_python_error_restore(error->python);
        else                    /* C++ kept it, and throws it here */
            PyErr_Format(PyExc_RuntimeError, "an exception of another interpreter: %s",
                         error->python->text == NULL ? "" : error->python->text);
        cpp_guard_error_clear(error);
        return;
    }
    PyObject *bases = PyTuple_New(error->base_count), *name = candidate_text(error->type_name);
    PyObject *what = candidate_text(error->what), *exception = NULL;
    PyObject *address = PyLong_FromVoidPtr(error->object), *keeper = candidate_keeper(error);
    int complete = bases != NULL && name != NULL && what != NULL && address != NULL && keeper != NULL;

    for (int i = 0; complete && i < error->base_count; i++) {
        PyObject *base = candidate_text(error->bases[i]);
        complete = base != NULL;
        PyTuple_SET_ITEM(bases, i, base);
    }
    if (complete && runtime->translate != NULL)
        exception = PyObject_CallFunctionObjArgs(runtime->translate, name, what, bases, address, keeper, NULL);
    else if (complete)
        PyErr_Format(PyExc_RuntimeError, "C++ exception of type '%S': %S", name, what);
    if (exception != NULL && PyExceptionInstance_Check(exception))
        PyErr_SetObject((PyObject *)Py_TYPE(exception), exception);
    else if (exception != NULL)
        PyErr_Format(PyExc_TypeError, "the hook 'translate' gave a %s", Py_TYPE(exception)->tp_name);
    Py_XDECREF(exception);
    Py_XDECREF(address);
    Py_XDECREF(keeper);
    Py_XDECREF(bases);
    Py_XDECREF(name);
    Py_XDECREF(what);
    cpp_guard_error_clear(error);
}

/* ---- results ---------------------------------------------------------------------------------- */

void cpp_candidate_clean(cpp_call *call)
{
    while (call->cleanups != NULL) {
        cpp_cleanup *cleanup = call->cleanups;
        call->cleanups = cleanup->next;
        cleanup->run(cleanup);
    }
}

PyObject *cpp_candidate_box(cpp_candidate *self, call_regs_value *value, PyObject *owner, int creates)
{
    cpp_type *type = self->result;

    if (creates && type->kind == CPP_POINTER && type->target->kind == CPP_CLASS && value->pointer != NULL) {
        cpp_class *cls = cpp_type_class(type->target);
        return cls == NULL ? NULL : cpp_instance_bind_dynamic(cls, value->pointer, CPP_OWNED, NULL);
    }
    if (COMPAT_UNLIKELY(type->ops == &cpp_convert_object))
        return cpp_convert_object_result(type, value->pointer);
    return type->ops->load(type, (char *)value, owner);
}

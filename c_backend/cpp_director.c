/* cpp_director.c: from a virtual call in C++ to the Python method that answers it, and the life of such objects.

   Neighbours: cppbind/runtime/directors.py (makes the classes), cppbind/emit_directors.py
   (the C++ side), cpp_callable.c (arguments, exceptions), cpp_throw.cpp (which throws). */
#include "cpp_runtime.h"
#include "cpp_class.h"
#include "cpp_instance.h"
#include "cpp_type.h"
#include "cpp_convert.h"
#include "cpp_given.h"
#include "cpp_guard.h"
#include "cpp_candidate.h"
#include "cpp_callable.h"
#include "cpp_answer.h"
#include "cpp_method.h"
#include "cpp_native.h"
#include "cpp_director.h"
#include "callback_gil.h"
#include "cpp_enter.h"

#include <stdlib.h>

/* One virtual function, in the order of the director's. */
typedef struct director_function {
    PyObject *names;            /* owned: tuple of str, the names it has in Python */
    PyObject *token;            /* owned: what the hook describe_override works from */
    PyObject *signature;        /* owned str, NULL until the function is first answered */
    cpp_type *result;           /* owned, likewise */
    PyObject *types;            /* owned tuple of CppType, likewise */
    cpp_given *given;           /* owned, of these types */
    Py_ssize_t given_count;
} director_function;

struct cpp_director {
    Py_ssize_t proxy_offset;    /* where the C++ object keeps its proxy */
    Py_ssize_t count;
    director_function functions[];
};

#define ANSWERS_CAPSULE "_cffi_like.answers"
#define KEPT_CAPSULE "_cffi_like.answer"

/* ---- who overrides what ------------------------------------------------------------ */

/* What a class written in Python says; a C++ class that comes first in the MRO and has the name hides the rest.  Borrowed. */
static PyObject *director_look_up(PyTypeObject *type, PyObject *name)
{
    PyObject *mro = type->tp_mro;

    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(mro); i++) {
        PyTypeObject *each = (PyTypeObject *)PyTuple_GET_ITEM(mro, i);
        cpp_class *cls = cpp_class_of_type(each);
        PyObject *dict = each->tp_dict;
        PyObject *found = dict == NULL ? NULL : PyDict_GetItemWithError(dict, name);
        int is_cpp = each == &PyBaseObject_Type || (cls != NULL && cls->cxx == cls);
        if (found != NULL)
            return is_cpp ? NULL : found;
        if (PyErr_Occurred())
            return NULL;
    }
    return NULL;
}

/* Borrowed, or NULL without an error. */
static PyObject *director_search(PyTypeObject *type, director_function *function)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(function->names); i++) {
        PyObject *found = director_look_up(type, PyTuple_GET_ITEM(function->names, i));
        if (found != NULL)
            return found;
        PyErr_Clear();
    }
    return NULL;
}

/* With the GIL.  Borrowed; NULL: not overridden. */
static PyObject *director_answer(PyTypeObject *type, struct cpp_director *director, Py_ssize_t index)
{
#ifndef Py_GIL_DISABLED
    struct cpp_answers *answers = ((cpp_class *)type)->answers;

    if (COMPAT_UNLIKELY(answers->version == 0 || answers->version != cpp_director_version(type))) {
        /* Looking something up gives the class a version. */
        (void)_PyType_Lookup(type, PyTuple_GET_ITEM(director->functions[0].names, 0));
        for (Py_ssize_t i = 0; i < answers->count; i++)
            answers->functions[i] = director_search(type, &director->functions[i]);
        answers->version = cpp_director_version(type);
    }
    return answers->functions[index];
#else
    return director_search(type, &director->functions[index]);
#endif
}

static void answers_free(PyObject *capsule)
{
    cpp_class *cls = PyCapsule_GetContext(capsule);

    PyMem_RawFree(cls->answers);
    cls->answers = NULL;
}

int cpp_director_prepare(cpp_class *cls)
{
    Py_ssize_t count = cls->cxx->director->count;
    struct cpp_answers *answers = PyMem_RawCalloc(1, sizeof(struct cpp_answers) + (size_t)count * sizeof(PyObject *));
    PyObject *capsule;
    int status;

    if (answers == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    answers->count = count;
    capsule = PyCapsule_New(answers, ANSWERS_CAPSULE, answers_free);
    if (capsule == NULL) {
        PyMem_RawFree(answers);
        return -1;
    }
    cls->answers = answers;
    (void)PyCapsule_SetContext(capsule, cls);
    status = PyDict_SetItemString(((PyTypeObject *)cls)->tp_dict, "__cpp_answers__", capsule);
    Py_DECREF(capsule);
    return status;
}

/* ---- arguments and results ------------------------------------------------------------ */

static void kept_free(PyObject *capsule)
{
    cpp_answer_free(PyCapsule_GetPointer(capsule, KEPT_CAPSULE));
}

/* What a result refers to lives as long as the object, or until that has answered the
   same call some times more.  Takes the answer; 0, or -1 with an error. */
static int director_keep(director_function *function, PyObject *self, cpp_answer *answer)
{
    PyObject *capsule = cpp_instance_kept(self, function);
    int status;

    if (capsule != NULL) {
        cpp_answer *older = PyCapsule_GetPointer(capsule, KEPT_CAPSULE);
        (void)PyCapsule_SetPointer(capsule, answer);
        cpp_answer_link(answer, older);
        return 0;
    }
    capsule = PyCapsule_New(answer, KEPT_CAPSULE, kept_free);
    if (capsule == NULL) {
        cpp_answer_free(answer);
        return -1;
    }
    status = cpp_instance_keep(self, function, capsule);
    Py_DECREF(capsule);
    return status;
}

static int director_return_reference(director_function *function, PyObject *self, PyObject *value, void *result)
{
    cpp_answer *answer = cpp_answer_new(function->result, value, result);

    return answer == NULL ? -1 : director_keep(function, self, answer);
}

static int director_return_value(cpp_type *type, PyObject *value, void *result, cpp_director_taker *take)
{
    char small[512] __attribute__((aligned(16)));
    char *scratch = small;
    cpp_call call = {NULL};
    union { int64_t integer; void *pointer; char bytes[8]; } image = {0};
    int status;

    if (type->ops->scratch_size > (int)sizeof small && (scratch = PyMem_Malloc((size_t)type->ops->scratch_size)) == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    status = type->ops->argument(type, value, &image, &call, scratch);
    if (status == 0 && take != NULL)
        take(result, image.pointer);
    else if (status == 0 && (type->kind == CPP_LONGDOUBLE || type->kind == CPP_INT128 || type->kind == CPP_UINT128))
        memcpy(result, image.pointer, (size_t)type->size);
    else if (status == 0)
        memcpy(result, image.bytes, (size_t)(type->kind == CPP_ENUM ? type->target->size : type->size));
    cpp_candidate_clean(&call);
    if (scratch != small)
        PyMem_Free(scratch);
    return status;
}

static COMPAT_NOINLINE void director_explain(director_function *function, PyObject *self)
{
    PyObject *type, *error, *traceback;

    PyErr_Fetch(&type, &error, &traceback);
    PyErr_Format(PyExc_TypeError, "the result of '%s.%U', which overrides '%U': %S", Py_TYPE(self)->tp_name,
                 PyTuple_GET_ITEM(function->names, 0), function->signature, error);
    Py_XDECREF(type);
    Py_XDECREF(error);
    Py_XDECREF(traceback);
}

static COMPAT_NOINLINE int director_return_slow(director_function *function, PyObject *self, PyObject *value,
                                                void *result, cpp_director_taker *take)
{
    int kind = function->result->kind, status;

    if (kind == CPP_POINTER || kind == CPP_LVALUE_REF || kind == CPP_RVALUE_REF)
        status = director_return_reference(function, self, value, result);
    else
        status = director_return_value(function->result, value, result, take);
    if (status < 0 && PyErr_ExceptionMatches(PyExc_TypeError))
        director_explain(function, self);
    return status;
}

/* Writes what Python answered where C++ reads it.  0, or -1 with an error. */
static inline int director_return(director_function *function, PyObject *self, PyObject *value, void *result,
                                  cpp_director_taker *take)
{
    int64_t number;

    switch ((cpp_kind)function->result->kind) {
    case CPP_VOID:
        return 0;
    case CPP_INT:
        if (COMPAT_LIKELY(cpp_convert_small_int(value, &number) && number == (int)number)) {
            *(int *)result = (int)number;
            return 0;
        }
        break;
    case CPP_DOUBLE:
        if (COMPAT_LIKELY(PyFloat_CheckExact(value))) {
            *(double *)result = PyFloat_AS_DOUBLE(value);
            return 0;
        }
        break;
    default:
        break;
    }
    return director_return_slow(function, self, value, result, take);
}

/* ---- the call ---------------------------------------------------------------------------- */

/* How the arguments are made; NULL with an error. */
static cpp_given *director_prepare_given(PyObject *types)
{
    Py_ssize_t count = PyTuple_GET_SIZE(types);
    cpp_given *given = PyMem_RawCalloc((size_t)count + 1, sizeof *given);

    if (given == NULL)
        PyErr_NoMemory();
    for (Py_ssize_t i = 0; given != NULL && i < count; i++)
        cpp_given_init(&given[i], (cpp_type *)PyTuple_GET_ITEM(types, i));
    return given;
}

/* The types of a function, by way of the hook.  0, or -1 with an error. */
static COMPAT_NOINLINE int director_describe(cpp_runtime *runtime, director_function *function)
{
    PyObject *hook = runtime->describe_override, *description, *signature, *result, *types;
    cpp_given *given = NULL;

    if (hook == NULL) {
        PyErr_SetString(PyExc_RuntimeError, "cppbind is not set up");
        return -1;
    }
    description = PyObject_CallOneArg(hook, function->token);
    if (description == NULL)
        return -1;
    if (!PyArg_ParseTuple(description, "UO!O!:describe_override", &signature, runtime->state->cpp_type_type, &result,
                          &PyTuple_Type, &types) || (given = director_prepare_given(types)) == NULL) {
        Py_DECREF(description);
        return -1;
    }
    CPP_MEMO_LOCK(runtime);
    if (function->signature == NULL) {
        function->result = (cpp_type *)Py_NewRef(result);
        function->types = Py_NewRef(types);
        function->given = given;
        function->given_count = PyTuple_GET_SIZE(types);
        given = NULL;
        CPP_STORE_POINTER(function->signature, Py_NewRef(signature));
    }
    CPP_MEMO_UNLOCK(runtime);
    PyMem_RawFree(given);
    Py_DECREF(description);
    return 0;
}

/* Calls the answer; `stack` has room for the object and the arguments, which are here. */
static inline PyObject *director_invoke(PyObject *answer, PyObject **stack, size_t count)
{
    if (COMPAT_LIKELY(PyFunction_Check(answer)))
        return ((PyFunctionObject *)answer)->vectorcall(answer, stack, count, NULL);
    if (PyType_HasFeature(Py_TYPE(answer), Py_TPFLAGS_METHOD_DESCRIPTOR))
        return PyObject_Vectorcall(answer, stack, count, NULL);
    descrgetfunc get = Py_TYPE(answer)->tp_descr_get;
    PyObject *bound = get == NULL ? Py_NewRef(answer) : get(answer, stack[0], (PyObject *)Py_TYPE(stack[0]));
    PyObject *value = bound == NULL ? NULL : PyObject_Vectorcall(bound, stack + 1, count - 1, NULL);
    Py_XDECREF(bound);
    return value;
}

/* Gives back the arguments before `made`; an error that is set stays. */
static inline void director_drop(director_function *function, PyObject **stack, Py_ssize_t made)
{
    while (--made > 0)
        cpp_given_drop(&function->given[made - 1], stack[made]);
}

static COMPAT_NOINLINE void director_drop_failed(director_function *function, PyObject **stack, Py_ssize_t made)
{
    PyObject *type, *error, *traceback;

    PyErr_Fetch(&type, &error, &traceback);
    director_drop(function, stack, made);
    PyErr_Restore(type, error, traceback);
}

static inline int director_run(cpp_class *cls, director_function *function, PyObject *answer, PyObject *self,
                               void *const *arguments, void *result, cpp_director_taker *take)
{
    PyObject *small[8], **stack = small, *value = NULL;
    Py_ssize_t made = 1, count;
    int status = -1;

    if (COMPAT_UNLIKELY(CPP_LOAD_POINTER(function->signature) == NULL) && director_describe(cls->runtime, function) < 0)
        return -1;
    count = function->given_count;
    if (COMPAT_UNLIKELY(count >= (Py_ssize_t)(sizeof small / sizeof *small)) &&
        (stack = PyMem_Malloc((size_t)(count + 1) * sizeof *stack)) == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    stack[0] = Py_NewRef(self);
    cpp_instance_use(self, 1);
    for (; made <= count; made++) {
        stack[made] = cpp_given_load(&function->given[made - 1], arguments[made - 1]);
        if (COMPAT_UNLIKELY(stack[made] == NULL))
            goto done;
    }
    value = director_invoke(answer, stack, (size_t)made);
    if (COMPAT_LIKELY(value != NULL)) {
        status = director_return(function, self, value, result, take);
        Py_DECREF(value);
    }
done:
    if (COMPAT_LIKELY(status >= 0))
        director_drop(function, stack, made);
    else
        director_drop_failed(function, stack, made);
    cpp_instance_use(self, -1);
    Py_DECREF(self);
    if (COMPAT_UNLIKELY(stack != small))
        PyMem_Free(stack);
    return status < 0 ? -1 : 1;
}

/* ---- what nobody answers ------------------------------------------------------------------ */

/* Whether there is a value for C++ where Python gave none: the zero that already lies there. */
static int director_has_zero(cpp_runtime *runtime, director_function *function)
{
    if (CPP_LOAD_POINTER(function->signature) == NULL && director_describe(runtime, function) < 0) {
        PyErr_Clear();
        return 0;
    }
    return cpp_type_has_zero(function->result);
}

/* Where Python is gone, as cpp_director_call: what is pure has no base to answer for it. */
static int director_without_python(void *result, uint32_t flags)
{
    if (!(flags & CPP_DIRECTOR_PURE))
        return 0;
    return result == NULL || (flags & CPP_DIRECTOR_ZERO) ? 1 : -2;
}

/* With the error that is set: what the virtual function does about it, as cpp_director_call. */
static COMPAT_NOINLINE int director_fail(cpp_class *cls, director_function *function, PyObject *whose, uint32_t flags,
                                         cpp_python_error **raised)
{
    /* Out of a destructor, too, nothing can be thrown. */
    if (!(flags & CPP_DIRECTOR_NOEXCEPT) && !cls->runtime->destroying) {
        *raised = cpp_python_error_take(cls->runtime);
        return -1;
    }
    PyErr_WriteUnraisable(whose);
    return (flags & CPP_DIRECTOR_PURE) && director_has_zero(cls->runtime, function);
}

static COMPAT_NOINLINE int director_unanswered(cpp_class *cls, director_function *function, PyObject *self,
                                               uint32_t flags, cpp_python_error **raised)
{
    if (!(flags & CPP_DIRECTOR_PURE))
        return 0;
    PyErr_Format(PyExc_NotImplementedError, "'%s' does not define '%U', which is pure virtual in C++",
                 ((PyTypeObject *)cls)->tp_name, PyTuple_GET_ITEM(function->names, 0));
    return director_fail(cls, function, self, flags, raised);
}

/* With the GIL, and no error set. */
static inline int director_call_locked(cpp_class *cls, PyObject *self, uint32_t index, void *const *arguments,
                                       void *result, cpp_director_taker *take, uint32_t flags,
                                       cpp_python_error **raised)
{
    struct cpp_director *director = cls->cxx->director;
    director_function *function = &director->functions[index];
    PyObject *answer = director_answer((PyTypeObject *)cls, director, index);
    int status;

    if (COMPAT_UNLIKELY(answer == NULL))
        return director_unanswered(cls, function, self, flags, raised);
    Py_INCREF(answer);          /* the class may lose it meanwhile */
    const int destroying = cls->runtime->destroying;
    cls->runtime->destroying = 0;       /* what Python calls may throw to it */
    status = director_run(cls, function, answer, self, arguments, result, take);
    cls->runtime->destroying = destroying;
    if (COMPAT_UNLIKELY(status < 0))
        status = director_fail(cls, function, answer, flags, raised);
    Py_DECREF(answer);
    return status;
}

static COMPAT_NOINLINE int director_call_held(PyObject *self, uint32_t index, void *const *arguments, void *result,
                                              cpp_director_taker *take, uint32_t flags, cpp_python_error **raised)
{
    cpp_class *cls = (cpp_class *)Py_TYPE(self);
    PyObject *type, *value, *traceback;
    int status;

    if (cls->answers == NULL || cls->cxx->director == NULL || (Py_ssize_t)index >= cls->cxx->director->count)
        return 0;
    if (COMPAT_LIKELY(PyErr_Occurred() == NULL))
        return director_call_locked(cls, self, index, arguments, result, take, flags, raised);
    /* What was raised before goes on behind this call. */
    PyErr_Fetch(&type, &value, &traceback);
    status = director_call_held(self, index, arguments, result, take, flags, raised);
    PyErr_Restore(type, value, traceback);
    return status;
}

int cpp_director_call(void *proxy, uint32_t index, void *const *arguments, void *result, cpp_director_taker *take,
                      uint32_t flags, cpp_python_error **raised)
{
    cpp_runtime *runtime = ((cpp_class *)Py_TYPE((PyObject *)proxy))->runtime;
    callback_gil gil;
    int status;

    if (COMPAT_LIKELY(cpp_enter_is_in(runtime)))
        return director_call_held(proxy, index, arguments, result, take, flags, raised);
    if (!cpp_enter(runtime, &gil))
        return director_without_python(result, flags);
    status = director_call_held(proxy, index, arguments, result, take, flags, raised);
    cpp_leave(runtime, gil);
    return status;
}

/* ---- life ------------------------------------------------------------------------------------ */

void cpp_director_attach(cpp_class *cls, void *memory, PyObject *proxy)
{
    if (cls->director != NULL)
        memcpy((char *)memory + cls->director->proxy_offset, &proxy, sizeof proxy);
}

void cpp_director_hold(cpp_instance *self, int held)
{
    if (cpp_instance_class((PyObject *)self)->director == NULL || held == ((self->flags & CPP_HELD) != 0))
        return;
    if (held) {
        self->flags |= CPP_HELD;
        Py_INCREF(self);
    }
    else {
        self->flags &= (uint16_t)~CPP_HELD;
        Py_DECREF(self);
    }
}

void cpp_director_gone(void *proxy)
{
    cpp_runtime *runtime = ((cpp_class *)Py_TYPE((PyObject *)proxy))->runtime;

    callback_gil gil;

    if (!cpp_enter(runtime, &gil))
        return;
    cpp_instance_expire(proxy);
    cpp_leave(runtime, gil);
}

/* ---- making ------------------------------------------------------------------------------------ */

cpp_class *cpp_director_of(cpp_class *cxx)
{
    PyObject *hook = cxx->runtime->director, *answer;

    if (cxx->director != NULL || hook == NULL || !(cxx->flags & CPP_CLASS_POLYMORPHIC))
        return cxx;
    answer = PyObject_CallOneArg(hook, (PyObject *)cxx);
    if (answer == NULL)
        return NULL;
    Py_DECREF(answer);          /* the hook keeps it */
    if (answer == Py_None)
        return cxx;
    if (!PyType_Check(answer) || cpp_class_of_type((PyTypeObject *)answer) == NULL ||
        ((cpp_class *)answer)->director == NULL) {
        PyErr_Format(PyExc_TypeError, "the hook 'director' gave %R", answer);
        return NULL;
    }
    return (cpp_class *)answer;
}

PyObject *cpp_director_base_call(PyObject *method, PyObject *object)
{
    cpp_class *cls = cpp_class_of_type(Py_TYPE(object));
    PyObject *found;

    if (cls == NULL || cls == cls->cxx || cls->cxx->director == NULL)
        return method;
    found = PyDict_GetItemWithError(((PyTypeObject *)cls->cxx)->tp_dict, ((cpp_method *)method)->name);
    return found == NULL ? method : found;
}

/* (class, proxy offset, address of the dictionary's pointer to the hooks, ((names, token), ...)) */
static PyObject *director_setup(PyObject *module, PyObject *args)
{
    core_state *state = core_state_of(module);
    PyObject *object, *functions;
    unsigned long long hooks;
    Py_ssize_t offset;

    if (!PyArg_ParseTuple(args, "OnKO!:cpp_setup_director", &object, &offset, &hooks, &PyTuple_Type, &functions))
        return NULL;
    if (!PyType_Check(object) || !cpp_class_check(state, (PyTypeObject *)object))
        return PyErr_Format(PyExc_TypeError, "%R is no C++ class", object);
    cpp_class *cls = (cpp_class *)object;
    if (cls->director != NULL || hooks == 0 || offset < 0 || offset > cls->size - (Py_ssize_t)sizeof(void *))
        return PyErr_Format(PyExc_ValueError, "cpp_setup_director: %R cannot be set up so", object);
    Py_ssize_t count = PyTuple_GET_SIZE(functions);
    struct cpp_director *self = PyMem_RawCalloc(1, sizeof *self + (size_t)(count + 1) * sizeof(director_function));
    if (self == NULL)
        return PyErr_NoMemory();
    self->proxy_offset = offset;
    for (; self->count < count; self->count++) {
        director_function *function = &self->functions[self->count];
        if (!PyArg_ParseTuple(PyTuple_GET_ITEM(functions, self->count), "O!O:function", &PyTuple_Type,
                              &function->names, &function->token) || PyTuple_GET_SIZE(function->names) == 0)
            return PyErr_Occurred() ? NULL : PyErr_Format(PyExc_ValueError, "a function needs a name");
        Py_INCREF(function->names);
        Py_INCREF(function->token);
    }
    *(const cpp_director_hooks **)(uintptr_t)hooks = cpp_part_director_hooks();
    cls->director = self;
    Py_RETURN_NONE;
}

/* Virtual methods of classes that Python derives from look whether they are called as the base's. */
static PyObject *director_mark_virtual(PyObject *module, PyObject *object)
{
    if (Py_TYPE(object) != CORE_TYPE(core_state_of(module), cpp_method_type))
        return PyErr_Format(PyExc_TypeError, "a C++ method is needed, not '%s'", Py_TYPE(object)->tp_name);
    cpp_method_mark_directed((cpp_method *)object);
    Py_RETURN_NONE;
}

static PyMethodDef director_functions[] = {
    {"cpp_setup_director", director_setup, METH_VARARGS,
     "(class, offset of the proxy, address of the hooks' pointer, ((names, token), ...)): once."},
    {"cpp_mark_virtual", director_mark_virtual, METH_O, "A method that Python classes override."},
    {NULL, NULL, 0, NULL},
};

int cpp_director_init(PyObject *module, core_state *state)
{
    (void)state;
    return PyModule_AddFunctions(module, director_functions);
}

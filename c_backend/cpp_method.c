/* cpp_method.c: overload sets as callables: methods, functions, constructors.

   A method is a method descriptor with vectorcall, so obj.f(x) makes no bound
   method.  The hot path reads method_vectorcall -> method_call_one:
   convert_arguments, invoke, box.  Neighbours: cpp_candidate.h (the frame),
   cpp_overload.c (the choice). */
#include "cpp_runtime.h"
#include "cpp_class.h"
#include "cpp_instance.h"
#include "cpp_type.h"
#include "cpp_convert.h"
#include "cpp_guard.h"
#include "cpp_candidate.h"
#include "cpp_method.h"
#include "cpp_plain.h"
#include "cpp_native.h"
#include "cpp_view.h"
#include "cpp_variadic.h"

#include <structmember.h>

/* ---- one call --------------------------------------------------------------------------- */

static COMPAT_NOINLINE int method_invoke_without_gil(cpp_candidate *candidate, void (*function)(void),
                                                     const call_regs_frame *frame, call_regs_value *value,
                                                     cpp_guard_error *error)
{
    int status;

    Py_BEGIN_ALLOW_THREADS
    status = cpp_guard_invoke(candidate->shape, function, frame, value, error);
    Py_END_ALLOW_THREADS
    return status;
}

/* 0, or -1 with the Python exception set. */
static inline int method_invoke(cpp_method *self, cpp_candidate *candidate, void (*function)(void), PyObject *owner,
                                PyObject *const *args, const call_regs_frame *frame, call_regs_value *value)
{
    cpp_guard_error error;
    int status;

    if (owner != NULL)
        cpp_instance_use(owner, 1);
    if (candidate->has_objects)
        cpp_candidate_use(candidate, args, 1);
    if (COMPAT_UNLIKELY(candidate->flags & CPP_CANDIDATE_VARIADIC))
        status = cpp_guard_invoke_variadic(candidate->shape, function, frame, value, &error);
    else if (COMPAT_UNLIKELY(self->flags & CPP_METHOD_NO_GIL))
        status = method_invoke_without_gil(candidate, function, frame, value, &error);
    else
        status = cpp_guard_invoke(candidate->shape, function, frame, value, &error);
    if (owner != NULL)
        cpp_instance_use(owner, -1);
    if (candidate->has_objects)
        cpp_candidate_use(candidate, args, -1);
    if (COMPAT_UNLIKELY(status < 0)) {
        cpp_candidate_raise(self->owner->runtime, &error);
        return -1;
    }
    return 0;
}

static inline PyObject *method_box(cpp_method *self, cpp_candidate *candidate, call_regs_value *value,
                                   PyObject *owner)
{
    switch ((cpp_result_mode)candidate->result_mode) {
    case CPP_RESULT_VOID:
        Py_RETURN_NONE;
    case CPP_RESULT_INT:
        return PyLong_FromLong((int)value->integer);
    case CPP_RESULT_DOUBLE:
        return PyFloat_FromDouble(value->real);
    default:
        return cpp_candidate_box(candidate, value, owner, (self->flags & CPP_METHOD_CREATES) != 0);
    }
}

/* std::string, long double, __int128: constructed here, read, dropped. */
static COMPAT_NOINLINE PyObject *method_call_storage(cpp_method *self, cpp_candidate *candidate,
                                                     void (*function)(void), call_regs_frame *frame, PyObject *owner,
                                                     PyObject *const *args)
{
    char storage[CPP_STRING_SIZE] __attribute__((aligned(16)));
    call_regs_value value;

    frame->g[0] = (int64_t)(intptr_t)storage;
    if (method_invoke(self, candidate, function, owner, args, frame, &value) < 0)
        return NULL;
    PyObject *result = candidate->result->ops->load(candidate->result, storage, NULL);
    if (candidate->result->flags & CPP_TYPE_STRING)
        cpp_native_string_delete(storage);
    else if (candidate->result->kind == CPP_CLASS)
        cpp_convert_wide_delete(candidate->result, storage);
    return result;
}

/* An object by value: constructed in memory that its proxy owns. */
static COMPAT_NOINLINE PyObject *method_call_object(cpp_method *self, cpp_candidate *candidate,
                                                    void (*function)(void), call_regs_frame *frame, PyObject *owner,
                                                    PyObject *const *args)
{
    cpp_class *cls = cpp_type_class(candidate->result);
    call_regs_value value;
    void *memory;

    if (cls == NULL)
        return NULL;
    if (cls->flags & (CPP_CLASS_INCOMPLETE | CPP_CLASS_ABSTRACT | CPP_CLASS_NAMESPACE))
        return PyErr_Format(PyExc_TypeError, "'%U' returns a '%U' by value, which has no reflection",
                            candidate->signature, candidate->result->spelling);
    memory = cpp_class_allocate(cls);
    if (memory == NULL)
        return NULL;
    frame->g[0] = (int64_t)(intptr_t)memory;
    if (method_invoke(self, candidate, function, owner, args, frame, &value) < 0) {
        cpp_class_free(cls, memory);
        return NULL;
    }
    PyObject *result = cpp_instance_bind(cls, memory, CPP_OWNED, NULL);
    if (result == NULL && cls->destroy != NULL)
        cls->destroy(memory);
    if (result != NULL && (cls->flags & CPP_CLASS_VIEW) && cpp_view_keep(candidate, result, owner, args) < 0)
        Py_CLEAR(result);
    return cpp_class_map(cls, result);
}

/* a[i] = x where C++ has T &operator[]: x goes where the reference points.  Converted
   before there is a reference: that may run Python code which moves the items. */
static COMPAT_NOINLINE PyObject *method_assign(cpp_method *self, cpp_candidate *candidate, void *object,
                                               PyObject *owner, call_regs_frame *frame, PyObject *const *args)
{
    PyObject *given = cpp_convert_class_prepare(candidate->result, args[candidate->passed]);
    call_regs_value value;
    int status = given == NULL || cpp_candidate_verify(candidate, args, frame) < 0 ? -1 : 0;

    if (status == 0 && owner != NULL && (object = cpp_instance_cast(self->owner, &self->sites, owner)) == NULL)
        status = -1;
    if (status == 0)
        status = method_invoke(self, candidate, cpp_candidate_target(candidate, frame, object), owner, args, frame, &value);
    if (status == 0)
        status = cpp_type_store(candidate->result, (char *)&value, given, owner);
    Py_XDECREF(given);
    if (status < 0)
        return NULL;
    Py_RETURN_NONE;
}

/* Whether C++ owns from now on what Python owned and a pointer was given to. */
static inline int method_gives(const cpp_method *self)
{
    return self->flags & CPP_METHOD_HEURISTICS ||
           (!(self->flags & CPP_METHOD_STRICT) && self->owner->runtime->heuristics);
}

static inline PyObject *method_finish(cpp_method *self, cpp_candidate *candidate, void *object, PyObject *owner,
                                      call_regs_frame *frame, PyObject *const *args)
{
    if (COMPAT_UNLIKELY(candidate->flags & CPP_CANDIDATE_ASSIGN))
        return method_assign(self, candidate, object, owner, frame, args);
    if (COMPAT_UNLIKELY(candidate->gives) && method_gives(self))
        cpp_candidate_give(candidate, args);
    /* After the arguments, whose conversion may have destroyed it. */
    if (owner != NULL && (object = cpp_instance_cast(self->owner, &self->sites, owner)) == NULL)
        return NULL;
    void (*function)(void) = cpp_candidate_target(candidate, frame, object);
    call_regs_value value;

    if (COMPAT_UNLIKELY(candidate->result_mode >= CPP_RESULT_STORAGE))
        return candidate->result_mode == CPP_RESULT_STORAGE
                   ? method_call_storage(self, candidate, function, frame, owner, args)
                   : method_call_object(self, candidate, function, frame, owner, args);
    if (method_invoke(self, candidate, function, owner, args, frame, &value) < 0)
        return NULL;
    return method_box(self, candidate, &value, owner);
}

/* Converts the arguments; 0, or -1 with an error that says which. */
static inline int method_convert(cpp_method *self, cpp_candidate *candidate, PyObject *const *args,
                                 call_regs_frame *frame, cpp_call *call, char *scratch)
{
    unsigned int before = self->owner->runtime->destroyed;
    Py_ssize_t status = cpp_candidate_convert(candidate, args, frame, call, scratch);

    if (COMPAT_UNLIKELY(status == 0 && self->owner->runtime->destroyed != before))
        status = cpp_candidate_verify(candidate, args, frame);
    if (COMPAT_LIKELY(status == 0))
        return 0;
    cpp_candidate_explain(candidate, -1 - status);
    return -1;
}

/* A call whose result may view what was made of the arguments: that lives as long as the result. */
static COMPAT_NOINLINE PyObject *method_call_viewed(cpp_method *self, cpp_candidate *candidate, void *object,
                                                    PyObject *owner, PyObject *const *args, int *bad)
{
    cpp_view_memory *memory;
    PyObject *capsule = cpp_view_new_memory(candidate, &memory), *result = NULL;
    call_regs_frame frame;

    if (capsule == NULL)
        return NULL;
    if (method_convert(self, candidate, args, &frame, &memory->call, memory->scratch) < 0)
        *bad = 1;
    else
        result = method_finish(self, candidate, object, owner, &frame, args);
    if (result != NULL && (candidate->flags & CPP_CANDIDATE_LENDS ? cpp_lend_keep_memory(result, memory, capsule)
                                                                  : cpp_instance_keep(result, memory, capsule)) < 0)
        Py_CLEAR(result);
    Py_DECREF(capsule);
    return result;
}

/* Arguments that need memory of their own for the time of the call. */
static COMPAT_NOINLINE PyObject *method_call_scratch(cpp_method *self, cpp_candidate *candidate, void *object,
                                                     PyObject *owner, PyObject *const *args, int *bad)
{
    char small[512] __attribute__((aligned(16)));
    char *scratch = small;
    call_regs_frame frame;
    cpp_call call = {NULL};
    PyObject *result = NULL;

    if (COMPAT_UNLIKELY(candidate->flags & CPP_CANDIDATE_LENDS ||
                        (candidate->result_mode == CPP_RESULT_OBJECT && cpp_view_is_result(candidate))))
        return method_call_viewed(self, candidate, object, owner, args, bad);
    if (candidate->scratch_size > (int)sizeof small) {
        scratch = PyMem_Malloc((size_t)candidate->scratch_size);
        if (scratch == NULL)
            return PyErr_NoMemory();
    }
    if (method_convert(self, candidate, args, &frame, &call, scratch) < 0)
        *bad = 1;
    else
        result = method_finish(self, candidate, object, owner, &frame, args);
    cpp_candidate_clean(&call);
    if (scratch != small)
        PyMem_Free(scratch);
    return result;
}

static COMPAT_NOINLINE PyObject *method_refuse_candidate(cpp_candidate *candidate, int *bad)
{
    *bad = 1;
    return PyErr_Format(PyExc_TypeError, "'%U' cannot be called: %U", candidate->signature, candidate->reason);
}

static inline PyObject *method_call_one(cpp_method *self, cpp_candidate *candidate, void *object,
                                        PyObject *owner, PyObject *const *args, int *bad)
{
    call_regs_frame frame;
    cpp_call call;

    if (COMPAT_UNLIKELY(candidate->reason != NULL))
        return method_refuse_candidate(candidate, bad);
    if (candidate->scratch_size > 0)
        return method_call_scratch(self, candidate, object, owner, args, bad);
    if (COMPAT_UNLIKELY(method_convert(self, candidate, args, &frame, &call, NULL) < 0)) {
        *bad = 1;
        return NULL;
    }
    return method_finish(self, candidate, object, owner, &frame, args);
}

PyObject *cpp_method_run_variadic(cpp_method *self, cpp_candidate *candidate, void *object, PyObject *owner,
                                  PyObject *const *args, Py_ssize_t count, int *bad)
{
    char *scratch = PyMem_Malloc((size_t)candidate->scratch_size + 16);
    call_regs_frame frame;
    cpp_call call = {NULL};
    PyObject *result = NULL;

    unsigned int before = self->owner->runtime->destroyed;
    if (scratch == NULL)
        return PyErr_NoMemory();
    Py_ssize_t status = cpp_candidate_convert(candidate, args, &frame, &call, scratch);
    if (status == 0)
        status = cpp_variadic_convert(candidate, self->owner->runtime, args, count, &frame, &call);
    if (status == 0 && self->owner->runtime->destroyed != before)
        status = cpp_candidate_verify(candidate, args, &frame);
    if (status < 0) {
        *bad = 1;
        cpp_candidate_explain(candidate, -1 - status);
    }
    else
        result = method_finish(self, candidate, object, owner, &frame, args);
    cpp_candidate_clean(&call);
    PyMem_Free(scratch);
    return result;
}

PyObject *cpp_method_run(cpp_method *self, cpp_candidate *candidate, void *object, PyObject *owner,
                         PyObject *const *args, int *bad)
{
    return method_call_one(self, candidate, object, owner, args, bad);
}

/* ---- calls ---------------------------------------------------------------------------------- */

/* Everything but a plain call of a resolved method. */
static COMPAT_NOINLINE PyObject *method_vectorcall_slow(cpp_method *self, PyObject *const *args,
                                                        Py_ssize_t count, PyObject *keyword_names)
{
    PyObject *owner = NULL;
    void *object = NULL;

    if (!(self->flags & CPP_METHOD_READY)) {
        if (cpp_method_resolve(self) < 0)
            return NULL;
        if (self->flags & (CPP_METHOD_LENDS | CPP_METHOD_CALLBACKS))
            return self->vectorcall((PyObject *)self, args, (size_t)count, keyword_names);
    }
    if (!(self->flags & CPP_METHOD_STATIC)) {
        cpp_class *given = count > 0 ? cpp_class_of_type(Py_TYPE(args[0])) : NULL;
        int is_object = given != NULL && (given->cxx == self->owner ||
                                          PyType_IsSubtype((PyTypeObject *)given, (PyTypeObject *)self->owner));
        if (!is_object && !(self->flags & CPP_METHOD_MIXED)) {
            if (count == 0)
                return PyErr_Format(PyExc_TypeError, "'%s.%U' needs a '%s' object to be called on",
                                    ((PyTypeObject *)self->owner)->tp_name, self->name,
                                    ((PyTypeObject *)self->owner)->tp_name);
            (void)cpp_instance_cast_slow(self->owner, NULL, args[0]);   /* raises */
            return NULL;
        }
        if (is_object) {
            object = cpp_instance_cast(self->owner, &self->sites, args[0]);
            if (object == NULL)
                return NULL;
            owner = args[0];
            args++;
            count--;
        }
    }
    PyObject *result = cpp_overload_call(self, object, owner, args, count, keyword_names);
    if (COMPAT_UNLIKELY(result == NULL && owner != NULL && (self->flags & CPP_METHOD_MIXED)) &&
        PyErr_ExceptionMatches(PyExc_TypeError)) {
        /* Class.f(object, ...) may mean a static function whose first argument the object is. */
        PyObject *error, *value, *traceback;
        PyErr_Fetch(&error, &value, &traceback);
        result = cpp_overload_call(self, NULL, NULL, args - 1, count + 1, keyword_names);
        if (result == NULL && PyErr_ExceptionMatches(PyExc_TypeError))
            PyErr_Restore(error, value, traceback);
        else {
            Py_XDECREF(error);
            Py_XDECREF(value);
            Py_XDECREF(traceback);
        }
    }
    return result;
}

PyObject *cpp_method_vectorcall(PyObject *callable, PyObject *const *args, size_t nargsf,
                                PyObject *keyword_names)
{
    cpp_method *self = (cpp_method *)callable;
    Py_ssize_t count = PyVectorcall_NARGS(nargsf);
    int bad = 0;

    /* A method that is not ready has no direct candidates. */
    if (COMPAT_UNLIKELY(keyword_names != NULL || count == 0 || count > CPP_METHOD_DIRECT))
        return method_vectorcall_slow(self, args, count, keyword_names);
    cpp_candidate *candidate = self->direct[count - 1];
    if (COMPAT_UNLIKELY(candidate == NULL))
        return method_vectorcall_slow(self, args, count, NULL);
    void *object = cpp_instance_cast(self->owner, &self->sites, args[0]);
    if (COMPAT_UNLIKELY(object == NULL))
        return NULL;
    PyObject *result = method_call_one(self, candidate, object, args[0], args + 1, &bad);
    return COMPAT_UNLIKELY(bad) ? cpp_overload_retry(self, object, args[0], args + 1, count - 1) : result;
}

PyObject *cpp_method_function_vectorcall(PyObject *callable, PyObject *const *args, size_t nargsf,
                                         PyObject *keyword_names)
{
    cpp_method *self = (cpp_method *)callable;
    Py_ssize_t count = PyVectorcall_NARGS(nargsf);
    int bad = 0;

    if (COMPAT_UNLIKELY(keyword_names != NULL || count >= CPP_METHOD_DIRECT))
        return method_vectorcall_slow(self, args, count, keyword_names);
    cpp_candidate *candidate = self->direct[count];
    if (COMPAT_UNLIKELY(candidate == NULL))
        return method_vectorcall_slow(self, args, count, NULL);
    PyObject *result = method_call_one(self, candidate, NULL, NULL, args, &bad);
    return COMPAT_UNLIKELY(bad) ? cpp_overload_retry(self, NULL, NULL, args, count) : result;
}

int cpp_method_construct(PyObject *constructor, void *memory, PyObject *const *args, Py_ssize_t count,
                         PyObject *keyword_names)
{
    cpp_method *self = (cpp_method *)constructor;
    PyObject *result;
    int bad = 0;

    if (COMPAT_UNLIKELY(!(self->flags & CPP_METHOD_READY)) && cpp_method_resolve(self) < 0)
        return -1;
    if (COMPAT_LIKELY(keyword_names == NULL && count < CPP_METHOD_DIRECT && self->direct[count] != NULL))
        result = method_call_one(self, self->direct[count], memory, NULL, args, &bad);
    else
        result = cpp_overload_call(self, memory, NULL, args, count, keyword_names);
    if (COMPAT_UNLIKELY(bad))
        result = cpp_overload_retry(self, memory, NULL, args, count);
    Py_XDECREF(result);
    return result == NULL ? -1 : 0;
}

/* ---- the object ------------------------------------------------------------------------------- */

static PyObject *method_new(PyObject *module, PyObject *args)
{
    core_state *state = core_state_of(module);
    PyObject *name, *owner, *token;
    unsigned int flags;

    if (!PyArg_ParseTuple(args, "UOIO:cpp_new_method", &name, &owner, &flags, &token))
        return NULL;
    if (!PyType_Check(owner) || !cpp_class_check(state, (PyTypeObject *)owner))
        return PyErr_Format(PyExc_TypeError, "%R is no C++ class", owner);
    PyTypeObject *type = flags & (CPP_METHOD_STATIC | CPP_METHOD_CONSTRUCTOR)
                             ? CORE_TYPE(state, cpp_function_type) : CORE_TYPE(state, cpp_method_type);
    cpp_method *self = PyObject_GC_New(cpp_method, type);
    if (self == NULL)
        return NULL;
    memset((char *)self + sizeof(PyObject), 0, sizeof(cpp_method) - sizeof(PyObject));
    self->owner = (cpp_class *)Py_NewRef(owner);
    self->flags = flags & (CPP_METHOD_STATIC | CPP_METHOD_CONSTRUCTOR | CPP_METHOD_MIXED | CPP_METHOD_CREATES |
                           CPP_METHOD_OPERATOR | CPP_METHOD_TEMPLATE);
    self->name = Py_NewRef(name);
    self->doc = Py_NewRef(Py_None);
    self->token = Py_NewRef(token);
    cpp_method_choose_entry(self);
    PyObject_GC_Track(self);
    return (PyObject *)self;
}

static cpp_plain_kind method_plain_kind(const cpp_method *self)
{
    return self->flags & CPP_METHOD_CONSTRUCTOR ? CPP_PLAIN_CLASS
         : self->flags & CPP_METHOD_STATIC ? CPP_PLAIN_FUNCTION : CPP_PLAIN_METHOD;
}

void cpp_method_index_direct(cpp_method *self)
{
    for (Py_ssize_t i = 0; i < self->candidate_count; i++) {
        cpp_candidate *candidate = self->candidates[i];
        int gives = candidate->gives && (self->flags & CPP_METHOD_HEURISTICS);
        candidate->call = gives ? NULL : cpp_plain_choose(candidate, method_plain_kind(self));
    }
    if (self->flags & (CPP_METHOD_MIXED | CPP_METHOD_TEMPLATE))
        return;                 /* `this` may be missing, or another overload be made: always the slow way */
    for (Py_ssize_t count = 0; count < CPP_METHOD_DIRECT; count++) {
        cpp_candidate *only = NULL;
        int several = 0;
        for (Py_ssize_t i = 0; i < self->candidate_count; i++) {
            int is_variadic = (self->candidates[i]->flags & CPP_CANDIDATE_VARIADIC) != 0;
            if (is_variadic ? self->candidates[i]->count > count : self->candidates[i]->count != count)
                continue;
            several |= only != NULL || is_variadic;     /* always chosen, and with its arguments counted */
            only = self->candidates[i];
        }
        CPP_STORE_POINTER(self->direct[count], several ? NULL : only);
        CPP_STORE_POINTER(self->fast[count], only != NULL && !several && only->call != NULL ? only : NULL);
    }
}

/* set_candidates(list of descriptions, doc): once; later calls change nothing. */
static PyObject *method_set_candidates(PyObject *object, PyObject *args)
{
    cpp_method *self = (cpp_method *)object;
    PyObject *list, *doc;
    core_state *state = self->owner->runtime->state;

    if (!PyArg_ParseTuple(args, "O!O:set_candidates", &PyList_Type, &list, &doc))
        return NULL;
    Py_ssize_t count = PyList_GET_SIZE(list), made = 0;
    cpp_candidate **candidates = PyMem_RawCalloc((size_t)count + 1, sizeof(cpp_candidate *));
    if (candidates == NULL)
        return PyErr_NoMemory();
    for (; made < count; made++) {
        candidates[made] = cpp_candidate_new(state, PyList_GET_ITEM(list, made));
        if (candidates[made] == NULL)
            goto failed;
    }
    CPP_MEMO_LOCK(self->owner->runtime);
    if (!(self->flags & CPP_METHOD_READY)) {
        self->candidates = candidates;
        self->candidate_count = count;
        candidates = NULL;
        cpp_method_index_direct(self);
        self->flags |= CPP_METHOD_READY;
        for (Py_ssize_t i = 0; i < count; i++)
            if (self->candidates[i]->flags & CPP_CANDIDATE_LENDS)
                self->flags |= CPP_METHOD_LENDS;
        cpp_method_note_callbacks(self);
        cpp_method_choose_entry(self);
        PyObject *old = self->doc;
        self->doc = Py_NewRef(doc);
        Py_DECREF(old);
    }
    CPP_MEMO_UNLOCK(self->owner->runtime);
    if (candidates == NULL)
        Py_RETURN_NONE;
failed:
    for (Py_ssize_t i = 0; i < made; i++)
        cpp_candidate_free(candidates[i]);
    PyMem_RawFree(candidates);
    if (PyErr_Occurred())
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *method_descr_get(PyObject *self, PyObject *instance, PyObject *Py_UNUSED(cls))
{
    if (instance == NULL || instance == Py_None)
        return Py_NewRef(self);
    return cpp_method_bind(self, instance);
}

static PyObject *method_repr(PyObject *object)
{
    cpp_method *self = (cpp_method *)object;

    return PyUnicode_FromFormat("<C++ %s %s.%U>", self->flags & CPP_METHOD_STATIC ? "function" : "method",
                                ((PyTypeObject *)self->owner)->tp_name, self->name);
}

static int method_traverse(PyObject *object, visitproc visit, void *arg)
{
    cpp_method *self = (cpp_method *)object;

    Py_VISIT(Py_TYPE(object));
    Py_VISIT(self->owner);
    Py_VISIT(self->token);
    Py_VISIT(self->fallback);
    for (Py_ssize_t i = 0; i < self->candidate_count; i++) {
        cpp_candidate *candidate = self->candidates[i];
        Py_VISIT(candidate->result);
        for (Py_ssize_t j = 0; j < candidate->count; j++)
            Py_VISIT(candidate->arguments[j].type);
    }
    return 0;
}

static void method_dealloc(PyObject *object)
{
    cpp_method *self = (cpp_method *)object;
    PyTypeObject *type = Py_TYPE(object);

    PyObject_GC_UnTrack(object);
    if (self->weakrefs != NULL)
        PyObject_ClearWeakRefs(object);
    cpp_overload_free_memo(self);
    for (Py_ssize_t i = 0; i < self->candidate_count; i++)
        cpp_candidate_free(self->candidates[i]);
    PyMem_RawFree(self->candidates);
    cpp_instance_free_sites(self->sites);
    Py_XDECREF(self->owner);
    Py_XDECREF(self->name);
    Py_XDECREF(self->doc);
    Py_XDECREF(self->token);
    Py_XDECREF(self->fallback);
    PyObject_GC_Del(object);
    Py_DECREF(type);
}

static PyMemberDef method_members[] = {
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(cpp_method, vectorcall), READONLY, NULL},
    {"__weaklistoffset__", T_PYSSIZET, offsetof(cpp_method, weakrefs), READONLY, NULL},
    {"__name__", T_OBJECT, offsetof(cpp_method, name), READONLY, NULL},
    {"__objclass__", T_OBJECT, offsetof(cpp_method, owner), READONLY, NULL},
    {"token", T_OBJECT, offsetof(cpp_method, token), READONLY, "What the hook resolve_method works from."},
    {NULL, 0, 0, 0, NULL},
};

static PyMethodDef method_methods[] = {
    {"set_candidates", method_set_candidates, METH_VARARGS, "For the hook resolve_method."},
    CPP_METHOD_ATTRIBUTE_METHODS
    {NULL, NULL, 0, NULL},
};

static PyType_Slot method_slots[] = {
    {Py_tp_dealloc, (void *)method_dealloc},
    {Py_tp_traverse, (void *)method_traverse},
    {Py_tp_repr, (void *)method_repr},
    {Py_tp_call, (void *)PyVectorcall_Call},
    {Py_tp_descr_get, (void *)method_descr_get},
    {Py_tp_members, (void *)method_members},
    {Py_tp_getset, (void *)cpp_method_getset},
    {Py_tp_methods, (void *)method_methods},
    {0, NULL},
};

/* The same without binding: obj.f is the function itself. */
static PyType_Slot function_slots[] = {
    {Py_tp_dealloc, (void *)method_dealloc},
    {Py_tp_traverse, (void *)method_traverse},
    {Py_tp_repr, (void *)method_repr},
    {Py_tp_call, (void *)PyVectorcall_Call},
    {Py_tp_members, (void *)method_members},
    {Py_tp_getset, (void *)cpp_method_getset},
    {Py_tp_methods, (void *)method_methods},
    {0, NULL},
};

/* Immutable, which CPython 3.11 wants of a method descriptor's type before it
   specialises the loading of methods. */
static PyType_Spec method_spec = {
    .name = "_cffi_like.CppMethod",
    .basicsize = sizeof(cpp_method),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL | Py_TPFLAGS_METHOD_DESCRIPTOR |
             Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = method_slots,
};

static PyType_Spec function_spec = {
    .name = "_cffi_like.CppFunction",
    .basicsize = sizeof(cpp_method),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL |
             Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = function_slots,
};

static PyMethodDef method_functions[] = {
    {"cpp_new_method", method_new, METH_VARARGS,
     "(name, owner, flags, token): an overload set whose candidates come at the first call."},
    {NULL, NULL, 0, NULL},
};

int cpp_method_init(PyObject *module, core_state *state)
{
    state->cpp_method_type = PyType_FromModuleAndSpec(module, &method_spec, NULL);
    state->cpp_function_type = PyType_FromModuleAndSpec(module, &function_spec, NULL);
    if (state->cpp_method_type == NULL || state->cpp_function_type == NULL)
        return -1;
    if (PyModule_AddObjectRef(module, "CppMethod", state->cpp_method_type) < 0 ||
        PyModule_AddObjectRef(module, "CppFunction", state->cpp_function_type) < 0)
        return -1;
    return PyModule_AddFunctions(module, method_functions);
}

/* cpp_class.c: the metaclass below all C++ metaclasses, casts, memory.

   Classes are made by cppbind/runtime/proxy.py through cpp_new_class and
   cpp_setup_class.  Neighbours: cpp_instance.c (their objects), cpp_construct.c
   (how they are made). */
#include "cpp_runtime.h"
#include "cpp_class.h"
#include "cpp_instance.h"
#include "cpp_type.h"
#include "cpp_convert.h"
#include "cpp_guard.h"
#include "cpp_candidate.h"
#include "cpp_method.h"
#include "cpp_native.h"
#include "cpp_director.h"

#include <stdlib.h>
#include <structmember.h>

/* ---- casts ------------------------------------------------------------------- */

cpp_cast *cpp_class_find_cast(cpp_class *from, cpp_class *base)
{
    for (Py_ssize_t i = 0; i < from->cast_count; i++) {
        if (from->casts[i].base == base)
            return &from->casts[i];
    }
    return NULL;
}

static Py_ssize_t class_walk_steps(cpp_cast *cast, char *address)
{
    char *at = address;

    for (Py_ssize_t i = 0; i < cast->step_count; i++) {
        at += cast->steps[i].offset;
        if (cast->steps[i].upcast != NULL)
            at = cast->steps[i].upcast(at);
    }
    return at - address;
}

COMPAT_NOINLINE Py_ssize_t cpp_class_virtual_offset(cpp_class *from, cpp_cast *cast, void *address)
{
    void *vptr = *(void **)address;
    cpp_cast_memo *memo = CPP_LOAD_POINTER(cast->memo);

    for (; memo != NULL; memo = memo->next) {
        if (memo->vptr == vptr)
            return memo->offset;
    }
    Py_ssize_t offset = class_walk_steps(cast, address);
    memo = PyMem_RawMalloc(sizeof(cpp_cast_memo));
    if (memo != NULL) {         /* without memory it is worked out again next time */
        memo->vptr = vptr;
        memo->offset = offset;
        CPP_MEMO_LOCK(from->runtime);
        memo->next = cast->memo;
        CPP_STORE_POINTER(cast->memo, memo);
        CPP_MEMO_UNLOCK(from->runtime);
    }
    return offset;
}

/* ---- downcast ------------------------------------------------------------------ */

/* The registry's class of a name, if it is `cls` or below: borrowed, the registry keeps it; else NULL, maybe with an
   error. */
static cpp_class *class_ask_registry(cpp_class *cls, const char *name)
{
    cpp_class *derived = NULL;
    PyObject *answer = PyObject_CallFunction(cls->runtime->downcast, "Os", (PyObject *)cls, name);

    if (answer == NULL)
        return NULL;
    if (answer != Py_None && PyType_Check(answer) &&
        cpp_class_check(cls->runtime->state, (PyTypeObject *)answer))
        derived = (cpp_class *)answer;
    Py_DECREF(answer);
    return derived;
}

/* Asks the registry; remembers the answer, "nothing better" included.  Where the dynamic class has no reflection, the
   nearest of its bases that has and is below `cls` is next best. */
static COMPAT_NOINLINE cpp_dynamic_memo *class_ask_dynamic(cpp_class *cls, void *address)
{
    cpp_dynamic_memo *memo;
    cpp_class *derived = NULL;
    ptrdiff_t offset = 0;

    for (int number = 0; derived == NULL && cls->runtime->downcast != NULL; number++) {
        char *name = cpp_native_dynamic_name(address, number, &offset);
        if (name == NULL)
            break;
        /* A director has no name, but while it is alive it has a proxy. */
        int director = number == 0 && strstr(name, "cppbind_director_") != NULL;
        if (director)
            derived = cpp_runtime_find_director(cls->runtime, (char *)address + offset);
        else
            derived = class_ask_registry(cls, name);
        free(name);
        if (derived == NULL && (director || PyErr_Occurred()))
            return NULL;
        if (derived == cls && number > 0)
            derived = NULL;         /* another base may be below it, virtually */
    }
    if (derived == NULL)
        derived = cls;
    memo = PyMem_RawMalloc(sizeof(cpp_dynamic_memo));
    if (memo == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    memo->vptr = *(void **)address;
    memo->derived = derived;
    memo->offset = derived == cls ? 0 : offset;
    memo->generation = cls->runtime->generation;
    CPP_MEMO_LOCK(cls->runtime);
    memo->next = cls->dynamic;
    CPP_STORE_POINTER(cls->dynamic, memo);
    CPP_MEMO_UNLOCK(cls->runtime);
    return memo;
}

cpp_class *cpp_class_downcast(cpp_class *cls, void **address)
{
    if (!(cls->flags & CPP_CLASS_POLYMORPHIC) || *address == NULL)
        return cls;
    void *vptr = *(void **)*address;
    cpp_dynamic_memo *memo = CPP_LOAD_POINTER(cls->dynamic);
    while (memo != NULL && memo->vptr != vptr)
        memo = memo->next;
    if (memo != NULL && memo->derived == cls && memo->generation != cls->runtime->generation)
        memo = NULL;            /* the newer answer will stand before this one */
    if (memo == NULL && (memo = class_ask_dynamic(cls, *address)) == NULL)
        return PyErr_Occurred() ? NULL : cls;
    *address = (char *)*address + memo->offset;
    return memo->derived;
}

/* ---- memory ------------------------------------------------------------------- */

void *cpp_class_allocate(cpp_class *cls)
{
    void *memory = cls->storage != NULL ? cls->storage()
                                        : cpp_native_allocate((size_t)cls->size, (size_t)cls->align);
    if (memory == NULL)
        PyErr_NoMemory();
    return memory;
}

void cpp_class_free(cpp_class *cls, void *memory)
{
    /* A class's own operator new has no counterpart that could be called
       without an object: that memory is lost when a constructor throws. */
    if (cls->storage == NULL)
        cpp_native_free(memory, (size_t)cls->align);
}

/* ---- making classes -------------------------------------------------------------- */

/* The class that others derive from, where that is a director. */
static cpp_class *class_plain(cpp_class *cxx)
{
    return cxx->director != NULL ? (cpp_class *)((PyTypeObject *)cxx)->tp_base : cxx;
}

/* Its objects may be directors.  0, or -1 with an error. */
static int class_derive(cpp_class *cls)
{
    if (cls->cxx == NULL)
        return 0;
    cls->cxx = cpp_director_of(cls->cxx);
    if (cls->cxx == NULL)
        return -1;
    return cls->cxx->director == NULL ? 0 : cpp_director_prepare(cls);
}

/* A class statement of the user's: class Mine(gbl.MyClass). */
static PyObject *class_new(PyTypeObject *metatype, PyObject *args, PyObject *keywords)
{
    PyObject *result = PyType_Type.tp_new(metatype, args, keywords);
    cpp_class *cls = (cpp_class *)result;

    if (result == NULL)
        return NULL;
    PyObject *mro = ((PyTypeObject *)result)->tp_mro;
    for (Py_ssize_t i = 1; i < PyTuple_GET_SIZE(mro); i++) {
        cpp_class *base = cpp_class_of_type((PyTypeObject *)PyTuple_GET_ITEM(mro, i));
        if (base == NULL)
            continue;
        if (cls->cxx == NULL) {
            cls->cxx = base->cxx;
            cls->runtime = base->runtime;
        }
        else if (!PyType_IsSubtype((PyTypeObject *)cls->cxx, (PyTypeObject *)class_plain(base->cxx))) {
            PyErr_Format(PyExc_TypeError, "'%s' cannot derive from two C++ classes, '%s' and '%s'",
                         ((PyTypeObject *)cls)->tp_name, ((PyTypeObject *)cls->cxx)->tp_name,
                         ((PyTypeObject *)base)->tp_name);
            Py_DECREF(result);
            return NULL;
        }
    }
    if (class_derive(cls) < 0)
        Py_CLEAR(result);
    return result;
}

/* The tree of metaclasses has one root, known by its own tp_new: this needs no
   module state, so it serves tp_new and tp_dealloc on every Python version. */
cpp_class *cpp_class_of_type(PyTypeObject *type)
{
    for (PyTypeObject *meta = Py_TYPE(type); meta != NULL; meta = meta->tp_base) {
        if (meta->tp_new == class_new && meta->tp_base == &PyType_Type)
            return ((cpp_class *)type)->cxx == NULL ? NULL : (cpp_class *)type;
    }
    return NULL;
}

/* The metaclasses of the bases, each once, without those that another one covers. */
static PyObject *class_metaclass_bases(core_state *state, PyObject *bases)
{
    if (PyTuple_GET_SIZE(bases) == 1 && PyTuple_GET_ITEM(bases, 0) == state->cpp_instance_type)
        return PyTuple_Pack(1, state->cpp_class_type);
    PyObject *result = PyList_New(0);

    for (Py_ssize_t i = 0; result != NULL && i < PyTuple_GET_SIZE(bases); i++) {
        PyTypeObject *meta = Py_TYPE(PyTuple_GET_ITEM(bases, i));
        int covered = 0;
        for (Py_ssize_t j = 0; j < PyTuple_GET_SIZE(bases); j++) {
            PyTypeObject *other = Py_TYPE(PyTuple_GET_ITEM(bases, j));
            covered |= other != meta ? PyType_IsSubtype(other, meta) : j < i;
        }
        if (!covered && PyList_Append(result, (PyObject *)meta) < 0)
            Py_CLEAR(result);
    }
    if (result != NULL)
        Py_SETREF(result, PyList_AsTuple(result));
    return result;
}

/* gbl.name: what the namespace's class does not have yet is asked for. */
static PyObject *class_get_in_namespace(PyObject *self, PyObject *name)
{
    PyObject *result = PyType_Type.tp_getattro(self, name);
    cpp_class *cls = (cpp_class *)self;

    if (COMPAT_LIKELY(result != NULL) || !PyErr_ExceptionMatches(PyExc_AttributeError) ||
        cls->runtime == NULL || cls->runtime->namespace_get == NULL)
        return result;
    PyErr_Clear();
    return PyObject_CallFunctionObjArgs(cls->runtime->namespace_get, self, name, NULL);
}

/* Class.name = value: static data goes to its descriptor on the metaclass.  Not
   by way of `type`, which would take it for a change of the class and forget
   its caches of methods.  gbl.name = value: new names are refused. */
/* An enumerator is a constant.  0, or -1 with TypeError. */
static int class_check_assignable(PyObject *self, PyObject *name)
{
    PyObject *dict = PyObject_GetAttrString(self, "__dict__");
    PyObject *known = dict == NULL ? NULL : PyObject_GetItem(dict, name);
    int status = 0;

    Py_XDECREF(dict);
    if (known != NULL && (Py_TYPE(known)->tp_descr_get != NULL || PyLong_Check(known)) && !PyLong_CheckExact(known) &&
            !PyFunction_Check(known)) {
        Py_SETREF(known, PyObject_GetAttr(self, name));         /* made when it is first asked for */
        if (known != NULL && PyLong_Check(known) && PyObject_HasAttrString((PyObject *)Py_TYPE(known), "__cpp_name__")) {
            PyErr_Format(PyExc_TypeError, "'%s::%U' is an enumerator and cannot be assigned",
                         ((PyTypeObject *)self)->tp_name, name);
            status = -1;
        }
    }
    Py_XDECREF(known);
    if (status == 0)
        PyErr_Clear();
    return status;
}

static int class_set_attribute(PyObject *self, PyObject *name, PyObject *value)
{
    cpp_class *cls = (cpp_class *)self;
    PyObject *known = _PyType_Lookup(Py_TYPE(self), name);

    if (known != NULL && Py_TYPE(known)->tp_descr_set != NULL)
        return Py_TYPE(known)->tp_descr_set(known, self, value);
    if (cls->cxx == cls && value != NULL && class_check_assignable(self, name) < 0)
        return -1;
    /* A C++ function as a method: `Class.print = gbl.print`. */
    if (!(cls->flags & CPP_CLASS_NAMESPACE) && value != NULL && cls->runtime != NULL &&
        Py_IS_TYPE(value, CORE_TYPE(cls->runtime->state, cpp_function_type))) {
        PyObject *method = PyInstanceMethod_New(value);
        int status = method == NULL ? -1 : PyType_Type.tp_setattro(self, name, method);
        Py_XDECREF(method);
        return status;
    }
    if (!(cls->flags & CPP_CLASS_NAMESPACE) || cls->runtime == NULL || cls->runtime->namespace_set == NULL ||
        value == NULL)
        return PyType_Type.tp_setattro(self, name, value);
    PyObject *done = PyObject_CallFunctionObjArgs(cls->runtime->namespace_set, self, name, value, NULL);
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

/* Proxies are plain, small objects without a cycle collector's header, which
   `type` gives every class written in Python from 3.11 on; classes derived in
   Python get it again. */
static void class_make_plain(PyTypeObject *type)
{
    type->tp_flags &= ~(unsigned long)Py_TPFLAGS_HAVE_GC;
    type->tp_traverse = NULL;
    type->tp_clear = NULL;
    type->tp_free = PyObject_Free;
    type->tp_dealloc = cpp_instance_dealloc;
    type->tp_vectorcall = cpp_part_entry_class();
}

static PyObject *class_new_cpp(PyObject *module, PyObject *args)
{
    core_state *state = core_state_of(module);
    PyObject *name, *bases, *dict, *meta_dict;
    int is_namespace;
    PyObject *meta_bases = NULL, *meta_name = NULL, *meta = NULL, *pack = NULL, *cls = NULL;
    cpp_runtime *runtime = cpp_runtime_of(state);

    if (runtime == NULL || !PyArg_ParseTuple(args, "UO!O!O!p:cpp_new_class", &name, &PyTuple_Type, &bases,
                                             &PyDict_Type, &dict, &PyDict_Type, &meta_dict,
                                             &is_namespace))
        return NULL;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(bases); i++) {
        PyObject *base = PyTuple_GET_ITEM(bases, i);
        if (!PyType_Check(base) || (base != state->cpp_instance_type &&
                                    !cpp_class_check(state, (PyTypeObject *)base)))
            return PyErr_Format(PyExc_TypeError, "cpp_new_class: %R is no C++ class", base);
    }
    meta_bases = class_metaclass_bases(state, bases);
    meta_name = PyUnicode_FromFormat("%U_meta", name);
    if (meta_bases == NULL || meta_name == NULL)
        goto done;
    meta = PyObject_CallFunction((PyObject *)&PyType_Type, "OOO", meta_name, meta_bases, meta_dict);
    if (meta == NULL)
        goto done;
    /* Heap types inherit the flag from 3.12 on. */
    ((PyTypeObject *)meta)->tp_flags |= Py_TPFLAGS_HAVE_VECTORCALL;
    if (is_namespace)
        ((PyTypeObject *)meta)->tp_getattro = class_get_in_namespace;
    pack = PyTuple_Pack(3, name, bases, dict);
    cls = pack == NULL ? NULL : PyType_Type.tp_new((PyTypeObject *)meta, pack, NULL);
    if (cls != NULL) {
        cpp_class *self = (cpp_class *)cls;
        self->cxx = self;
        self->runtime = runtime;
        self->runtime_owner = Py_NewRef(state->cpp_instances);
        self->flags = is_namespace ? CPP_CLASS_NAMESPACE : CPP_CLASS_INCOMPLETE;
        class_make_plain((PyTypeObject *)cls);
    }
done:
    Py_XDECREF(meta_bases);
    Py_XDECREF(meta_name);
    Py_XDECREF(meta);
    Py_XDECREF(pack);
    return cls;
}

/* casts: a sequence of (base class, ambiguous, ((offset, upcast address), ...)). */
static int class_read_cast(core_state *state, cpp_cast *cast, PyObject *row)
{
    PyObject *base, *steps;
    int ambiguous;

    if (!PyArg_ParseTuple(row, "OpO!:cast", &base, &ambiguous, &PyTuple_Type, &steps))
        return -1;
    if (!PyType_Check(base) || !cpp_class_check(state, (PyTypeObject *)base)) {
        PyErr_SetString(PyExc_TypeError, "cpp_setup_class: the base of a cast is no C++ class");
        return -1;
    }
    cast->base = (cpp_class *)base;
    cast->is_ambiguous = (unsigned char)ambiguous;
    cast->steps = PyMem_RawCalloc((size_t)PyTuple_GET_SIZE(steps) + 1, sizeof(cpp_cast_step));
    if (cast->steps == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(steps); i++) {
        unsigned long long upcast;
        if (!PyArg_ParseTuple(PyTuple_GET_ITEM(steps, i), "nK:step", &cast->steps[i].offset, &upcast))
            return -1;
        cast->steps[i].upcast = (void *(*)(void *))(uintptr_t)upcast;
        cast->is_virtual |= upcast != 0;
        cast->offset += cast->steps[i].offset;
    }
    cast->step_count = PyTuple_GET_SIZE(steps);
    return 0;
}

static cpp_class *class_argument(core_state *state, PyObject *object)
{
    if (!PyType_Check(object) || !cpp_class_check(state, (PyTypeObject *)object) ||
        ((cpp_class *)object)->cxx != (cpp_class *)object) {
        PyErr_Format(PyExc_TypeError, "%R is no C++ class", object);
        return NULL;
    }
    return (cpp_class *)object;
}

static PyObject *class_setup(PyObject *module, PyObject *args)
{
    core_state *state = core_state_of(module);
    PyObject *object, *constructor, *casts, *aggregate;
    unsigned long long destroy, destructor, storage;
    Py_ssize_t size, align;
    unsigned int flags;

    if (!PyArg_ParseTuple(args, "OnnIKKKOO!O:cpp_setup_class", &object, &size, &align, &flags, &destroy,
                          &destructor, &storage, &constructor, &PyTuple_Type, &casts, &aggregate))
        return NULL;
    if (aggregate != Py_None && !PyTuple_Check(aggregate))
        return PyErr_Format(PyExc_TypeError, "cpp_setup_class: a tuple of names is needed");
    cpp_class *cls = class_argument(state, object);
    if (cls == NULL)
        return NULL;
    if (cls->casts != NULL) {
        PyErr_Format(PyExc_RuntimeError, "%R is set up already", object);
        return NULL;
    }
    cpp_cast *table = PyMem_RawCalloc((size_t)PyTuple_GET_SIZE(casts) + 1, sizeof(cpp_cast));
    if (table == NULL)
        return PyErr_NoMemory();
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(casts); i++) {
        if (class_read_cast(state, &table[i], PyTuple_GET_ITEM(casts, i)) < 0)
            return NULL;        /* the class stays incomplete: this is a bug, not an input */
    }
    cls->size = size;
    cls->align = align;
    cls->flags = flags;
    cls->destroy = (void (*)(void *))(uintptr_t)destroy;
    cls->destructor = (void (*)(void *))(uintptr_t)destructor;
    cls->storage = (void *(*)(void))(uintptr_t)storage;
    cls->constructor = constructor == Py_None ? NULL : Py_NewRef(constructor);
    cls->aggregate = aggregate == Py_None ? NULL : Py_NewRef(aggregate);
    if (storage == 0 && align <= 16 && constructor != Py_None && !(flags & (CPP_CLASS_ABSTRACT | CPP_CLASS_INCOMPLETE)))
        cls->flags |= CPP_CLASS_PLAIN;
    cls->cast_count = PyTuple_GET_SIZE(casts);
    cls->casts = table;
    Py_RETURN_NONE;
}

static PyObject *class_get_size(PyObject *module, PyObject *object)
{
    cpp_class *cls = class_argument(core_state_of(module), object);

    if (cls == NULL)
        return NULL;
    if (cls->flags & (CPP_CLASS_INCOMPLETE | CPP_CLASS_NAMESPACE))
        return PyErr_Format(PyExc_TypeError, "the size of '%s' is unknown", ((PyTypeObject *)cls)->tp_name);
    return PyLong_FromSsize_t(cls->size);
}

/* Puts a name into the class itself: past the lookup of namespaces, and past
   the static data of the metaclass, which setattr would assign.  Special
   methods go the usual way, which updates the slots. */
static PyObject *class_store(PyObject *module, PyObject *args)
{
    PyObject *object, *name, *value;
    int remove = 0, status;

    if (!PyArg_ParseTuple(args, "OUO|p:cpp_store_attribute", &object, &name, &value, &remove))
        return NULL;
    if (class_argument(core_state_of(module), object) == NULL)
        return NULL;
    if (PyUnicode_GET_LENGTH(name) > 2 && PyUnicode_READ_CHAR(name, 0) == '_' && PyUnicode_READ_CHAR(name, 1) == '_')
        status = PyType_Type.tp_setattro(object, name, remove ? NULL : value);
    else {
        PyObject *dict = ((PyTypeObject *)object)->tp_dict;
        Py_INCREF(name);
        PyUnicode_InternInPlace(&name);
        status = remove ? PyDict_DelItem(dict, name) : PyDict_SetItem(dict, name, value);
        Py_DECREF(name);
        PyType_Modified((PyTypeObject *)object);
    }
    if (status < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyMethodDef class_functions[] = {
    {"cpp_store_attribute", class_store, METH_VARARGS,
     "(class, name, value, remove=False): set or remove an attribute of a C++ class."},
    {"cpp_new_class", class_new_cpp, METH_VARARGS,
     "(name, bases, dict, metaclass dict, is namespace): a class with a metaclass of its own."},
    {"cpp_setup_class", class_setup, METH_VARARGS,
     "(class, size, align, flags, delete, destructor, storage, constructor, casts, aggregate members): once."},
    {"cpp_sizeof", class_get_size, METH_O, "sizeof of a C++ class."},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef class_members[] = {
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(PyTypeObject, tp_vectorcall), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

PyDoc_STRVAR(class_doc, "The metaclass below the metaclass of every C++ class.");

static PyType_Slot class_slots[] = {
    {Py_tp_doc, (void *)class_doc},
    {Py_tp_new, (void *)class_new},
    {Py_tp_setattro, (void *)class_set_attribute},
    {Py_tp_members, (void *)class_members},
    {0, NULL},
};

static PyType_Spec class_spec = {
    .name = "_cffi_like.CppClass",
    .basicsize = sizeof(cpp_class),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .slots = class_slots,
};

int cpp_class_init(PyObject *module, core_state *state)
{
    PyObject *bases = PyTuple_Pack(1, (PyObject *)&PyType_Type);

    if (bases == NULL)
        return -1;
    state->cpp_class_type = PyType_FromModuleAndSpec(module, &class_spec, bases);
    Py_DECREF(bases);
    if (state->cpp_class_type == NULL)
        return -1;
    CORE_TYPE(state, cpp_class_type)->tp_flags |= Py_TPFLAGS_HAVE_VECTORCALL;
    return PyModule_AddObjectRef(module, "CppClass", state->cpp_class_type) < 0 ||
           PyModule_AddFunctions(module, class_functions) < 0 ? -1 : 0;
}

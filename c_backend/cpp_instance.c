/* cpp_instance.c: proxies of C++ objects: life, identity, ownership.

   Neighbours: cpp_class.c (their classes, memory), cpp_runtime.c (the identity
   table), cpp_member.c and cpp_method.c (what can be done with them). */
#include "cpp_runtime.h"
#include "cpp_class.h"
#include "cpp_instance.h"
#include "cpp_type.h"
#include "cpp_director.h"
#include "cpp_item.h"
#include "cpp_regulator.h"
#include "cpp_hold.h"

#include <structmember.h>

/* ---- making and dropping -------------------------------------------------------- */

int cpp_instance_rebind(cpp_instance *self, void *address)
{
    cpp_class *cls = cpp_instance_class((PyObject *)self);
    uint16_t kept = self->flags & (CPP_KEEPS | CPP_INNER);

    if (self->flags & CPP_REMEMBERED)
        cpp_runtime_forget(cls->runtime, self->address, (PyObject *)self);
    if (!kept)
        Py_CLEAR(self->lifeline);
    self->address = address;
    self->flags = kept | CPP_NULL;
    cls->runtime->destroyed++;
    if (address == NULL)
        return 0;
    self->flags = kept | CPP_SIMPLE | CPP_REMEMBERED;
    if (cpp_runtime_remember(cls->runtime, address, (PyObject *)self) == 0)
        return 0;
    self->flags &= (uint16_t)~CPP_REMEMBERED;
    return -1;
}

static PyObject *instance_tp_new(PyTypeObject *type, PyObject *Py_UNUSED(args), PyObject *Py_UNUSED(keywords))
{
    if (cpp_class_of_type(type) == NULL)
        return PyErr_Format(PyExc_TypeError, "'%s' is no C++ class", type->tp_name);
    return type->tp_alloc(type, 0);     /* zeroed: no object yet */
}

/* Destroys the object, whose proxy is out of the table.  A destructor that calls Python may give it a pointer to what it
   destroys: the proxies of that are empty from now on. */
static inline void instance_run_destructor(cpp_class *cls, void *address)
{
#ifndef Py_GIL_DISABLED
    cpp_runtime *runtime = cls->runtime;
    const size_t used = runtime->table.used;
    const int destroying = runtime->destroying;
#endif

    cpp_director_detach(cls, address);
    if (cls->destroy == NULL)
        return;
#ifndef Py_GIL_DISABLED
    runtime->destroying = 1;
    cls->destroy(address);
    runtime->destroying = destroying;
    if (COMPAT_UNLIKELY(runtime->table.used != used) && cpp_regulator_deleted(runtime, address, NULL) < 0)
        PyErr_Clear();
#else
    cls->destroy(address);
#endif
}

/* Runs the C++ destructor once, if Python owns the object. */
static void instance_destroy(cpp_instance *self, cpp_class *cls)
{
    void *address = self->address;
    uint32_t flags = self->flags;

    self->flags = CPP_DESTROYED | (flags & (CPP_KEEPS | CPP_INNER));
    self->address = NULL;
    cls->runtime->destroyed++;
    if (COMPAT_UNLIKELY(self->exports > 0))
        cpp_hold_empty(self);
    if (flags & CPP_REMEMBERED)
        cpp_runtime_forget(cls->runtime, address, (PyObject *)self);
    if (address != NULL && (flags & CPP_OWNED))
        instance_run_destructor(cls, address);
}

void cpp_instance_expire(PyObject *object)
{
    cpp_instance *self = (cpp_instance *)object;

    if (cpp_class_of_type(Py_TYPE(object)) == NULL)
        return;
    int held = (self->flags & CPP_HELD) != 0;
    self->flags &= (uint16_t)~CPP_OWNED;
    instance_destroy(self, cpp_instance_class(object));
    if (held)
        Py_DECREF(object);
}

void cpp_instance_dealloc(PyObject *object)
{
    cpp_instance *self = (cpp_instance *)object;
    PyTypeObject *type = Py_TYPE(object);
    cpp_class *cls = ((cpp_class *)type)->cxx;

    if (self->weakrefs != NULL)
        PyObject_ClearWeakRefs(object);
    if (self->flags & CPP_OWNED) {
        if (self->flags & CPP_REMEMBERED)
            cpp_runtime_forget_fast(cls->runtime, self->address, object);
        instance_run_destructor(cls, self->address);
    }
    else if (self->flags & CPP_REMEMBERED)
        cpp_runtime_forget_fast(cls->runtime, self->address, object);
    Py_XDECREF(self->lifeline);
#ifndef Py_GIL_DISABLED
    /* Objects of classes written in Python are larger. */
    if (type == (PyTypeObject *)cls && cls->runtime->spare_count < CPP_SPARE)
        cls->runtime->spare[cls->runtime->spare_count++] = object;
    else
#endif
        type->tp_free(object);
    Py_DECREF(type);
}

/* Whether the proxy that is known for an address is that of the object there now: a part of an owner
   that is gone is not. */
static int instance_is_known(cpp_instance *self, uint32_t flags, PyObject *lifeline)
{
    if (!(self->flags & CPP_PART))
        return 1;
    if (self->lifeline == lifeline && !(self->flags & CPP_ITEM))
        return 1;
    if (!(self->flags & CPP_ITEM) || (flags & CPP_OWNED))
        return 0;
    if (self->lifeline == lifeline && (flags & CPP_ITEM))
        return 1;               /* the container has just given it */
    if (lifeline != NULL && self->lifeline != lifeline)
        return 0;
    if (cpp_instance_address(self) != NULL)
        return 1;
    PyErr_Clear();
    return 0;
}

PyObject *cpp_instance_bind(cpp_class *cls, void *address, uint32_t flags, PyObject *lifeline)
{
    cpp_instance *self;
    int is_going = 0;

    if (lifeline == NULL || cpp_class_of_type(Py_TYPE(lifeline)) == NULL)
        flags &= ~(uint32_t)(CPP_PART | CPP_ITEM);
    if (!(flags & CPP_REFERENCE) && address != NULL) {
        self = (cpp_instance *)cpp_runtime_find(cls->runtime, address, (PyTypeObject *)cls, &is_going);
        if (self != NULL && instance_is_known(self, flags, lifeline)) {
            if ((flags & CPP_OWNED) && (self->flags & CPP_SIMPLE)) {
                self->flags |= CPP_OWNED;
                cpp_director_hold(self, 0);
            }
            if ((flags & CPP_ITEM) && cpp_item_adopt(self, lifeline) < 0)
                Py_CLEAR(self);
            return (PyObject *)self;
        }
        Py_XDECREF(self);
    }
    self = (cpp_instance *)cpp_instance_new_empty(cls);
    if (self == NULL)
        return NULL;
    if (COMPAT_UNLIKELY(is_going)) {
        self->flags = CPP_DESTROYED;
        return (PyObject *)self;
    }
    self->address = address;
    self->lifeline = Py_XNewRef(lifeline);
    if (flags & CPP_ITEM)
        self->epoch = ((cpp_instance *)lifeline)->epoch;
    if (flags & CPP_REFERENCE)
        self->flags = CPP_REFERENCE;
    else if (address == NULL)
        self->flags = CPP_NULL;
    else {
        uint16_t kind = (uint16_t)(flags & CPP_PART ? CPP_PART | CPP_INNER | (flags & CPP_ITEM) : CPP_SIMPLE | (flags & CPP_OWNED));
        self->flags = kind | CPP_REMEMBERED;    /* whole before a regulator hears of it */
        if (cpp_runtime_remember_fast(cls->runtime, address, (PyObject *)self) < 0) {
            self->flags = 0;
            Py_DECREF(self);
            return NULL;
        }
    }
    return (PyObject *)self;
}

PyObject *cpp_instance_bind_dynamic(cpp_class *cls, void *address, uint32_t flags, PyObject *lifeline)
{
    cpp_class *derived = cpp_class_downcast(cls, &address);

    return derived == NULL ? NULL : cpp_instance_bind(derived, address, flags, lifeline);
}

/* Whether a part still lies where it did. */
static int instance_is_inside(cpp_instance *self, cpp_instance *whole, char *base)
{
    if (self->flags & CPP_ITEM)
        return cpp_item_is_there(self, whole, base);
    /* A pointer may point to another object by now. */
    return !(whole->flags & CPP_REFERENCE) ||
           ((char *)self->address >= base && (char *)self->address < base + cpp_instance_class((PyObject *)whole)->size);
}

/* ---- the object behind a proxy ---------------------------------------------------- */

COMPAT_NOINLINE void *cpp_instance_address_slow(cpp_instance *self)
{
    const char *name = Py_TYPE(self)->tp_name;

    if (self->flags & CPP_SIMPLE)
        return self->address;
    if (self->flags & CPP_REFERENCE) {
        if (*(void **)self->address != NULL)
            return *(void **)self->address;
        PyErr_Format(PyExc_ReferenceError, "attempt to access a null pointer to '%s'", name);
        return NULL;
    }
    if (self->flags & CPP_PART) {
        /* The owner's destruction by hand takes its parts with it. */
        cpp_instance *whole = (cpp_instance *)self->lifeline;
        if (whole->flags & (CPP_SIMPLE | CPP_PART | CPP_REFERENCE)) {
            char *base = cpp_instance_address(whole);
            if (base == NULL || instance_is_inside(self, whole, base))
                return base == NULL ? NULL : self->address;
            PyErr_Format(PyExc_ReferenceError, self->flags & CPP_OWNED
                             ? "this '%s' was made before its '%s' changed"
                             : "this '%s' was an item of a '%s' that has moved or dropped it", name, Py_TYPE(whole)->tp_name);
        }
        else
            PyErr_Format(PyExc_ReferenceError, "this '%s' lay in a '%s' that is destroyed", name,
                         Py_TYPE(whole)->tp_name);
    }
    else if (self->flags & CPP_NULL)
        PyErr_Format(PyExc_ReferenceError, "attempt to access a null pointer to '%s'", name);
    else if (self->flags & CPP_DESTROYED)
        PyErr_Format(PyExc_ReferenceError, "this '%s' object is destroyed", name);
    else
        PyErr_Format(PyExc_ReferenceError, "this '%s' object is not constructed: its __init__ was not called",
                     name);
    return NULL;
}

COMPAT_NOINLINE void *cpp_instance_cast_slow(cpp_class *owner, cpp_site **sites, PyObject *object)
{
    cpp_class *cls = cpp_class_of_type(Py_TYPE(object));
    cpp_cast *cast;
    void *address;

    /* A director is no base in Python of the classes whose objects it is; and `__bases__` is no promise of C++'s. */
    if (cls == NULL || (cls->cxx != owner && (!PyType_IsSubtype(Py_TYPE(object), (PyTypeObject *)owner) ||
                                              cpp_class_find_cast(cls->cxx, owner) == NULL))) {
        PyErr_Format(PyExc_TypeError, "a '%s' object is needed, not '%s'", ((PyTypeObject *)owner)->tp_name,
                     Py_TYPE(object)->tp_name);
        return NULL;
    }
    address = cpp_instance_address((cpp_instance *)object);
    if (address == NULL || cls->cxx == owner)
        return address;
    cls = cls->cxx;
    cast = cpp_class_find_cast(cls, owner);
    if (cast->is_ambiguous) {
        PyErr_Format(PyExc_TypeError, "'%s' is an ambiguous base of '%s'", ((PyTypeObject *)owner)->tp_name,
                     ((PyTypeObject *)cls)->tp_name);
        return NULL;
    }
    if (sites != NULL) {
        CPP_MEMO_LOCK(cls->runtime);
        cpp_site *site = *sites;
        while (site != NULL && site->cxx != cls)
            site = site->next;
        if (site == NULL && (site = PyMem_RawMalloc(sizeof(cpp_site))) != NULL) {
            site->cxx = cls;
            site->cast = cast;
            site->next = *sites;
            CPP_STORE_POINTER(*sites, site);
        }
        CPP_MEMO_UNLOCK(cls->runtime);
    }
    return cpp_class_apply_cast(cls, cast, address);
}

void cpp_instance_free_sites(cpp_site *sites)
{
    while (sites != NULL) {
        cpp_site *next = sites->next;
        PyMem_RawFree(sites);
        sites = next;
    }
}

/* `other` lives as long as `self` does, or until the same key is used again:
   the lifeline becomes a dict of our own (flag CPP_KEEPS). */
static int instance_keep_by(cpp_instance *self, PyObject *key, PyObject *other)
{
    /* A part's lifeline is its owner itself, so others hang on that. */
    while (self->flags & CPP_INNER)
        self = (cpp_instance *)self->lifeline;
    if ((PyObject *)self == other)
        return 0;               /* the part keeps it already; it must not keep itself */
    if (!(self->flags & CPP_KEEPS)) {
        PyObject *dict;
        if (other == NULL)
            return 0;
        dict = PyDict_New();
        if (dict == NULL || (self->lifeline != NULL && PyDict_SetItem(dict, Py_None, self->lifeline) < 0)) {
            Py_XDECREF(dict);
            return -1;
        }
        Py_XSETREF(self->lifeline, dict);
        self->flags |= CPP_KEEPS;
    }
    if (other != NULL)
        return PyDict_SetItem(self->lifeline, key, other);
    if (PyDict_DelItem(self->lifeline, key) < 0) {
        if (!PyErr_ExceptionMatches(PyExc_KeyError))
            return -1;
        PyErr_Clear();
    }
    return 0;
}

int cpp_instance_keep(PyObject *self, const void *place, PyObject *other)
{
    PyObject *key = PyLong_FromVoidPtr((void *)place);
    int status;

    if (key == NULL)
        return -1;
    status = instance_keep_by((cpp_instance *)self, key, other);
    Py_DECREF(key);
    return status;
}

PyObject *cpp_instance_kept(PyObject *object, const void *place)
{
    cpp_instance *self = (cpp_instance *)object;
    PyObject *key, *found;

    while (self->flags & CPP_INNER)
        self = (cpp_instance *)self->lifeline;
    if (!(self->flags & CPP_KEEPS) || (key = PyLong_FromVoidPtr((void *)place)) == NULL) {
        PyErr_Clear();
        return NULL;
    }
    found = PyDict_GetItemWithError(self->lifeline, key);
    Py_DECREF(key);
    if (found == NULL)
        PyErr_Clear();
    return found;
}

/* ---- Python's view ------------------------------------------------------------------ */

/* The address for comparison and display: no error, NULL where there is none. */
static void *instance_peek(cpp_instance *self)
{
    if (self->flags & CPP_REFERENCE)
        return *(void **)self->address;
    return self->flags & (CPP_SIMPLE | CPP_PART) ? self->address : NULL;
}

static PyObject *instance_repr(PyObject *self)
{
    PyObject *module = PyObject_GetAttrString((PyObject *)Py_TYPE(self), "__module__");
    PyObject *name = module == NULL ? NULL : PyObject_GetAttrString((PyObject *)Py_TYPE(self), "__qualname__");
    PyObject *result = NULL;

    if (name != NULL) {
        void *address = instance_peek((cpp_instance *)self);
        result = address != NULL ? PyUnicode_FromFormat("<%S.%S object at %p>", module, name, address)
                                 : PyUnicode_FromFormat("<%S.%S object at (nil)>", module, name);
    }
    Py_XDECREF(module);
    Py_XDECREF(name);
    return result;
}

static int instance_bool(PyObject *self)
{
    return instance_peek((cpp_instance *)self) != NULL;
}

static Py_hash_t instance_hash(PyObject *self)
{
    if (((cpp_instance *)self)->flags & CPP_REFERENCE)
        return (Py_hash_t)((uintptr_t)self >> 4);
    return (Py_hash_t)((uintptr_t)((cpp_instance *)self)->address >> 4);
}

static PyObject *instance_compare(PyObject *self, PyObject *other, int operation)
{
    cpp_class *cls = cpp_instance_class(self), *theirs = cpp_class_of_type(Py_TYPE(other));
    int equal;

    if (operation != Py_EQ && operation != Py_NE)
        Py_RETURN_NOTIMPLEMENTED;
    if (other == Py_None || other == cls->runtime->null_constant)
        equal = instance_peek((cpp_instance *)self) == NULL;
    else if (theirs != NULL)
        equal = self == other || (cls == theirs->cxx && instance_peek((cpp_instance *)self) ==
                                                            instance_peek((cpp_instance *)other));
    else
        Py_RETURN_NOTIMPLEMENTED;
    return PyBool_FromLong(equal == (operation == Py_EQ));
}

static int instance_is_null(PyObject *object)
{
    cpp_instance *self = (cpp_instance *)object;

    return cpp_class_of_type(Py_TYPE(object)) != NULL && instance_peek(self) == NULL &&
           (self->flags & (CPP_NULL | CPP_REFERENCE)) != 0;
}

PyObject *cpp_instance_operate_null(PyObject *name, PyObject *const *args, size_t count)
{
    int equal = PyUnicode_CompareWithASCIIString(name, "__eq__") == 0;

    if (count == 1 && instance_is_null(args[0]) && PyUnicode_CompareWithASCIIString(name, "__bool__") == 0) {
        PyErr_Clear();
        Py_RETURN_FALSE;
    }
    if (count != 2 || !(equal || PyUnicode_CompareWithASCIIString(name, "__ne__") == 0) ||
            cpp_class_of_type(Py_TYPE(args[0])) == NULL || !(instance_is_null(args[0]) || instance_is_null(args[1])))
        return NULL;
    PyErr_Clear();
    return instance_compare(args[0], args[1], equal ? Py_EQ : Py_NE);
}

/* p[i] of a pointer to an array of objects; what Python owns is one object. */
static PyObject *instance_item(PyObject *self, PyObject *key)
{
    cpp_class *cls = cpp_instance_class(self)->cxx;
    cpp_instance *instance = (cpp_instance *)self;
    Py_ssize_t index;
    char *address;

    if (!PyIndex_Check(key) || cls->size <= 0 || (instance->flags & CPP_OWNED))
        return PyErr_Format(PyExc_TypeError, "'%s' object is not subscriptable", Py_TYPE(self)->tp_name);
    index = PyNumber_AsSsize_t(key, PyExc_IndexError);
    if (index == -1 && PyErr_Occurred())
        return NULL;
    if (index < 0)
        return PyErr_Format(PyExc_IndexError, "a pointer to '%s' has no index %zd", Py_TYPE(self)->tp_name, index);
    address = cpp_instance_address(instance);
    if (address == NULL || index == 0)
        return address == NULL ? NULL : Py_NewRef(self);
    return cpp_instance_bind(cls, address + index * cls->size, 0, self);
}

static PyObject *instance_get_owns(PyObject *self, void *Py_UNUSED(closure))
{
    return PyBool_FromLong((((cpp_instance *)self)->flags & CPP_OWNED) != 0);
}

static int instance_set_owns(PyObject *object, PyObject *value, void *Py_UNUSED(closure))
{
    cpp_instance *self = (cpp_instance *)object;
    int owns = value == NULL ? -1 : PyObject_IsTrue(value);

    if (value == NULL)
        PyErr_SetString(PyExc_TypeError, "__python_owns__ cannot be deleted");
    if (owns < 0)
        return -1;
    if (owns && !(self->flags & CPP_SIMPLE)) {
        PyErr_Format(PyExc_ReferenceError, "there is no '%s' object of its own to be owned",
                     Py_TYPE(object)->tp_name);
        return -1;
    }
    self->flags = (uint16_t)(owns ? self->flags | CPP_OWNED : self->flags & ~CPP_OWNED);
    if (self->flags & CPP_SIMPLE)
        cpp_director_hold(self, !owns);
    return 0;
}

void cpp_instance_give(cpp_instance *self)
{
    if (!(self->flags & CPP_OWNED))
        return;
    self->flags &= (uint16_t)~CPP_OWNED;
    if (self->flags & CPP_SIMPLE)
        cpp_director_hold(self, 1);
}

static PyObject *instance_destruct(PyObject *object, PyObject *Py_UNUSED(ignored))
{
    cpp_instance *self = (cpp_instance *)object;

    if (self->flags & CPP_PART) {
        PyErr_Format(PyExc_TypeError, "this '%s' lies in another object, which destroys it",
                     Py_TYPE(object)->tp_name);
        return NULL;
    }
    if (!(self->flags & CPP_OWNED) && (self->flags & (CPP_SIMPLE | CPP_REFERENCE))) {
        PyErr_Format(PyExc_TypeError, "Python does not own this '%s': C++ destroys it, unless __python_owns__ "
                     "is set first", Py_TYPE(object)->tp_name);
        return NULL;
    }
    if (self->exports > 0) {
        PyErr_Format(PyExc_BufferError, "the memory of this '%s' is viewed: release the view first", Py_TYPE(object)->tp_name);
        return NULL;
    }
    if (self->uses > 0) {
        PyErr_Format(PyExc_RuntimeError, "this '%s' is in use: C++ is running on it", Py_TYPE(object)->tp_name);
        return NULL;
    }
    instance_destroy(self, cpp_instance_class(object));
    Py_RETURN_NONE;
}

static PyObject *instance_get_class(PyObject *self, void *Py_UNUSED(closure))
{
    return Py_NewRef((PyObject *)Py_TYPE(self));
}

/* The memory behind a proxy is of one C++ class; Python classes derived from
   it can be exchanged. */
static int instance_set_class(PyObject *self, PyObject *value, void *Py_UNUSED(closure))
{
    cpp_class *cls = value != NULL && PyType_Check(value) ? cpp_class_of_type((PyTypeObject *)value) : NULL;
    PyObject *name, *inherited;

    if (cls == NULL || cls->cxx != cpp_instance_class(self)) {
        PyErr_Format(PyExc_TypeError, "a '%s' cannot become an object of another C++ class",
                     Py_TYPE(self)->tp_name);
        return -1;
    }
    name = PyUnicode_InternFromString("__class__");
    inherited = name == NULL ? NULL : _PyType_Lookup(&PyBaseObject_Type, name);
    Py_XDECREF(name);
    return inherited == NULL ? -1 : Py_TYPE(inherited)->tp_descr_set(inherited, self, value);
}

static PyObject *instance_reduce(PyObject *self, PyObject *Py_UNUSED(protocol))
{
    cpp_class *cls = cpp_class_of_type(Py_TYPE(self));

    if (cls == NULL || cls->runtime->reduce == NULL)
        return PyErr_Format(PyExc_TypeError, "cannot pickle the C++ object of '%s'", Py_TYPE(self)->tp_name);
    return PyObject_CallOneArg(cls->runtime->reduce, self);
}

/* (name, signature, const=None): the overloads of that signature alone, bound to the object. */
static PyObject *instance_dispatch(PyObject *self, PyObject *args, PyObject *keywords)
{
    PyObject *name, *chosen = NULL, *result = NULL, *wanted;

    if (PyTuple_GET_SIZE(args) < 2 || !PyUnicode_Check(name = PyTuple_GET_ITEM(args, 0)))
        return PyErr_Format(PyExc_TypeError, "__dispatch__() takes the name of a method and a signature");
    PyObject *method = PyObject_GetAttr(self, name);
    PyObject *choose = method == NULL ? NULL : PyObject_GetAttrString(method, "__overload__");
    wanted = choose == NULL ? NULL : PyTuple_GetSlice(args, 1, PyTuple_GET_SIZE(args));
    if (wanted != NULL)
        chosen = PyObject_Call(choose, wanted, keywords);
    if (chosen != NULL)
        result = Py_NewRef(chosen);             /* bound, as the method is */
    Py_XDECREF(chosen);
    Py_XDECREF(wanted);
    Py_XDECREF(choose);
    Py_XDECREF(method);
    return result;
}

static PyGetSetDef instance_getset[] = {
    {"__class__", instance_get_class, instance_set_class, "The object's class.", NULL},
    {"__python_owns__", instance_get_owns, instance_set_owns,
     "Whether Python destroys the C++ object together with this proxy.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyObject *instance_smartptr(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(ignored))
{
    Py_RETURN_NONE;
}

static PyMethodDef instance_methods[] = {
    {"__destruct__", instance_destruct, METH_NOARGS,
     "Destroy the C++ object, which Python must own, now.  Later use raises ReferenceError."},
    {"__smartptr__", instance_smartptr, METH_NOARGS,
     "None: the object is not behind a smart pointer.  Those give themselves."},
    {"__dispatch__", (PyCFunction)(void (*)(void))instance_dispatch, METH_VARARGS | METH_KEYWORDS,
     "__dispatch__(name, signature, const=None): the overloads of that signature alone, bound to the object."},
    {"__reduce_ex__", instance_reduce, METH_O, "For pickle: the values of a container or of public data members; TypeError for other classes."},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef instance_members[] = {
    {"__weaklistoffset__", T_PYSSIZET, offsetof(cpp_instance, weakrefs), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

PyDoc_STRVAR(instance_doc, "The base of all proxies of C++ objects.");

static PyType_Slot instance_slots[] = {
    {Py_tp_doc, (void *)instance_doc},
    {Py_tp_new, (void *)instance_tp_new},
    {Py_tp_init, (void *)cpp_construct_init},
    {Py_tp_dealloc, (void *)cpp_instance_dealloc},
    {Py_tp_repr, (void *)instance_repr},
    {Py_tp_hash, (void *)instance_hash},
    {Py_tp_richcompare, (void *)instance_compare},
    {Py_nb_bool, (void *)instance_bool},
    {Py_mp_subscript, (void *)instance_item},
    {Py_tp_getset, (void *)instance_getset},
    {Py_tp_methods, (void *)instance_methods},
    {Py_tp_members, (void *)instance_members},
    {0, NULL},
};

static PyType_Spec instance_spec = {
    .name = "_cffi_like.CppInstance",
    .basicsize = sizeof(cpp_instance),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .slots = instance_slots,
};

int cpp_instance_init(PyObject *module, core_state *state)
{
    state->cpp_instance_type = PyType_FromModuleAndSpec(module, &instance_spec, NULL);
    if (state->cpp_instance_type == NULL)
        return -1;
    return PyModule_AddObjectRef(module, "CppInstance", state->cpp_instance_type);
}

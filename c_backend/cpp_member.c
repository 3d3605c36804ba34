/* cpp_member.c: the descriptor of a data member: of objects, of a class (static)
   and of a namespace (global).

   Address of a non-static one: this + base offset + member offset; the base
   offset is decided once for each derived class (cpp_instance_cast).  A static
   one stands in the class's dict and in its metaclass's, so that it is read and
   assigned through both.  Neighbour: cpp_convert.h, the shortest conversions. */
#include "cpp_runtime.h"
#include "cpp_class.h"
#include "cpp_instance.h"
#include "cpp_type.h"
#include "cpp_convert.h"
#include "cpp_guard.h"
#include "cpp_candidate.h"
#include "cpp_method.h"

#include <structmember.h>

enum {                          /* ORDER: cppbind/runtime/native.py */
    MEMBER_IS_CONST = 1 << 0,
    MEMBER_IS_STATIC = 1 << 1,
    MEMBER_BY_POINTER = 1 << 2  /* a global pointer to an object: proxies follow it */
};

/* The scalars that are read and written without a call through cpp_ops. */
enum { MEMBER_OTHER, MEMBER_INT, MEMBER_DOUBLE };

typedef struct cpp_member {
    PyObject_HEAD
    cpp_class *owner;           /* owned: the class that declares it */
    cpp_type *type;             /* owned */
    uintptr_t place;            /* offset in the owner's object, or address */
    cpp_site *sites;            /* append-only */
    PyObject *name;             /* owned str */
    PyObject *doc;              /* owned */
    PyObject *kept;             /* owned or NULL: what a static pointer points to */
    PyObject *getter, *setter;  /* owned or NULL: CppMethods of a bit-field */
    uint8_t flags, shortcut;
} cpp_member;

static COMPAT_NOINLINE int member_refuse(cpp_member *self, const char *why)
{
    PyErr_Format(PyExc_TypeError, "'%s.%U' %s", ((PyTypeObject *)self->owner)->tp_name, self->name, why);
    return -1;
}

/* A conversion failed: say of which member. */
static COMPAT_NOINLINE void member_explain(cpp_member *self)
{
    PyObject *type, *value, *traceback, *text;

    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    text = value == NULL ? NULL : PyObject_Str(value);
    if (text == NULL || type == PyExc_ReferenceError || type == PyExc_MemoryError) {
        PyErr_Clear();
        PyErr_Restore(type, value, traceback);
    }
    else {
        PyErr_Format(type, "'%s.%U': %U", ((PyTypeObject *)self->owner)->tp_name, self->name, text);
        Py_DECREF(type);
        Py_XDECREF(value);
        Py_XDECREF(traceback);
    }
    Py_XDECREF(text);
}

/* ---- read and write ------------------------------------------------------------------- */

static COMPAT_NOINLINE PyObject *member_get_slow(cpp_member *self, PyObject *object)
{
    if (self->getter != NULL)
        return PyObject_CallOneArg(self->getter, object);
    if (self->flags & MEMBER_BY_POINTER) {
        cpp_class *cls = cpp_type_class(self->type->target);
        if (cls == NULL)
            return NULL;
        return cpp_instance_bind(cls, (void *)self->place, CPP_REFERENCE, NULL);
    }
    return NULL;
}

static inline PyObject *member_load(cpp_member *self, char *address, PyObject *owner)
{
    if (self->shortcut == MEMBER_INT)
        return PyLong_FromLong(*(int *)address);
    if (self->shortcut == MEMBER_DOUBLE)
        return PyFloat_FromDouble(*(double *)address);
    return self->type->ops->load(self->type, address, owner);
}

static PyObject *member_get(PyObject *object, PyObject *instance, PyObject *Py_UNUSED(cls))
{
    cpp_member *self = (cpp_member *)object;

    if (self->flags & MEMBER_IS_STATIC) {
        if (self->flags & MEMBER_BY_POINTER)
            return member_get_slow(self, NULL);
        return member_load(self, (char *)self->place, NULL);
    }
    if (instance == NULL || instance == Py_None)
        return Py_NewRef(object);
    if (self->getter != NULL)
        return member_get_slow(self, instance);
    char *address = cpp_instance_cast(self->owner, &self->sites, instance);
    if (COMPAT_UNLIKELY(address == NULL))
        return NULL;
    return member_load(self, address + self->place, instance);
}

/* The conversion may run Python code: the object stays meanwhile. */
static COMPAT_NOINLINE int member_store_slow(cpp_member *self, char *address, PyObject *value, PyObject *owner)
{
    if (owner != NULL)
        cpp_instance_use(owner, 1);
    int status = cpp_type_store(self->type, address, value, owner);

    if (owner != NULL)
        cpp_instance_use(owner, -1);
    if (COMPAT_UNLIKELY(status < 0))
        member_explain(self);
    return status;
}

static inline int member_store(cpp_member *self, char *address, PyObject *value, PyObject *owner)
{
    int64_t small;

    if (self->shortcut == MEMBER_INT && COMPAT_LIKELY(cpp_convert_small_int(value, &small))) {
        *(int *)address = (int)small;
        return 0;
    }
    if (self->shortcut == MEMBER_DOUBLE && COMPAT_LIKELY(PyFloat_CheckExact(value))) {
        *(double *)address = PyFloat_AS_DOUBLE(value);
        return 0;
    }
    return member_store_slow(self, address, value, owner);
}

static int member_set_static(cpp_member *self, PyObject *value)
{
    if (member_store(self, (char *)self->place, value, NULL) < 0)
        return -1;
    if (self->type->kind == CPP_POINTER) {
        PyObject *old = self->kept;
        self->kept = Py_NewRef(value);
        Py_XDECREF(old);
    }
    return 0;
}

static int member_set(PyObject *object, PyObject *instance, PyObject *value)
{
    cpp_member *self = (cpp_member *)object;

    if (COMPAT_UNLIKELY(value == NULL))
        return member_refuse(self, "is a C++ data member and cannot be deleted");
    if (COMPAT_UNLIKELY(self->flags & MEMBER_IS_CONST))
        return member_refuse(self, "is const");
    if (self->flags & MEMBER_IS_STATIC)
        return member_set_static(self, value);
    if (COMPAT_UNLIKELY(self->setter != NULL)) {
        if (cpp_class_of_type(Py_TYPE(instance)) != NULL && (((cpp_instance *)instance)->flags & CPP_CONST))
            return member_refuse(self, "is in a const object");
        PyObject *result = PyObject_CallFunctionObjArgs(self->setter, instance, value, NULL);
        if (COMPAT_UNLIKELY(result == NULL)) {
            PyObject *converted = cpp_type_convert(self->type, value);
            result = converted == NULL ? NULL : PyObject_CallFunctionObjArgs(self->setter, instance, converted, NULL);
            Py_XDECREF(converted);
        }
        Py_XDECREF(result);
        return result == NULL ? -1 : 0;
    }
    char *address = cpp_instance_cast(self->owner, &self->sites, instance);
    if (COMPAT_UNLIKELY(address == NULL))
        return -1;
    if (COMPAT_UNLIKELY(((cpp_instance *)instance)->flags & CPP_CONST))
        return member_refuse(self, "is in a const object");
    return member_store(self, address + self->place, value, instance);
}

/* ---- the object --------------------------------------------------------------------------- */

static PyObject *member_new(PyObject *module, PyObject *args)
{
    core_state *state = core_state_of(module);
    PyObject *name, *owner, *type, *doc, *getter, *setter;
    unsigned long long place;
    unsigned int flags;

    if (!PyArg_ParseTuple(args, "UOOKIOOO:cpp_new_member", &name, &owner, &type, &place, &flags, &doc,
                          &getter, &setter))
        return NULL;
    if (!PyType_Check(owner) || !cpp_class_check(state, (PyTypeObject *)owner))
        return PyErr_Format(PyExc_TypeError, "%R is no C++ class", owner);
    if (!CPP_TYPE_CHECK(state, type))
        return PyErr_Format(PyExc_TypeError, "a CppType is needed, not '%s'", Py_TYPE(type)->tp_name);
    cpp_member *self = PyObject_GC_New(cpp_member, CORE_TYPE(state, cpp_member_type));
    if (self == NULL)
        return NULL;
    self->owner = (cpp_class *)Py_NewRef(owner);
    self->type = (cpp_type *)Py_NewRef(type);
    self->place = (uintptr_t)place;
    self->sites = NULL;
    self->name = Py_NewRef(name);
    self->doc = Py_NewRef(doc);
    self->kept = NULL;
    self->getter = getter == Py_None ? NULL : Py_NewRef(getter);
    self->setter = setter == Py_None ? NULL : Py_NewRef(setter);
    self->flags = (uint8_t)flags;
    self->shortcut = MEMBER_OTHER;
    if (self->type->kind == CPP_INT && sizeof(int) == 4)
        self->shortcut = MEMBER_INT;
    else if (self->type->kind == CPP_DOUBLE)
        self->shortcut = MEMBER_DOUBLE;
    if (self->type->kind != CPP_POINTER || self->type->target == NULL || self->type->target->kind != CPP_CLASS)
        self->flags &= (uint8_t)~MEMBER_BY_POINTER;
    PyObject_GC_Track(self);
    return (PyObject *)self;
}

static int member_traverse(PyObject *object, visitproc visit, void *arg)
{
    cpp_member *self = (cpp_member *)object;

    Py_VISIT(Py_TYPE(object));
    Py_VISIT(self->owner);
    Py_VISIT(self->type);
    Py_VISIT(self->kept);
    Py_VISIT(self->getter);
    Py_VISIT(self->setter);
    return 0;
}

static void member_dealloc(PyObject *object)
{
    cpp_member *self = (cpp_member *)object;
    PyTypeObject *type = Py_TYPE(object);

    PyObject_GC_UnTrack(object);
    Py_XDECREF(self->owner);
    Py_XDECREF(self->type);
    Py_XDECREF(self->name);
    Py_XDECREF(self->doc);
    Py_XDECREF(self->kept);
    Py_XDECREF(self->getter);
    Py_XDECREF(self->setter);
    cpp_instance_free_sites(self->sites);
    PyObject_GC_Del(object);
    Py_DECREF(type);
}

static PyObject *member_repr(PyObject *object)
{
    cpp_member *self = (cpp_member *)object;

    return PyUnicode_FromFormat("<C++ data member %s.%U of type '%U'>", ((PyTypeObject *)self->owner)->tp_name,
                                self->name, self->type->spelling);
}

static PyMemberDef member_members[] = {
    {"__name__", T_OBJECT, offsetof(cpp_member, name), READONLY, NULL},
    {"__doc__", T_OBJECT, offsetof(cpp_member, doc), READONLY, NULL},
    {"__objclass__", T_OBJECT, offsetof(cpp_member, owner), READONLY, NULL},
    {"type", T_OBJECT, offsetof(cpp_member, type), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot member_slots[] = {
    {Py_tp_dealloc, (void *)member_dealloc},
    {Py_tp_traverse, (void *)member_traverse},
    {Py_tp_repr, (void *)member_repr},
    {Py_tp_descr_get, (void *)member_get},
    {Py_tp_descr_set, (void *)member_set},
    {Py_tp_members, (void *)member_members},
    {0, NULL},
};

static PyType_Spec member_spec = {
    .name = "_cffi_like.CppMember",
    .basicsize = sizeof(cpp_member),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = member_slots,
};

static PyMethodDef member_functions[] = {
    {"cpp_new_member", member_new, METH_VARARGS,
     "(name, owner, type, offset or address, flags, doc, getter, setter): a data member."},
    {NULL, NULL, 0, NULL},
};

int cpp_member_init(PyObject *module, core_state *state)
{
    state->cpp_member_type = PyType_FromModuleAndSpec(module, &member_spec, NULL);
    return state->cpp_member_type == NULL ? -1 : PyModule_AddFunctions(module, member_functions);
}

/* cpp_convert_class.c: objects of C++ classes by value, reference and pointer,
   and enumerators.

   A class goes to C++ as the address of the right base subobject; the wrappers
   of a dictionary copy where C++ takes it by value.  Neighbours: cpp_instance.c
   (proxies), cpp_method.c (converting constructors). */
#include "cpp_runtime.h"
#include "cpp_class.h"
#include "cpp_instance.h"
#include "cpp_type.h"
#include "cpp_convert.h"
#include "cpp_guard.h"
#include "cpp_candidate.h"
#include "cpp_method.h"
#include "cpp_sequence.h"
#include "cpp_item.h"

/* ---- ranks ------------------------------------------------------------------------- */

static cpp_class *class_of_target(cpp_type *type)
{
    return cpp_type_class(type->kind == CPP_CLASS ? type : type->target);
}

/* 0: the class itself; else how far up the base lies; -1: none. */
static int class_distance(cpp_class *cls, PyObject *value)
{
    cpp_class *given = cpp_class_of_type(Py_TYPE(value));

    if (given == NULL)
        return -1;
    given = given->cxx;
    if (given == cls)
        return 0;
    cpp_cast *cast = cpp_class_find_cast(given, cls);
    return cast == NULL || cast->is_ambiguous ? -1 : 1 + (int)(cast - given->casts);
}

/* Where a reference or pointer to `cls` is wanted and the value is a smart
   pointer: the way from what it points to, in *cast (NULL: the class itself).
   The class pointed to, or NULL without an error. */
static cpp_class *class_pointee(cpp_type *type, cpp_class *cls, PyObject *value, cpp_cast **cast)
{
    cpp_class *given = cpp_class_of_type(Py_TYPE(value));

    if (given == NULL || given->cxx->pointee == NULL || type->kind == CPP_CLASS || type->kind == CPP_RVALUE_REF)
        return NULL;
    cpp_type *pointee = given->cxx->pointee;
    if ((pointee->flags & CPP_TYPE_CONST) && !(type->target->flags & CPP_TYPE_CONST))
        return NULL;
    cpp_class *from = cpp_type_class(pointee);
    if (from == NULL) {
        PyErr_Clear();
        return NULL;
    }
    *cast = from == cls ? NULL : cpp_class_find_cast(from, cls);
    return from == cls || (*cast != NULL && !(*cast)->is_ambiguous) ? from : NULL;
}

/* The address of what a smart pointer points to as a `cls`; 0: it is no such; -1 with an error. */
static int class_pass_pointee(cpp_type *type, cpp_class *cls, PyObject *value, void *place)
{
    cpp_cast *cast;
    cpp_class *from = class_pointee(type, cls, value, &cast);

    if (from == NULL)
        return 0;
    void **pointer = cpp_instance_address((cpp_instance *)value);
    if (pointer == NULL)
        return -1;
    if (*pointer == NULL && type->kind != CPP_POINTER) {
        PyErr_Format(PyExc_ReferenceError, "this '%s' points to nothing", Py_TYPE(value)->tp_name);
        return -1;
    }
    type->runtime->destroyed++;         /* what it points to is looked at again when all are converted */
    *(void **)place = cast == NULL || *pointer == NULL ? *pointer : cpp_class_apply_cast(from, cast, *pointer);
    return 1;
}

static int class_rank_object(cpp_type *type, PyObject *value)
{
    cpp_class *cls = class_of_target(type);
    cpp_cast *cast;

    if (cls == NULL) {
        PyErr_Clear();          /* said again when it is passed */
        return CPP_RANK_NONE;
    }
    int distance = class_distance(cls, value);
    if (distance >= 0)
        return distance == 0 ? CPP_RANK_EXACT : CPP_RANK_CONVERSION + distance;
    return class_pointee(type, cls, value, &cast) != NULL ? CPP_RANK_CONVERSION + 500 : CPP_RANK_NONE;
}

static int class_takes_temporary(const cpp_type *type)
{
    return type->kind == CPP_CLASS || type->kind == CPP_RVALUE_REF || (type->target->flags & CPP_TYPE_CONST);
}

/* What std.move gave: borrowed from it.  NULL without an error for any other value. */
static PyObject *class_moved(cpp_type *type, PyObject *value)
{
    if ((PyObject *)Py_TYPE(value) != type->runtime->moved_class)
        return NULL;
    PyObject *object = PyObject_GetAttrString(value, "object");
    if (object == NULL)
        PyErr_Clear();
    else
        Py_DECREF(object);      /* held by `value` */
    return object;
}

/* One user-defined conversion is allowed, [class.conv]: by a constructor that is
   not explicit, of a value that needs no other. */
static int class_rank_conversion(cpp_type *type, PyObject *value)
{
    cpp_class *cls;

    if (!class_takes_temporary(type))
        return CPP_RANK_NONE;
    cls = class_of_target(type);
    if (cls == NULL) {
        PyErr_Clear();
        return CPP_RANK_NONE;
    }
    PyObject *moved = class_moved(type, value);
    if (cls->from_python != NULL && cpp_sequence_takes(cls, moved != NULL ? moved : value))
        return CPP_RANK_USER;
    if (cls->constructor == NULL || (cls->flags & CPP_CLASS_ABSTRACT))
        return CPP_RANK_NONE;
    int rank = cpp_method_rank_conversion(cls->constructor, value);
    return rank < 0 ? CPP_RANK_NONE : CPP_RANK_USER + rank;
}

/* An object that Python owns, and that nothing but the call refers to: a result by value, or one just made. */
int cpp_convert_class_is_temporary(PyObject *value)
{
    const cpp_instance *instance = (const cpp_instance *)value;

    if (!(instance->flags & CPP_OWNED) || instance->exports > 0 || instance->uses > 0)
        return 0;
#if PY_VERSION_HEX >= 0x030e0000
    return PyUnstable_Object_IsUniqueReferencedTemporary(value);
#else
    return Py_REFCNT(value) == 1;
#endif
}

/* A std::unique_ptr with a name, whose object a conversion to a pointer to a base would take. */
static int class_is_named_owner(PyObject *value)
{
    cpp_class *given = cpp_class_of_type(Py_TYPE(value));

    return given != NULL && given->cxx->items_lie == CPP_LIES_BEHIND && given->cxx->size == (Py_ssize_t)sizeof(void *) &&
           !cpp_convert_class_is_temporary(value);
}

static int class_rank_ref(cpp_type *type, PyObject *value)
{
    int rank = class_rank_object(type, value);

    if (rank < 0) {
        PyObject *moved = class_moved(type, value);
        if (moved == NULL || !class_takes_temporary(type))
            return class_rank_conversion(type, value);
        rank = class_rank_object(type, moved);
        return rank < 0 ? class_rank_conversion(type, value) : rank + 2;
    }
    return rank + (type->kind == CPP_CLASS || (type->target->flags & CPP_TYPE_CONST) ? 1 : 0);
}

static int class_rank_rvalue(cpp_type *type, PyObject *value)
{
    PyObject *moved = class_moved(type, value);

    int rank = class_rank_object(type, moved != NULL ? moved : value);
    if (rank < 0)
        return class_is_named_owner(value) ? CPP_RANK_NONE : class_rank_conversion(type, value);
    if (moved != NULL)
        return rank;
    /* What has a name is an lvalue: C++ would not move from it unasked.  What has none comes behind overloads that
       leave it as it is, as a tuple of arguments (`f(*arguments)`) may still have it. */
    return cpp_convert_class_is_temporary(value) ? rank + 2 * CPP_RANK_USER : CPP_RANK_NONE;
}

static int class_rank_pointer(cpp_type *type, PyObject *value)
{
    if (cpp_type_is_null(type, value))
        return CPP_RANK_CONVERSION;
    return cpp_type_is_zero(value) ? CPP_RANK_CONVERSION + 3 : class_rank_object(type, value);
}

/* ---- arguments ------------------------------------------------------------------------ */

typedef struct class_temporary {
    cpp_cleanup cleanup;
    PyObject *object;
} class_temporary;

static void class_drop_temporary(cpp_cleanup *cleanup)
{
    Py_DECREF(((class_temporary *)cleanup)->object);
}

static COMPAT_NOINLINE int class_pass_converted(cpp_type *type, cpp_class *cls, PyObject *value, void *place,
                                                cpp_call *call, class_temporary *temporary)
{
    PyObject *moved = class_moved(type, value);

    if (moved != NULL && class_takes_temporary(type) && PyType_IsSubtype(Py_TYPE(moved), (PyTypeObject *)cls)) {
        cpp_instance *object = (cpp_instance *)moved;
        if (object->exports > 0 || object->uses > 0) {
            PyErr_Format(object->exports > 0 ? PyExc_BufferError : PyExc_RuntimeError, object->exports > 0
                             ? "the memory of this '%s' is viewed, so it cannot be moved: release the view first"
                             : "this '%s' is in use: C++ is running on it", Py_TYPE(moved)->tp_name);
            return -1;
        }
        *(void **)place = cpp_instance_cast(cls, &type->sites, moved);
        return *(void **)place == NULL ? -1 : 0;
    }
    PyObject *given = moved != NULL ? moved : value;
    if (cls->from_python != NULL && class_takes_temporary(type) && cpp_sequence_takes(cls, given)) {
        if (cls->items != NULL && type->kind != CPP_RVALUE_REF && (PyList_CheckExact(value) || PyTuple_CheckExact(value)))
            return cpp_sequence_pass(cls, value, place, call, temporary);
        temporary->object = PyObject_CallFunctionObjArgs(cls->from_python, (PyObject *)cls, given, NULL);
    }
    else if (value == Py_None)
        return cpp_type_refuse(type, value, "there is no null reference");
    else if (class_rank_conversion(type, value) < 0)
        return cpp_type_refuse(type, value, NULL);
    else
        temporary->object = cpp_method_convert((PyObject *)cls, value);
    if (temporary->object == NULL)
        return -1;
    cpp_call_defer(call, &temporary->cleanup, class_drop_temporary);
    *(void **)place = cpp_instance_address((cpp_instance *)temporary->object);
    return *(void **)place == NULL ? -1 : 0;
}

static COMPAT_NOINLINE int class_pass_other(cpp_type *type, cpp_class *cls, PyObject *value, void *place,
                                            cpp_call *call, void *scratch)
{
    int found = class_pass_pointee(type, cls, value, place);

    if (found != 0)
        return found < 0 ? -1 : 0;
    return class_pass_converted(type, cls, value, place, call, scratch);
}

static int class_pass_ref(cpp_type *type, PyObject *value, void *place, cpp_call *call, void *scratch)
{
    cpp_class *cls = class_of_target(type);

    if (cls == NULL)
        return -1;
    if (Py_TYPE(value) != (PyTypeObject *)cls && !PyType_IsSubtype(Py_TYPE(value), (PyTypeObject *)cls))
        return class_pass_other(type, cls, value, place, call, scratch);
    void *address = cpp_instance_cast(cls, &type->sites, value);
    *(void **)place = address;
    return address == NULL ? -1 : 0;
}

static int class_pass_rvalue(cpp_type *type, PyObject *value, void *place, cpp_call *call, void *scratch)
{
    cpp_class *cls = class_of_target(type);

    if (cls == NULL)
        return -1;
    if (PyType_IsSubtype(Py_TYPE(value), (PyTypeObject *)cls)) {
        if (!cpp_convert_class_is_temporary(value))
            return cpp_type_refuse(type, value, "C++ would move from it; pass std.move(object) if it may");
        *(void **)place = cpp_instance_cast(cls, &type->sites, value);
        return *(void **)place == NULL ? -1 : 0;
    }
    if (class_is_named_owner(value) && class_rank_conversion(type, value) >= 0)
        return cpp_type_refuse(type, value, "C++ would move from it; pass std.move(object) if it may");
    return class_pass_converted(type, cls, value, place, call, scratch);
}

static int class_take_pointer(cpp_type *type, PyObject *value, void *place)
{
    *(void **)place = NULL;
    if (cpp_type_is_null(type, value))
        return 0;
    cpp_class *cls = class_of_target(type);
    if (cls == NULL)
        return -1;
    if (!PyType_IsSubtype(Py_TYPE(value), (PyTypeObject *)cls)) {
        int found = class_pass_pointee(type, cls, value, place);
        return found > 0 || (found == 0 && cpp_type_is_zero(value)) ? 0
             : found < 0 ? -1 : cpp_type_refuse(type, value, NULL);
    }
    cpp_instance *instance = (cpp_instance *)value;
    if ((instance->flags & CPP_NULL) ||
        ((instance->flags & CPP_REFERENCE) && *(void **)instance->address == NULL))
        return 0;
    *(void **)place = cpp_instance_cast(cls, &type->sites, value);
    return *(void **)place == NULL ? -1 : 0;
}

static int class_pass_pointer(cpp_type *type, PyObject *value, void *place, cpp_call *call, void *Py_UNUSED(scratch))
{
    /* cpp_entry.cpp, which has no `call`, does not give objects away: the long way does. */
    if (COMPAT_UNLIKELY(type->runtime->heuristics) && call == NULL)
        return -1;
    return class_take_pointer(type, value, place);
}

/* ---- memory ------------------------------------------------------------------------------ */

static PyObject *class_bind_value(cpp_type *type, char *address, PyObject *owner)
{
    cpp_class *cls = cpp_type_class(type);

    return cls == NULL ? NULL : cpp_instance_bind(cls, address, owner != NULL ? CPP_PART : 0, owner);
}

static PyObject *class_load_value(cpp_type *type, char *address, PyObject *owner)
{
    PyObject *proxy = class_bind_value(type, address, owner);

    if (proxy != NULL && ((type->flags & CPP_TYPE_CONST) || (owner != NULL && (((cpp_instance *)owner)->flags & CPP_CONST))))
        ((cpp_instance *)proxy)->flags |= CPP_CONST;
    return proxy == NULL ? NULL : cpp_class_map(cpp_type_class(type), proxy);
}

/* Who must live as long as something that a function of `owner` returned a pointer to: the object that Python
   owns among those it lies in or was got from.  Borrowed, NULL where there is none. */
static PyObject *class_keeper(PyObject *owner)
{
    cpp_instance *self = (cpp_instance *)owner;

    while (self != NULL && !(self->flags & (CPP_OWNED | CPP_KEEPS))) {
        if (self->lifeline == NULL || cpp_class_of_type(Py_TYPE(self->lifeline)) == NULL)
            return NULL;
        self = (cpp_instance *)self->lifeline;
    }
    return (PyObject *)self;
}

static PyObject *class_load_pointer(cpp_type *type, char *place, PyObject *owner)
{
    cpp_class *cls = class_of_target(type);
    char *address = *(char **)place;

    if (cls == NULL)
        return NULL;
    int is_iterator = owner != NULL && (((cpp_instance *)owner)->flags & (CPP_OWNED | CPP_ITEM)) == (CPP_OWNED | CPP_ITEM);
    if (is_iterator)
        owner = ((cpp_instance *)owner)->lifeline;
    uint32_t flags = cpp_item_place(type, owner, address);
    /* operator[] and its like do not look where they are told to. */
    if (flags == 0 && owner != NULL && !is_iterator && type->kind == CPP_LVALUE_REF &&
        cpp_instance_class(owner)->items_lie == CPP_LIES_IN_VECTOR)
        return PyErr_Format(PyExc_IndexError, "there is no such item in this '%s'", Py_TYPE(owner)->tp_name);
    PyObject *proxy = cpp_instance_bind_dynamic(cls, address, flags, flags ? owner : class_keeper(owner));
    return address == NULL ? proxy : cpp_class_map(cls, proxy);
}

/* A tuple, list or dict for an aggregate, as `member = {1, 2}` in C++: a new object.
   NULL without an error for what is none. */
static PyObject *class_from_braces(cpp_class *cls, PyObject *value)
{
    PyObject *args, *result;

    if (cls->aggregate == NULL)
        return NULL;
    if (PyDict_Check(value)) {
        args = PyTuple_New(0);
        result = args == NULL ? NULL : PyObject_Call((PyObject *)cls, args, value);
    }
    else if (PyTuple_Check(value) || PyList_Check(value)) {
        args = PySequence_Tuple(value);
        result = args == NULL ? NULL : PyObject_CallObject((PyObject *)cls, args);
    }
    else
        return NULL;
    Py_XDECREF(args);
    return result;
}

static int class_is_object(cpp_class *cls, PyObject *value)
{
    return PyType_IsSubtype(Py_TYPE(value), (PyTypeObject *)cls);
}

/* Copy assignment: the class's own, or its bytes where that is the same. */
static int class_store_value(cpp_type *type, char *address, PyObject *value, PyObject *owner)
{
    cpp_class *cls = cpp_type_class(type);

    if (cls == NULL)
        return -1;
    if ((cls->flags & CPP_CLASS_TRIVIAL) && PyType_IsSubtype(Py_TYPE(value), (PyTypeObject *)cls)) {
        void *source = cpp_instance_cast(cls, &type->sites, value);
        if (source == NULL)
            return -1;
        memmove(address, source, (size_t)cls->size);
        return 0;
    }
    if (class_rank_ref(type, value) < 0) {
        PyObject *made = class_from_braces(cls, value);
        if (made == NULL)
            return PyErr_Occurred() ? -1 : cpp_type_refuse(type, value, NULL);
        int status = class_store_value(type, address, made, owner);
        Py_DECREF(made);
        return status;
    }
    PyObject *target = class_bind_value(type, address, owner);
    /* The call's own arguments would refer to it, too. */
    PyObject *moved = class_is_object(cls, value) && cpp_convert_class_is_temporary(value)
                          ? PyObject_CallOneArg(type->runtime->moved_class, value) : Py_NewRef(value);
    PyObject *result = target == NULL || moved == NULL ? NULL : PyObject_CallMethod(target, "__assign__", "(O)", moved);
    Py_XDECREF(moved);
    Py_XDECREF(target);
    Py_XDECREF(result);
    return result == NULL ? -1 : 0;
}

/* Converting it runs no code that a user wrote in Python. */
static int class_is_plain(PyObject *value)
{
    PyTypeObject *type = Py_TYPE(value);

    return cpp_class_of_type(type) != NULL ||
           (!PyType_HasFeature(type, Py_TPFLAGS_HEAPTYPE) && type != &PyList_Type && type != &PyTuple_Type && type != &PyDict_Type);
}

PyObject *cpp_convert_class_prepare(cpp_type *reference, PyObject *value)
{
    cpp_type *type = reference->target;
    char number[16] __attribute__((aligned(16)));
    cpp_class *cls;

    if (type == NULL || class_is_plain(value))
        return Py_NewRef(value);
    if (type->kind != CPP_CLASS) {
        if (type->kind == CPP_POINTER || type->kind == CPP_ARRAY || type->size <= 0 || type->size > (Py_ssize_t)sizeof number ||
            type->ops->store == NULL)
            return Py_NewRef(value);
        return type->ops->store(type, number, value, NULL) < 0 ? NULL : type->ops->load(type, number, NULL);
    }
    if ((type->flags & CPP_TYPE_TEXT) || (cls = cpp_type_class(type)) == NULL)
        return PyErr_Occurred() ? NULL : Py_NewRef(value);
    if (class_rank_ref(type, value) >= 0 && class_moved(type, value) == NULL)
        return cls->from_python != NULL && cpp_sequence_takes(cls, value)
                   ? PyObject_CallFunctionObjArgs(cls->from_python, (PyObject *)cls, value, NULL)
                   : cpp_method_convert((PyObject *)cls, value);
    PyObject *made = class_from_braces(cls, value);
    return made != NULL || PyErr_Occurred() ? made : Py_NewRef(value);
}

int cpp_convert_class_verify(cpp_type *type, PyObject *value, void *address)
{
    const cpp_ops *ops = type->ops;
    PyObject *moved = class_moved(type, value);
    cpp_class *given, *cls;
    void *now = address;

    value = moved != NULL ? moved : value;
    given = cpp_class_of_type(Py_TYPE(value));
    if (given == NULL)
        return 0;
    if (!(((cpp_instance *)value)->flags & (CPP_SIMPLE | CPP_NULL | CPP_REFERENCE)) &&
        cpp_instance_address((cpp_instance *)value) == NULL)
        return -1;
    if (ops != &cpp_convert_class_value && ops != &cpp_convert_class_ref && ops != &cpp_convert_class_rvalue &&
        ops != &cpp_convert_class_pointer)
        return 0;
    cls = class_of_target(type);
    if (cls == NULL)
        return -1;
    if (!PyType_IsSubtype(Py_TYPE(value), (PyTypeObject *)cls)) {
        if (class_pass_pointee(type, cls, value, &now) < 0)
            return -1;
    }
    else if (!(((cpp_instance *)value)->flags & CPP_NULL) || ops != &cpp_convert_class_pointer)
        now = cpp_instance_cast(cls, &type->sites, value);
    else
        now = NULL;
    if (now == address)
        return 0;
    if (!PyErr_Occurred())
        PyErr_Format(PyExc_ReferenceError, "the object of this '%s' went while other arguments were converted",
                     Py_TYPE(value)->tp_name);
    return -1;
}

static int class_store_ref(cpp_type *type, char *place, PyObject *value, PyObject *owner)
{
    if (type->target->flags & CPP_TYPE_CONST)
        return cpp_type_refuse(type, value, "the object is const");
    return class_store_value(type->target, *(char **)place, value, owner);
}

/* A proxy that does not own its object has who keeps that; NULL where that is `owner` itself. */
static PyObject *class_what_to_keep(PyObject *value, PyObject *owner)
{
    cpp_instance *self = (cpp_instance *)value, *whole = (cpp_instance *)owner;

    if (cpp_class_of_type(Py_TYPE(value)) == NULL)
        return value;
    while (whole->flags & CPP_INNER)
        whole = (cpp_instance *)whole->lifeline;
    while (!(self->flags & (CPP_OWNED | CPP_HELD | CPP_KEEPS)) && self->lifeline != NULL &&
           cpp_class_of_type(Py_TYPE(self->lifeline)) != NULL)
        self = (cpp_instance *)self->lifeline;
    return self == whole ? NULL : (PyObject *)self;
}

static int class_store_pointer(cpp_type *type, char *place, PyObject *value, PyObject *owner)
{
    void *address;

    if (class_take_pointer(type, value, &address) < 0)
        return -1;
    /* An object that Python owns lives as long as something in C++ points to it from here. */
    if (owner != NULL && cpp_instance_keep(owner, place, address == NULL ? NULL : class_what_to_keep(value, owner)) < 0)
        return -1;
    *(void **)place = address;
    return 0;
}

const cpp_ops cpp_convert_class_value = {
    class_rank_ref, class_pass_ref, class_load_value, class_store_value, CPP_SEQUENCE_SCRATCH,
};
const cpp_ops cpp_convert_class_ref = {
    class_rank_ref, class_pass_ref, class_load_pointer, class_store_ref, CPP_SEQUENCE_SCRATCH,
};
const cpp_ops cpp_convert_class_rvalue = {
    class_rank_rvalue, class_pass_rvalue, class_load_pointer, class_store_ref, CPP_SEQUENCE_SCRATCH,
};
const cpp_ops cpp_convert_class_pointer = {
    class_rank_pointer, class_pass_pointer, class_load_pointer, class_store_pointer, 0,
};

/* ---- enums ---------------------------------------------------------------------------------- */

static int class_rank_enum(cpp_type *type, PyObject *value)
{
    PyObject *cls = cpp_type_enum(type);

    if (cls == NULL) {
        PyErr_Clear();
        return CPP_RANK_NONE;
    }
    if (Py_TYPE(value) == (PyTypeObject *)cls)
        return CPP_RANK_EXACT;
    return PyLong_CheckExact(value) && !(type->flags & CPP_TYPE_SCOPED) ? CPP_RANK_CONVERSION + 20 : CPP_RANK_NONE;
}

static int class_pass_enum(cpp_type *type, PyObject *value, void *place, cpp_call *call, void *scratch)
{
    PyObject *cls = cpp_type_enum(type);

    if (cls == NULL)
        return -1;
    if (Py_TYPE(value) != (PyTypeObject *)cls) {
        if (!PyLong_CheckExact(value))
            return cpp_type_refuse(type, value, NULL);
        if (type->flags & CPP_TYPE_SCOPED)
            return cpp_type_refuse(type, value, "a scoped enum takes its own enumerators only");
    }
    if (type->target->kind == CPP_BOOL || type->target->ops == &cpp_convert_text_char) {
        int64_t number;
        if (cpp_convert_int_slow(type->target, value, &number) < 0)
            return -1;
        *(int64_t *)place = number;
        return 0;
    }
    return type->target->ops->argument(type->target, value, place, call, scratch);
}

static PyObject *class_load_enum(cpp_type *type, char *address, PyObject *Py_UNUSED(owner))
{
    PyObject *cls = cpp_type_enum(type), *known, *number, *result = NULL;

    if (cls == NULL)
        return NULL;
    /* As a number whatever the underlying type is: bool and characters too. */
    number = cpp_convert_integer.load(type->target, address, NULL);
    if (number == NULL)
        return NULL;
    known = PyObject_GetAttrString(cls, "__by_value__");
    if (known != NULL && PyDict_Check(known)) {
        result = PyDict_GetItemWithError(known, number);
        if (result != NULL)
            Py_INCREF(result);
        else if (!PyErr_Occurred())
            result = PyObject_CallOneArg(cls, number);
    }
    else if (known != NULL)
        PyErr_Format(PyExc_TypeError, "%R is no C++ enum", cls);
    Py_XDECREF(known);
    Py_DECREF(number);
    return result;
}

static int class_store_enum(cpp_type *type, char *address, PyObject *value, PyObject *Py_UNUSED(owner))
{
    int64_t number;

    if (class_pass_enum(type, value, &number, NULL, NULL) < 0)
        return -1;
    memcpy(address, &number, (size_t)type->target->size);
    return 0;
}

const cpp_ops cpp_convert_class_enum = {
    class_rank_enum, class_pass_enum, class_load_enum, class_store_enum, 0,
};

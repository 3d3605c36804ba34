/* compat.h: what CPython 3.9 to 3.14 and the free-threaded builds name differently.

   Included by core.h only.  Nothing here knows of this project's objects. */
#ifndef COMPAT_H
#define COMPAT_H

#if PY_VERSION_HEX < 0x03090000
#  error "CPython 3.9 or newer is needed"
#endif

#if PY_VERSION_HEX < 0x030a0000
static inline PyObject *Py_NewRef(PyObject *object)
{
    Py_INCREF(object);
    return object;
}

static inline PyObject *Py_XNewRef(PyObject *object)
{
    Py_XINCREF(object);
    return object;
}
/* Before 3.10 these flags do not exist.  A type that must not be instantiated
   has a tp_new that raises as well. */
#  define Py_TPFLAGS_DISALLOW_INSTANTIATION 0UL
#  define Py_TPFLAGS_IMMUTABLETYPE 0UL

static inline PyObject *compat_no_new(PyTypeObject *type, PyObject *Py_UNUSED(args),
                                      PyObject *Py_UNUSED(kwargs))
{
    PyErr_Format(PyExc_TypeError, "cannot create '%.100s' instances", type->tp_name);
    return NULL;
}
#  define COMPAT_NO_NEW_SLOT {Py_tp_new, (void *)compat_no_new},

static inline int PyModule_AddObjectRef(PyObject *module, const char *name, PyObject *value)
{
    Py_XINCREF(value);
    if (PyModule_AddObject(module, name, value) < 0) {
        Py_XDECREF(value);
        return -1;
    }
    return 0;
}
#else
#  define COMPAT_NO_NEW_SLOT
#endif

/* The object behind a weak reference: a new reference, or NULL (no error) once
   it is dead. */
static inline PyObject *compat_weakref_get(PyObject *reference)
{
#if PY_VERSION_HEX >= 0x030d0000
    PyObject *object = NULL;

    if (reference == NULL || PyWeakref_GetRef(reference, &object) < 0)
        return NULL;
    return object;
#else
    PyObject *object = reference == NULL ? Py_None : PyWeakref_GET_OBJECT(reference);

    return object == Py_None ? NULL : Py_NewRef(object);
#endif
}

/* The value of a key: a new reference, or NULL with an error or, if there is no
   such key, without. */
static inline PyObject *compat_dict_get(PyObject *dict, PyObject *key)
{
#if PY_VERSION_HEX >= 0x030d0000
    PyObject *value = NULL;

    (void)PyDict_GetItemRef(dict, key, &value);
    return value;
#else
    PyObject *value = PyDict_GetItemWithError(dict, key);

    return Py_XNewRef(value);
#endif
}

#if PY_VERSION_HEX < 0x030d0000
/* Before 3.13 the GIL is the lock. */
#  ifndef Py_BEGIN_CRITICAL_SECTION
#    define Py_BEGIN_CRITICAL_SECTION(object) {
#    define Py_END_CRITICAL_SECTION() }
#  endif
#endif

/* Hash of an address, as CPython's own (private before 3.13): the low bits are
   all alike, so they go to the top.  -1 means an error. */
static inline Py_hash_t compat_hash_pointer(const void *pointer)
{
    size_t bits = (size_t)pointer;
    Py_hash_t hash = (Py_hash_t)((bits >> 4) | (bits << (8 * sizeof(bits) - 4)));

    return hash == -1 ? -2 : hash;
}

/* Most ints have one digit or none; reading them needs no call.  *value is set
   only where 1 is returned. */
#if PY_VERSION_HEX < 0x030b0000
#  include <longintrepr.h>
#endif
static inline int compat_small_int(PyObject *object, Py_ssize_t *value)
{
#if PY_VERSION_HEX >= 0x030c0000
    if (!PyUnstable_Long_IsCompact((PyLongObject *)object))
        return 0;
    *value = PyUnstable_Long_CompactValue((PyLongObject *)object);
    return 1;
#else
    Py_ssize_t size = Py_SIZE(object);

    if (size < -1 || size > 1)
        return 0;
    *value = size * (Py_ssize_t)((PyLongObject *)object)->ob_digit[0];
    return 1;
#endif
}

/* PyObject_Init for memory that was an object before and is kept by us: what a debugging build counts is counted. */
static inline PyObject *compat_init_again(PyObject *object, PyTypeObject *type)
{
#if defined(Py_REF_DEBUG) || defined(Py_TRACE_REFS) || defined(Py_GIL_DISABLED)
    return PyObject_Init(object, type);
#else
    Py_SET_TYPE(object, type);
    Py_INCREF(type);
    Py_SET_REFCNT(object, 1);
    return object;
#endif
}

#if defined(__GNUC__) || defined(__clang__)
#  define COMPAT_LIKELY(x) __builtin_expect(!!(x), 1)
#  define COMPAT_UNLIKELY(x) __builtin_expect(!!(x), 0)
#  define COMPAT_NOINLINE __attribute__((noinline))
#  define COMPAT_ALWAYS_INLINE inline __attribute__((always_inline))
#else
#  define COMPAT_LIKELY(x) (x)
#  define COMPAT_UNLIKELY(x) (x)
#  define COMPAT_NOINLINE
#  define COMPAT_ALWAYS_INLINE inline
#endif

#endif

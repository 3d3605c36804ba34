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
#endif

#if PY_VERSION_HEX < 0x030d0000
/* Before 3.13 the GIL is the lock. */
#  ifndef Py_BEGIN_CRITICAL_SECTION
#    define Py_BEGIN_CRITICAL_SECTION(object) {
#    define Py_END_CRITICAL_SECTION() }
#  endif
#endif

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

/* cpp_director.h: Python classes that override virtual functions.

   A director is a C++ class of a dictionary, derived from the class that Python
   derives from, with every virtual function overridden (cppbind/format.py,
   "Directors").  It has a C++ class object of its own, which nobody names: the
   `cxx` of the Python classes derived from its base.

     Base (cpp_class) ◄── director (cpp_class, has cpp_director) ◄─ cxx ─ class Mine(Base)

   The director holds its proxy, borrowed while Python owns the object and owned
   while C++ does (CPP_HELD).  Include after cpp_instance.h and cpp_type.h. */
#ifndef CPP_DIRECTOR_H
#define CPP_DIRECTOR_H

#include "core.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {                          /* ORDER: cppbind/format.py, DIRECTOR_FLAGS */
    CPP_DIRECTOR_PURE = 1 << 0,
    CPP_DIRECTOR_NOEXCEPT = 1 << 1,
    CPP_DIRECTOR_ZERO = 1 << 2  /* pure, and zero bytes are a value of the result */
};

struct cpp_python_error;        /* cpp_callable.h */

typedef void cpp_director_taker(void *result, void *value);

/* What a dictionary's directors call; its layout is that of the generated code. */
typedef struct cpp_director_hooks {
    int (*call)(void *proxy, uint32_t index, void *const *arguments, void *result, cpp_director_taker *take,
                uint32_t flags);
    void (*gone)(void *proxy);
} cpp_director_hooks;

/* What a Python class overrides: borrowed from the class, valid while its version is this. */
struct cpp_answers {
    unsigned int version;
    Py_ssize_t count;
    PyObject *functions[];      /* NULL: not overridden */
};

/* The version of a class's attributes; 0: none is known. */
static inline unsigned int cpp_director_version(PyTypeObject *type)
{
#if PY_VERSION_HEX < 0x030a0000
    if (!PyType_HasFeature(type, Py_TPFLAGS_VALID_VERSION_TAG))
        return 0;
#endif
    return type->tp_version_tag;
}

/* Whether it is known that Python leaves this function to the base.  Without the GIL: the
   proxy lives as long as its object, and a class that changes meanwhile is seen or not. */
static inline int cpp_director_is_silent(PyObject *proxy, uint32_t index, uint32_t flags)
{
#ifndef Py_GIL_DISABLED
    PyTypeObject *type = Py_TYPE(proxy);
    const struct cpp_answers *answers = ((cpp_class *)type)->answers;

    return answers != NULL && answers->version != 0 && answers->version == cpp_director_version(type) &&
           answers->functions[index] == NULL && !(flags & CPP_DIRECTOR_PURE);
#else
    (void)proxy, (void)index, (void)flags;
    return 0;
#endif
}

/* The core's half of `call`, unless cpp_director_is_silent: 1, answered; 0, Python does
   not override it; -1, *raised is the exception, or NULL without memory; -2, Python is gone and nothing can answer.  From any thread. */
int cpp_director_call(void *proxy, uint32_t index, void *const *arguments, void *result, cpp_director_taker *take,
                      uint32_t flags, struct cpp_python_error **raised);
/* C++ destroyed the object.  From any thread. */
void cpp_director_gone(void *proxy);

/* The C++ part's (cpp_throw.cpp). */
const cpp_director_hooks *cpp_part_director_hooks(void);

/* The C++ class whose objects a Python class derived from `cxx` makes: its
   director, or `cxx` itself.  Borrowed, NULL with an error. */
cpp_class *cpp_director_of(cpp_class *cxx);
/* The director in `memory` belongs to `proxy`, or to nobody (NULL). */
void cpp_director_attach(cpp_class *cls, void *memory, PyObject *proxy);
/* Where C++ must not reach Python again: the object is about to be destroyed by Python. */
static inline void cpp_director_detach(cpp_class *cls, void *memory)
{
    if (COMPAT_UNLIKELY(cls->director != NULL))
        cpp_director_attach(cls, memory, NULL);
}
/* Who owns the object has changed. */
void cpp_director_hold(cpp_instance *self, int held);

/* The base's own function where `method`, a virtual one, is called on an object
   whose class may override it: super().f().  Borrowed; `method` itself where there is none. */
PyObject *cpp_director_base_call(PyObject *method, PyObject *object);

/* Room for what a new Python class overrides; its cxx is a director.  0, or -1 with an error. */
int cpp_director_prepare(cpp_class *cls);

#ifdef __cplusplus
}
#endif
#endif

/* cpp_instance.h: the proxy of one C++ object.

   flags, ASCII layout:

     bit 0  SIMPLE      `address` is the live object: the fast path's only test
         1  OWNED       Python destroys the object
         2  REFERENCE   `address` is that of a pointer to the object (a global
                        pointer), followed at each use
         3  PART        lies inside the object of `lifeline`, and dies with it
         4  NULL        a typed null pointer
         5  REMEMBERED  stands in the identity table
         6  DESTROYED   the object is gone
         7  KEEPS       `lifeline` is a dict of what the object's pointers need
         8  HELD        a director that C++ owns: it holds its proxy
         9  INNER       `lifeline` is the proxy of what it lies in, for good: what
                        uses or views it uses and views that, too
        10  ITEM        a PART that its container may move or drop (cpp_item.c)
        11  LENT        an argument of C++'s for the time of a call (cpp_given.c)
        12  READONLY    LENT as const: views of its items are copies
        13  CHANGEABLE  C++ that runs gave it to Python by a reference that is not
                        const: its items may be dropped although it is in use
        14  CONST       a const variable or member, or a part of one: its members
                        are not assigned to

   Include after cpp_class.h. */
#ifndef CPP_INSTANCE_H
#define CPP_INSTANCE_H

#include "core.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    CPP_SIMPLE = 1 << 0,
    CPP_OWNED = 1 << 1,
    CPP_REFERENCE = 1 << 2,
    CPP_PART = 1 << 3,
    CPP_NULL = 1 << 4,
    CPP_REMEMBERED = 1 << 5,
    CPP_DESTROYED = 1 << 6,
    CPP_KEEPS = 1 << 7,
    CPP_HELD = 1 << 8,
    CPP_INNER = 1 << 9,
    CPP_ITEM = 1 << 10,
    CPP_LENT = 1 << 11,
    CPP_READONLY = 1 << 12,
    CPP_CHANGEABLE = 1 << 13,
    CPP_CONST = 1 << 14
};

typedef struct cpp_instance {
    PyObject_HEAD
    void *address;
    PyObject *lifeline;         /* owned or NULL: what must live as long as this proxy */
    PyObject *weakrefs;
    uint16_t flags;
    uint16_t epoch;             /* of a container: grows when its items may have moved; of an item: when it was seen there */
    uint16_t exports;           /* views of its memory that are in use: nothing may move it */
    uint16_t uses;              /* C++ functions that run on the object, stores into it: it cannot be destroyed by hand */
} cpp_instance;

#ifdef Py_GIL_DISABLED
#  define CPP_ADD(place, count) ((void)__atomic_add_fetch(&(place), (uint16_t)(count), __ATOMIC_RELAXED))
#else
#  define CPP_ADD(place, count) ((void)((place) = (uint16_t)((place) + (count))))
#endif

/* Around a call on the object, which may come back to Python (step 1, then -1): neither it nor what it
   lies in can be destroyed by hand, or move it. */
static inline void cpp_instance_use(PyObject *object, int step)
{
    cpp_instance *each = (cpp_instance *)object;

    CPP_ADD(each->uses, step);
    while (COMPAT_UNLIKELY(each->flags & CPP_INNER)) {
        each = (cpp_instance *)each->lifeline;
        CPP_ADD(each->uses, step);
    }
}

/* cpp_hold.c.  The same for views of its memory, which last longer.  0, or -1 with BufferError: too many. */
int cpp_instance_export(PyObject *object, int step);

struct cpp_type;
typedef struct cpp_type cpp_type;

static inline cpp_class *cpp_instance_class(PyObject *object)
{
    return ((cpp_class *)Py_TYPE(object))->cxx;
}

/* After a ReferenceError of an operator: what `==`, `!=` and `bool` say of a null pointer, which has no object to be
   asked.  New reference, or NULL with the error as it was. */
PyObject *cpp_instance_operate_null(PyObject *name, PyObject *const *args, size_t count);

/* A proxy of `cls` for the object at `address`, the known one if there is one.
   Flags: CPP_OWNED, CPP_REFERENCE, CPP_PART, CPP_ITEM.  `lifeline` may be NULL.  A null
   address gives a null proxy.  New reference, or NULL with an error. */
PyObject *cpp_instance_bind(cpp_class *cls, void *address, uint32_t flags, PyObject *lifeline);
/* As above after looking for the dynamic class, for pointers and references. */
PyObject *cpp_instance_bind_dynamic(cpp_class *cls, void *address, uint32_t flags, PyObject *lifeline);

/* An empty proxy of `cls`. */
static inline PyObject *cpp_instance_new_empty(cpp_class *cls)
{
    cpp_instance *self;

#ifndef Py_GIL_DISABLED
    cpp_runtime *runtime = cls->runtime;
    if (COMPAT_LIKELY(runtime->spare_count > 0))
        self = (cpp_instance *)compat_init_again((PyObject *)runtime->spare[--runtime->spare_count],
                                                 (PyTypeObject *)cls);
    else
#endif
        self = PyObject_New(cpp_instance, (PyTypeObject *)cls);
    if (COMPAT_LIKELY(self != NULL)) {
        self->address = NULL;
        self->lifeline = NULL;
        self->weakrefs = NULL;
        self->flags = 0;
        self->epoch = 0;
        self->exports = 0;
        self->uses = 0;
    }
    return (PyObject *)self;
}

/* The object at `address` was constructed for `self`, which owns it now.  0, or -1 with an error. */
static inline int cpp_instance_adopt(cpp_instance *self, cpp_class *cls, void *address)
{
    const uint16_t before = self->flags;

    /* Whole before a regulator hears of it. */
    self->address = address;
    self->flags = before | CPP_SIMPLE | CPP_OWNED | CPP_REMEMBERED;
    if (COMPAT_LIKELY(cpp_runtime_remember_fast(cls->runtime, address, (PyObject *)self) == 0))
        return 0;
    self->address = NULL;
    self->flags = before;
    return -1;
}

/* C++ made the pointer that the proxy stands for point to another object, or to
   none: the proxy is that one's, without owning it.  0, or -1 with an error. */
int cpp_instance_rebind(cpp_instance *self, void *address);

/* The object's address; NULL with ReferenceError where there is none. */
void *cpp_instance_address_slow(cpp_instance *self);
static inline void *cpp_instance_address(cpp_instance *self)
{
    return COMPAT_LIKELY(self->flags & CPP_SIMPLE) ? self->address : cpp_instance_address_slow(self);
}

/* Where an object is used: one list per member, method or type, of the
   classes seen there.  Append-only, see CPP_MEMO_LOCK. */
typedef struct cpp_site {
    cpp_class *cxx;             /* borrowed: a C++ class, never a Python one */
    cpp_cast *cast;
    struct cpp_site *next;
} cpp_site;

/* The `owner` subobject of `object`: TypeError where it has none,
   ReferenceError where the object is gone. */
void *cpp_instance_cast_slow(cpp_class *owner, cpp_site **sites, PyObject *object);
void cpp_instance_free_sites(cpp_site *sites);

static inline void *cpp_instance_cast(cpp_class *owner, cpp_site **sites, PyObject *object)
{
    if (COMPAT_LIKELY(Py_TYPE(object) == (PyTypeObject *)owner &&
                      (((cpp_instance *)object)->flags & CPP_SIMPLE)))
        return ((cpp_instance *)object)->address;
    cpp_site *site = CPP_LOAD_POINTER(*sites);
    if (site != NULL && Py_TYPE(object) == (PyTypeObject *)site->cxx &&
        (((cpp_instance *)object)->flags & CPP_SIMPLE))
        return cpp_class_apply_cast(site->cxx, site->cast, ((cpp_instance *)object)->address);
    return cpp_instance_cast_slow(owner, sites, object);
}

/* C++ owns the object from now on, if Python did. */
void cpp_instance_give(cpp_instance *self);

/* `other` lives as long as `self`'s object, or until the same place (an address
   used as a key) is given again; NULL forgets it.  0, or -1 with an error. */
int cpp_instance_keep(PyObject *self, const void *place, PyObject *other);
/* What was kept for that place: borrowed, NULL without an error where there is nothing. */
PyObject *cpp_instance_kept(PyObject *self, const void *place);
void cpp_instance_dealloc(PyObject *self);
/* C++ destroyed the object: using the proxy raises ReferenceError from now on. */
void cpp_instance_expire(PyObject *self);

#ifdef __cplusplus
}
#endif
#endif

/* cdata.h: C data as Python objects.

   The tree of types (all have the layout of `cdata` as their head):

     CData                pointer, array view, primitive made by cast, struct reference
      ├─ owned            memory made by new(): the bytes lie in or behind the object
      ├─ keep          owned memory that keeps what its pointers point to, and parts of it
      ├─ struct owner     what p[0] of an owning struct pointer shares with p
      ├─ view, slice      a struct, union or array inside owned memory, which it keeps
      ├─ bounded          a pointer computed from owned memory: keeps it, knows its ends
      ├─ lent             any of these three in memory that release() gives back
      ├─ function         callable: vectorcall slot, plan and name
      ├─ gc               ffi.gc(): origin and destructor
      ├─ handle           ffi.new_handle()
      ├─ buffer           ffi.from_buffer(): holds a Py_buffer
      └─ callback         a libffi closure
*/
#ifndef CDATA_H
#define CDATA_H

#include "core.h"
#include "ctype.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cdata {
    PyObject_HEAD
    ctype *type;                /* owned */
    char *data;                 /* pointer kinds: the pointer's value; others: where the value lies */
    PyObject *weakrefs;
} cdata;

/* An array view of an open type, or an owned open array, knows its length. */
typedef struct cdata_sized {
    cdata head;
    Py_ssize_t length;
} cdata_sized;

/* What `p[0]` of an owned pointer to a struct gives: it shares the memory.
   Also a view: an array, struct or union that lies in owned memory. */
typedef struct cdata_struct {
    cdata head;
    PyObject *owner;            /* owned: of an owning type */
} cdata_struct;

/* A slice of owned memory. */
typedef struct cdata_slice {
    cdata_sized sized;
    PyObject *owner;            /* owned: of an owning type */
} cdata_slice;

/* The memory that a pointer may reach: all of its owner's. */
typedef struct cdata_extent {
    PyObject *owner;            /* borrowed here, owned by cdata_bounded: of an owning type */
    char *low, *high;           /* the first byte, and the one behind the last */
} cdata_extent;

/* A pointer computed from owned memory. */
typedef struct cdata_bounded {
    cdata_sized sized;          /* a length only where it is a slice */
    cdata_extent extent;        /* owner: owned */
    PyObject *outside;          /* owned str: why a part has no memory, or NULL */
} cdata_bounded;

/* A part of or pointer into memory that release() gives back while this lives:
   from_buffer's or an allocator's.  Then `data` becomes NULL, which is what all
   who read or write check anyway. */
typedef struct cdata_lent {
    cdata_bounded bounded;
    struct cdata_lent *next;    /* borrowed: the lender's list */
    struct cdata_lent **place;  /* what points to this in the list; NULL: not in it */
} cdata_lent;

/* Who gives memory back early. */
typedef struct cdata_lender {
    cdata_lent *parts;          /* borrowed: each keeps the lender */
    Py_ssize_t exports;         /* who needs the memory now: views, conversions, gc() */
} cdata_lender;

/* ffi.gc() and memory of a custom allocator.  `length` as in cdata_sized. */
typedef struct cdata_gc {
    cdata_sized sized;
    PyObject *origin;           /* owned, what the destructor gets; NULL once released */
    PyObject *destructor;       /* owned, or NULL */
    int is_memory;              /* of an allocator: owns as memory of newp does */
    cdata_lender lender;        /* of an allocator's memory */
    cdata_extent extent;        /* of gc(): the origin's, kept past a release; owner: owned or NULL */
} cdata_gc;

/* ffi.new_handle(): `data` is this object's own address. */
typedef struct cdata_handle {
    cdata head;
    PyObject *object;           /* owned */
    struct cdata_handle *next;  /* borrowed: in the table of living handles */
} cdata_handle;

/* ffi.from_buffer().  `length` as in cdata_sized. */
typedef struct cdata_buffer {
    cdata_sized sized;
    Py_buffer view;             /* view.obj is NULL once released */
    cdata_lender lender;
    PyObject *source;           /* owned once released: the object that had the memory */
} cdata_buffer;

/* newp(..., keepalive): like owned memory, but known to the cycle collector. */
typedef struct cdata_keep {
    cdata_sized sized;
    PyObject *memory;           /* owned: cdata whose block the bytes lie in */
    PyObject *kept;             /* owned dict: offset of a pointer -> the object it keeps */
} cdata_keep;

/* A callable.  `call` is what vectorcall runs; calls.c sets it from the plan. */
typedef struct cdata_function {
    cdata head;
    vectorcallfunc call;
    struct call_plan *plan;     /* borrowed from type->u.function.plan; NULL before the first call */
    PyObject *name;             /* owned str for messages, or NULL */
    PyObject *parameters;       /* owned tuple of str, '' without a name; NULL: not known */
    int release_gil;
} cdata_function;

/* Any of the CData types: they alone have this hash function. */
Py_hash_t cdata_hash(PyObject *self);
#define CDATA_CHECK(object) (Py_TYPE(object)->tp_hash == cdata_hash)
int cdata_check(core_state *state, PyObject *object);

static inline core_state *cdata_state(cdata *self)
{
    return self->type->state;
}

/* Memory that newp made, the object that owns it (not p[0] of one). */
#define CDATA_IS_OWNED(self)     (Py_TYPE(self) == CORE_TYPE(cdata_state((cdata *)(self)), cdata_owned_type))

/* Owned memory of `size` zeroed bytes for `type` (a pointer: of what it points
   to).  `length` is remembered where the type alone does not tell the size:
   items of an open array, bytes of a struct with a flexible array member. */
cdata *cdata_new_memory(ctype *type, Py_ssize_t size, size_t align, Py_ssize_t length);
/* What newp(type, init) takes: how much memory, and how it is set. */
typedef struct cdata_plan {
    ctype *target;              /* borrowed: the type of the memory */
    Py_ssize_t size;            /* bytes */
    Py_ssize_t length;          /* as for cdata_new_memory */
} cdata_plan;
int cdata_plan_memory(ctype *type, PyObject *init, cdata_plan *plan);
/* Its memory, with whatever bytes it had before. */
cdata *cdata_new_uncleared(ctype *type, const cdata_plan *plan);
int cdata_initialize(const cdata_plan *plan, char *data, PyObject *init);
/* newp(type, init); `init` is Py_None for zeroes. */
PyObject *cdata_new_initialized(ctype *type, PyObject *init);
/* cast(type, value) */
PyObject *cdata_cast(ctype *type, PyObject *value);
/* newp_handle(type, object); `type` is void *. */
PyObject *cdata_new_handle(ctype *type, PyObject *object);
/* gcp(origin, destructor); the destructor may be NULL. */
cdata_gc *cdata_new_gc(cdata *origin, PyObject *destructor);
/* from_buffer(type, object, require_writable) */
PyObject *cdata_new_from_buffer(ctype *type, PyObject *object, int writable);
/* A primitive or enum by value, copied from `address`; the value lies behind the head. */
PyObject *cdata_new_scalar(ctype *type, const char *address);
/* p[0] of an owning pointer to a struct or union. */
PyObject *cdata_new_shared(ctype *type, char *data, PyObject *owner);
/* An array, struct or union, or items of one, inside the memory of `whole`,
   which stays alive with it if it is memory of newp. */
PyObject *cdata_new_part(ctype *type, char *data, cdata *whole);
PyObject *cdata_new_part_slice(ctype *type, char *data, Py_ssize_t length, cdata *whole);

/* The object with the memory that `self` lies in or owns: memory of newp, of an
   allocator, of from_buffer's object.  Borrowed, or NULL. */
PyObject *cdata_keeper(cdata *self);

/* Where a type's memory ends inside an owner: what is known of the bytes at
   `data`, -1 if nothing is. */
Py_ssize_t cdata_known_size(cdata *self);

/* cdata_bounds.c. */
/* The memory that a pointer computed from `self` may reach; 0 if nobody knows. */
int cdata_extent_of(cdata *self, cdata_extent *extent);
/* Bytes from `data` to the end of that memory; -1 if nobody knows.  cdata_room: to
   the end of an array, where it is one. */
Py_ssize_t cdata_reach(cdata *self);
Py_ssize_t cdata_room(cdata *self);
/* Whether items `index` to `index + count` of a pointer may be used: 0, or -1 with
   an IndexError. */
int cdata_bounds_check(cdata *self, Py_ssize_t index, Py_ssize_t count);
/* A slice (or record, array: length -1) outside the memory of a pointer: using it
   raises the current IndexError, which is cleared.  CFFI's users may make slices
   and references that they do not use. */
PyObject *cdata_new_outside(ctype *type, Py_ssize_t length, cdata *from);
/* RuntimeError for NULL, or that IndexError; returns NULL. */
void *cdata_null_error(cdata *self);
/* Whether the memory was released or never there, although it is not NULL to C. */
int cdata_is_gone(cdata *self);
/* A pointer computed from `from`: bounded where the memory is known.  `type` is
   CTYPE_POINTER (or CTYPE_FUNCTION: then nothing is bounded). */
PyObject *cdata_new_computed(ctype *type, char *data, cdata *from);
int cdata_bounds_offer(core_state *state);

/* cdata_lent.c. */
/* Whether this is an owner that gives memory back; borrowed, or NULL. */
cdata_lender *cdata_lender_of(PyObject *owner);
/* A view, slice (`length`) or pointer in a lender's memory. */
PyObject *cdata_new_lent(ctype *type, char *data, Py_ssize_t length, const cdata_extent *extent);
/* Empties what lives of the memory. */
void cdata_lender_empty(PyObject *owner);
/* Keeps the memory of a lender where it is until cdata_unpin(); NULL is no lender. */
void cdata_pin(PyObject *owner);
void cdata_unpin(PyObject *owner);
/* The slots of what lies in a lender's memory: writing pins it. */
PyObject *cdata_lent_subscript(PyObject *self, PyObject *key);
int cdata_lent_setattro(PyObject *self, PyObject *name, PyObject *value);
int cdata_lent_ass_subscript(PyObject *self, PyObject *key, PyObject *value);
int cdata_lent_offer(core_state *state);

/* The slots of types whose pointers are bounded. */
PyObject *cdata_bounds_getattro(PyObject *self, PyObject *name);
int cdata_bounds_setattro(PyObject *self, PyObject *name, PyObject *value);
int cdata_bounds_ass_subscript(PyObject *self, PyObject *key, PyObject *value);
/* sizeof(cdata); -1 with an error. */
Py_ssize_t cdata_sizeof(cdata *self);

/* The slots of CData, by the file that has them. */
PyObject *cdata_access_subscript(PyObject *self, PyObject *key);
int cdata_access_ass_subscript(PyObject *self, PyObject *key, PyObject *value);
PyObject *cdata_access_getattro(PyObject *self, PyObject *name);
int cdata_access_setattro(PyObject *self, PyObject *name, PyObject *value);
PyObject *cdata_access_dir(PyObject *self, PyObject *ignored);
PyObject *cdata_arith_add(PyObject *left, PyObject *right);
PyObject *cdata_arith_subtract(PyObject *left, PyObject *right);
PyObject *cdata_arith_richcompare(PyObject *left, PyObject *right, int op);
int cdata_arith_bool(PyObject *self);
PyObject *cdata_arith_int(PyObject *self);
PyObject *cdata_arith_float(PyObject *self);
PyObject *cdata_arith_complex(PyObject *self, PyObject *ignored);
PyObject *cdata_release_now(PyObject *self);
void cdata_buffer_release(cdata_buffer *self);
int cdata_cast_offer(PyObject *module);
int cdata_new_offer(PyObject *module);
/* cdata_copy.c: __copy__, __deepcopy__ and __reduce__. */
PyObject *cdata_copy(PyObject *self, PyObject *ignored);
PyObject *cdata_copy_deep(PyObject *self, PyObject *memo);
PyObject *cdata_copy_reduce(PyObject *self, PyObject *ignored);
/* cdata_keep.c. */
/* Assignment into keeping memory, through any of its parts and pointers. */
int cdata_keep_setattro(PyObject *self, PyObject *name, PyObject *value);
int cdata_keep_ass_subscript(PyObject *self, PyObject *key, PyObject *value);
/* A copy of keeping memory with what it keeps. */
PyObject *cdata_keep_copy(cdata *self);
int cdata_keep_offer(PyObject *module, core_state *state);
int cdata_owner_init(core_state *state);
int cdata_owner_offer(PyObject *module, core_state *state);
/* A type that derives from CData, in the file that has its spec. */
#define CDATA_NEED(state, name)                                              \
    CORE_NEED_TYPE(state, cdata_##name##_type, &cdata_##name##_spec, (state)->cdata_type)

/* Types that cdata_new.c needs; all of them borrowed, or NULL with an error. */
PyTypeObject *cdata_struct_class(core_state *state);
PyTypeObject *cdata_view_class(core_state *state);
PyTypeObject *cdata_slice_class(core_state *state);
PyTypeObject *cdata_keep_part_class(core_state *state);
PyTypeObject *cdata_keep_slice_class(core_state *state);
#define CDATA_CLASS(state, name)                                                          \
    (COMPAT_LIKELY(CORE_TYPE(state, cdata_##name##_type) != NULL)                         \
         ? CORE_TYPE(state, cdata_##name##_type)                                          \
         : cdata_##name##_class(state))

/* Positional arguments and keywords of a function of two or three, without a
   tuple.  Missing ones stay as they are.  0, or -1 with a TypeError. */
int cdata_parse(const char *function, PyObject *const *args, Py_ssize_t count, PyObject *names,
                const char *const *keywords, int most, PyObject **values);

/* TypeError "NAME() argument N must be _cffi_backend._CDataBase, not X"; NULL. */
PyObject *cdata_wrong_argument(const char *function, int position, PyObject *got);

/* A new view: no ownership of `data`.  For CTYPE_FUNCTION a cdata_function.
   New reference, or NULL with an error. */
PyObject *cdata_new_view(ctype *type, char *data);
PyObject *cdata_new_array_view(ctype *type, char *data, Py_ssize_t length);
/* A struct, union or array by value: zeroed memory that the object owns. */
PyObject *cdata_new_owned(ctype *type, Py_ssize_t size);
/* call.c: a callable for `address` (name, parameters, release_gil as cdata_function). */
PyObject *cdata_new_function(ctype *type, void *address, PyObject *name, PyObject *parameters,
                             int release_gil);

/* Items of an array cdata: its type's length, or its own. */
Py_ssize_t cdata_array_length(cdata *self);

#ifdef __cplusplus
}
#endif
#endif

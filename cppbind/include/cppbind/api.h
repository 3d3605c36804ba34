/* cppbind/api.h: what C and C++ code can ask of cppbind, and tell it.

   Needs Python.h and nothing to link with: the functions come in a table that
   the imported package `cppbind` holds.  All of them need the GIL; those that
   can fail set a Python exception.  In a dictionary's header, or in any
   library:

       #include <cppbind/api.h>
       const cppbind_api *api = cppbind_import();      // NULL with an exception set

   `python -c "import cppbind; print(cppbind.get_include())"` tells the folder
   for -I. */
#ifndef CPPBIND_API_H
#define CPPBIND_API_H

#include <Python.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CPPBIND_API_VERSION 1
#define CPPBIND_API_CAPSULE "cppbind._api"

/* How values of a C++ class cross into Python and back. */
typedef struct cppbind_type_mapping {
    /* What Python gets for the object.  New reference, or NULL with an exception.  A null function: the proxy. */
    PyObject *(*to_python)(void *object);
    /* Constructs an object at `storage`, which is large and aligned enough, from a Python value.  0, or -1 with an
       exception and nothing constructed. */
    int (*from_python)(PyObject *value, void *storage);
    /* Whether from_python takes this value where C++ wants an object; without an exception. */
    int (*accepts)(PyObject *value);
} cppbind_type_mapping;

typedef struct cppbind_api {
    int version;                /* CPPBIND_API_VERSION or later; later ones add fields at the end */

    /* Whether the object is a proxy of a C++ object. */
    int (*is_instance)(PyObject *object);
    /* The address of a proxy's object, which Python may own; NULL with an exception where there is none. */
    void *(*address_of)(PyObject *proxy);
    /* A proxy of the class of that qualified name for the object at `address`, the known one if there is one.  With
       `python_owns` Python destroys it.  New reference, NULL with an exception. */
    PyObject *(*bind)(void *address, const char *class_name, int python_owns);

    /* The class is mapped from now on, or once it is known; the struct must stay.  0, or -1 with an exception. */
    int (*map_type)(const char *class_name, const cppbind_type_mapping *mapping);

    /* The memory regulator.  Tells that C++ deleted the object at `address`: its proxies raise ReferenceError.
       How many there were, -1 with an exception. */
    Py_ssize_t (*object_deleted)(void *address);
    /* Called with the object's address, its Python class and `data` when a proxy is made and before one goes.  They
       must not raise.  NULL for none.  0, or -1 with an exception. */
    int (*watch)(void (*registered)(void *address, PyObject *cls, void *data),
                 void (*unregistered)(void *address, PyObject *cls, void *data), void *data);
} cppbind_api;

static inline const cppbind_api *cppbind_import(void)
{
    return (const cppbind_api *)PyCapsule_Import(CPPBIND_API_CAPSULE, 0);
}

#ifdef __cplusplus
}
#endif
#endif

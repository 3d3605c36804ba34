/* cpp_convert_handle.c: pointers to pointers: `T **`, `T *&`, arrays of strings.

   A proxy passed for `T **` or `T *&` stands for the pointer itself: where C++
   writes another address, the proxy is that object's afterwards, and Python does
   not own it.  A list becomes an array for the time of the call, with a null
   pointer behind it.  Neighbours: cpp_convert_class.c, cpp_convert_text.c. */
#include "cdata.h"
#include "cpp_runtime.h"
#include "cpp_class.h"
#include "cpp_instance.h"
#include "cpp_type.h"

#include <stdlib.h>

/* The pointer type that is pointed or referred to. */
static cpp_type *handle_target(const cpp_type *type)
{
    return type->target;
}

typedef struct handle_memory {
    cpp_cleanup cleanup;
    void *memory;               /* of an array that a list became */
    PyObject *proxy;            /* whose address C++ may have changed, or a tuple of those in the array */
    void *before, *now;
} handle_memory;

static void handle_free(cpp_cleanup *cleanup)
{
    PyMem_Free(((handle_memory *)cleanup)->memory);
}

/* The objects of a list are in use until the call is over, whatever becomes of the list. */
static void handle_use_items(PyObject *items, int step)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(items); i++) {
        PyObject *item = PyTuple_GET_ITEM(items, i);
        if (cpp_class_of_type(Py_TYPE(item)) != NULL)
            cpp_instance_use(item, step);
    }
}

static void handle_free_items(cpp_cleanup *cleanup)
{
    handle_memory *self = (handle_memory *)cleanup;

    handle_use_items(self->proxy, -1);
    Py_DECREF(self->proxy);
    PyMem_Free(self->memory);
}

/* The proxy stands for the pointer: it follows what C++ made of it. */
static void handle_follow(cpp_cleanup *cleanup)
{
    handle_memory *self = (handle_memory *)cleanup;
    PyObject *type, *value, *traceback;

    if (self->now != self->before) {
        PyErr_Fetch(&type, &value, &traceback);
        if (cpp_instance_rebind((cpp_instance *)self->proxy, self->now) < 0)
            PyErr_WriteUnraisable(self->proxy);
        PyErr_Restore(type, value, traceback);
    }
    Py_DECREF(self->proxy);
}

/* ---- objects ------------------------------------------------------------------------------ */

static cpp_class *handle_class(cpp_type *type)
{
    return cpp_type_class(handle_target(type)->target);
}

static int handle_is_list(const cpp_type *type, PyObject *value)
{
    return type->kind != CPP_LVALUE_REF && (PyList_Check(value) || PyTuple_Check(value));
}

static int handle_rank_object(cpp_type *type, PyObject *value)
{
    cpp_class *cls = handle_class(type);

    if (cls == NULL) {
        PyErr_Clear();
        return CPP_RANK_NONE;
    }
    if (Py_TYPE(value) == (PyTypeObject *)cls)
        return CPP_RANK_EXACT;
    if (handle_is_list(type, value))
        return CPP_RANK_CONVERSION;
    return cpp_convert_pointer_data.rank(type, value);
}

static int handle_pass_list(cpp_type *type, PyObject *value, void *place, cpp_call *call, handle_memory *memory)
{
    PyObject *items = PySequence_Tuple(value);
    Py_ssize_t count = items == NULL ? 0 : PyTuple_GET_SIZE(items);
    cpp_type *item = handle_target(type);
    void **array = items == NULL ? NULL : PyMem_Calloc((size_t)count + 1, sizeof(void *));

    if (array == NULL) {
        Py_XDECREF(items);
        if (!PyErr_Occurred())
            PyErr_NoMemory();
        return -1;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        if (item->ops->argument(item, PyTuple_GET_ITEM(items, i), &array[i], call, NULL) < 0) {
            PyMem_Free(array);
            Py_DECREF(items);
            return -1;
        }
    }
    memory->memory = array;
    memory->proxy = items;
    handle_use_items(items, 1);
    cpp_call_defer(call, &memory->cleanup, handle_free_items);
    *(void **)place = array;
    return 0;
}

static int handle_pass_object(cpp_type *type, PyObject *value, void *place, cpp_call *call, void *scratch)
{
    cpp_class *cls = handle_class(type);
    handle_memory *memory = scratch;

    if (cls == NULL)
        return -1;
    if (handle_is_list(type, value))
        return handle_pass_list(type, value, place, call, memory);
    if (cpp_class_of_type(Py_TYPE(value)) == NULL) {
        if (type->kind == CPP_LVALUE_REF && cpp_type_is_null(type, value))
            return cpp_type_refuse(type, value, "C++ may write there: pass an object, or "
                                                "cppbind.bind_object(0, Class)");
        return cpp_convert_pointer_data.argument(type, value, place, call, scratch);
    }
    /* Of the very class: C++ writes an address of that, not of a derived class. */
    if (cpp_instance_class(value) != cls)
        return cpp_type_refuse(type, value, "an object of that very class is needed");
    cpp_instance *proxy = (cpp_instance *)value;
    if (proxy->flags & CPP_REFERENCE) {
        *(void **)place = proxy->address;       /* a global pointer: that itself */
        return 0;
    }
    memory->before = proxy->flags & CPP_NULL ? NULL : cpp_instance_address(proxy);
    if (memory->before == NULL && !(proxy->flags & CPP_NULL))
        return -1;
    memory->now = memory->before;
    memory->proxy = Py_NewRef(value);
    cpp_call_defer(call, &memory->cleanup, handle_follow);
    *(void **)place = &memory->now;
    return 0;
}

static PyObject *handle_load_object(cpp_type *type, char *address, PyObject *owner)
{
    if (type->kind == CPP_LVALUE_REF)
        return handle_target(type)->ops->load(handle_target(type), *(char **)address, owner);
    return cpp_convert_pointer_data.load(type, address, owner);
}

static int handle_store_object(cpp_type *type, char *address, PyObject *value, PyObject *owner)
{
    if (type->kind == CPP_LVALUE_REF)
        return handle_target(type)->ops->store(handle_target(type), *(char **)address, value, owner);
    return cpp_convert_pointer_data.store(type, address, value, owner);
}

const cpp_ops cpp_convert_handle_object = {
    handle_rank_object, handle_pass_object, handle_load_object, handle_store_object, 112,
};

/* ---- strings ------------------------------------------------------------------------------ */

static int handle_rank_strings(cpp_type *type, PyObject *value)
{
    if (handle_is_list(type, value)) {
        for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(value); i++) {
            PyObject *item = PySequence_Fast_GET_ITEM(value, i);
            if (!PyUnicode_Check(item) && !PyBytes_Check(item) && item != Py_None)
                return CPP_RANK_NONE;
        }
        return CPP_RANK_CONVERSION;
    }
    return cpp_convert_pointer_data.rank(type, value);
}

/* One block: the pointers, a null pointer, then the characters, which C++ may
   change as it likes. */
static int handle_pass_strings(cpp_type *type, PyObject *value, void *place, cpp_call *call, void *scratch)
{
    handle_memory *memory = scratch;
    PyObject *texts;
    Py_ssize_t count, total = 0;

    if (!handle_is_list(type, value))
        return cpp_convert_pointer_data.argument(type, value, place, call, scratch);
    count = PySequence_Fast_GET_SIZE(value);
    texts = PyList_New(0);
    for (Py_ssize_t i = 0; texts != NULL && i < count; i++) {
        PyObject *item = PySequence_Fast_GET_ITEM(value, i), *bytes = NULL;
        if (PyUnicode_Check(item))
            bytes = PyUnicode_AsEncodedString(item, "utf-8", "surrogateescape");
        else if (PyBytes_Check(item) || item == Py_None)
            bytes = Py_NewRef(item);
        else
            cpp_type_refuse(type, item, "str, bytes or None is needed in the list");
        if (bytes == NULL || PyList_Append(texts, bytes) < 0)
            Py_CLEAR(texts);
        else if (bytes != Py_None)
            total += PyBytes_GET_SIZE(bytes) + 1;
        Py_XDECREF(bytes);
    }
    if (texts == NULL)
        return -1;
    char **array = PyMem_Calloc(1, (size_t)(count + 1) * sizeof(char *) + (size_t)total);
    if (array == NULL) {
        Py_DECREF(texts);
        PyErr_NoMemory();
        return -1;
    }
    char *at = (char *)(array + count + 1);
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *bytes = PyList_GET_ITEM(texts, i);
        if (bytes == Py_None)
            continue;
        array[i] = at;
        memcpy(at, PyBytes_AS_STRING(bytes), (size_t)PyBytes_GET_SIZE(bytes));
        at += PyBytes_GET_SIZE(bytes) + 1;
    }
    Py_DECREF(texts);
    memory->memory = array;
    cpp_call_defer(call, &memory->cleanup, handle_free);
    *(void **)place = array;
    return 0;
}

const cpp_ops cpp_convert_handle_strings = {
    handle_rank_strings, handle_pass_strings, handle_load_object, handle_store_object, 112,
};

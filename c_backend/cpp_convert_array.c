/* cpp_convert_array.c: arrays: members, globals, and arguments by reference.

   char[N] is text; numbers are cdata that lies in C++'s memory and keeps the
   object alive; other items come as a tuple.  Neighbours: cpp_convert_pointer.c,
   which takes the buffers; cdata.h. */
#include "cdata.h"
#include "convert.h"
#include "cpp_runtime.h"
#include "cpp_class.h"
#include "cpp_instance.h"
#include "cpp_type.h"
#include "cpp_hold.h"

/* Bytes of all items, whatever the dimensions. */
static Py_ssize_t array_size(const cpp_type *type)
{
    Py_ssize_t size = 1;

    for (; type->kind == CPP_ARRAY; type = type->target)
        size *= type->extent;
    return size * type->size;
}

/* ---- values ---------------------------------------------------------------------------------- */

static PyObject *array_load_objects(cpp_type *type, char *address, PyObject *owner)
{
    Py_ssize_t count = type->extent, stride = type->target->size;
    PyObject *result = PyTuple_New(count);

    for (Py_ssize_t i = 0; result != NULL && i < count; i++) {
        PyObject *item = type->target->ops->load(type->target, address + i * stride, owner);
        if (item == NULL)
            Py_CLEAR(result);
        else
            PyTuple_SET_ITEM(result, i, item);
    }
    return result;
}

/* Pointers to text, objects and functions are seen as what they point to. */
static int array_has_objects(const cpp_type *type)
{
    return type->target->kind == CPP_POINTER && type->target->ops != &cpp_convert_pointer_data;
}

/* char[N] is text up to its NUL; numbers give a view that keeps the object
   alive; anything else a tuple of its items. */
static PyObject *array_load(cpp_type *type, char *address, PyObject *owner)
{
    if (type->extent < 0 || (type->flags & CPP_TYPE_OPEN))
        return cpp_convert_unknown.load(type, address, owner);
    if (type->target->kind == CPP_CHAR)
        return PyUnicode_DecodeUTF8(address, (Py_ssize_t)strnlen(address, (size_t)type->extent),
                                    "surrogateescape");
    if (type->ctype == NULL || array_has_objects(type))
        return array_load_objects(type, address, owner);
    return owner == NULL ? cdata_new_view(type->ctype, address) : cpp_hold_array(type->ctype, address, array_size(type), owner);
}

static int array_store_items(cpp_type *type, char *address, PyObject *value, PyObject *owner)
{
    PyObject *items = PySequence_Fast(value, "a sequence is needed to assign an array");
    if (items == NULL)
        return -1;
    Py_ssize_t count = PySequence_Fast_GET_SIZE(items);
    int status = count <= type->extent ? 0 : cpp_type_refuse(type, value, "too many items");
    /* The size again: converting an item runs Python, which may shorten the list. */
    for (Py_ssize_t i = 0; status == 0 && i < count && i < PySequence_Fast_GET_SIZE(items); i++) {
        PyObject *item = Py_NewRef(PySequence_Fast_GET_ITEM(items, i));
        status = cpp_type_store(type->target, address + i * type->target->size, item, owner);
        Py_DECREF(item);
    }
    Py_DECREF(items);
    return status;
}

/* A NumPy array and its like: the items are copied, and there are as many. */
static int array_store_buffer(cpp_type *type, char *address, PyObject *value)
{
    pointer_buffer_hold hold;

    if (cpp_convert_pointer_open(type, value, 0, &hold) < 0)
        return -1;
    int status = hold.size == array_size(type) ? 0 : cpp_type_refuse(type, value, "it has another number of items");
    if (status == 0)
        memmove(address, hold.data, (size_t)hold.size);
    cpp_convert_pointer_close(&hold);
    return status;
}

static int array_store(cpp_type *type, char *address, PyObject *value, PyObject *owner)
{
    if (type->flags & CPP_TYPE_OPEN)
        return cpp_type_refuse(type, value, "its length is unknown");
    if (type->target->kind == CPP_CHAR && PyUnicode_Check(value)) {
        Py_ssize_t size;
        const char *text = PyUnicode_AsUTF8AndSize(value, &size);
        if (text == NULL)
            return -1;
        if (size > type->extent)
            return cpp_type_refuse(type, value, "the string is too long");
        memset(address, 0, (size_t)type->extent);
        memcpy(address, text, (size_t)size);
        return 0;
    }
    if (array_has_objects(type))
        return array_store_items(type, address, value, owner);
    if (type->ctype != NULL && !PyList_Check(value) && !PyTuple_Check(value) && PyObject_CheckBuffer(value))
        return array_store_buffer(type, address, value);
    if (type->ctype != NULL)
        return convert_store(type->ctype, address, value);
    return array_store_items(type, address, value, owner);
}

/* As arguments they are pointers. */
static int array_rank(cpp_type *type, PyObject *value)
{
    return cpp_convert_pointer_data.rank(type, value);
}

static int array_pass(cpp_type *type, PyObject *value, void *place, cpp_call *call, void *scratch)
{
    return cpp_convert_pointer_data.argument(type, value, place, call, scratch);
}

const cpp_ops cpp_convert_pointer_array = {
    array_rank, array_pass, array_load, array_store, 112,
};

/* ---- references to arrays ----------------------------------------------------------------------- */

/* The memory that a value offers for an array of this very size; no error where it is none. */
static char *array_data_of(cpp_type *type, PyObject *value)
{
    cpp_type *array = type->target;

    if (!cdata_check(type->runtime->state, value))
        return NULL;
    cdata *data = (cdata *)value;
    if (array->ctype == NULL || data->type->kind != CTYPE_ARRAY || data->type->item != array->ctype->item)
        return NULL;
    return cdata_array_length(data) >= array->extent ? data->data : NULL;
}

static int array_rank_ref(cpp_type *type, PyObject *value)
{
    if (array_data_of(type, value) != NULL)
        return CPP_RANK_EXACT;
    if ((PyList_Check(value) || PyTuple_Check(value)) && (type->target->target->flags & CPP_TYPE_CONST))
        return CPP_RANK_CONVERSION;
    return PyObject_CheckBuffer(value) ? 1 : CPP_RANK_NONE;
}

typedef struct array_memory {
    cpp_cleanup cleanup;
    pointer_buffer_hold hold;
    void *memory;
} array_memory;

static void array_close(cpp_cleanup *cleanup)
{
    cpp_convert_pointer_close(&((array_memory *)cleanup)->hold);
}

static void array_free(cpp_cleanup *cleanup)
{
    PyMem_Free(((array_memory *)cleanup)->memory);
}

/* A list for `const T (&)[N]`: an array for the time of the call. */
static int array_pass_list(cpp_type *type, PyObject *value, void *place, cpp_call *call, array_memory *memory)
{
    cpp_type *array = type->target;
    Py_ssize_t count = PySequence_Fast_GET_SIZE(value);

    if (array->ctype == NULL || count != array->extent)
        return cpp_type_refuse(type, value, array->ctype == NULL ? NULL : "it has another number of items");
    memory->memory = PyMem_Calloc(1, (size_t)array_size(array));
    if (memory->memory == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    if (convert_store(array->ctype, memory->memory, value) < 0) {
        PyMem_Free(memory->memory);
        return -1;
    }
    cpp_call_defer(call, &memory->cleanup, array_free);
    *(void **)place = memory->memory;
    return 0;
}

static int array_pass_ref(cpp_type *type, PyObject *value, void *place, cpp_call *call, void *scratch)
{
    array_memory *memory = scratch;
    int is_const = (type->target->target->flags & CPP_TYPE_CONST) != 0;
    char *data = array_data_of(type, value);

    if (data != NULL) {
        *(void **)place = data;
        return 0;
    }
    if (PyList_Check(value) || PyTuple_Check(value)) {
        if (!is_const)
            return cpp_type_refuse(type, value, "C++ may write there: pass an array or a writable buffer");
        return array_pass_list(type, value, place, call, memory);
    }
    if (cdata_check(type->runtime->state, value) || !PyObject_CheckBuffer(value))
        return cpp_type_refuse(type, value, "an array of that length is needed");
    if (cpp_convert_pointer_open(type->target, value, !is_const, &memory->hold) < 0)
        return -1;
    cpp_call_defer(call, &memory->cleanup, array_close);
    *(void **)place = (void *)memory->hold.data;
    if (memory->hold.size == array_size(type->target))
        return 0;
    return cpp_type_refuse(type, value, "it has another number of items");
}

static PyObject *array_load_ref(cpp_type *type, char *place, PyObject *owner)
{
    return array_load(type->target, *(char **)place, owner);
}

static int array_store_ref(cpp_type *type, char *place, PyObject *value, PyObject *owner)
{
    if (type->target->target->flags & CPP_TYPE_CONST)
        return cpp_type_refuse(type, value, "the array is const");
    return array_store(type->target, *(char **)place, value, owner);
}

const cpp_ops cpp_convert_pointer_array_ref = {
    array_rank_ref, array_pass_ref, array_load_ref, array_store_ref, 128,
};

/* call_bind.c: one argument of a call, by all the rules, and its errors.

   What call_entries.c does not bind at a glance comes here: conversions by the
   ctype's store, and temporaries, which live as long as the call.  Neighbours:
   convert_*.c has the rules. */
#include "call.h"
#include "cdata.h"
#include "call_plan.h"
#include "call_entries.h"
#include "convert.h"

/* --- memory that lives as long as one call -------------------------------- */

typedef struct call_block {
    struct call_block *next;
    void *alignment;            /* the memory follows, aligned to 16 */
} call_block;

void *call_temporaries_get(call_temporaries *temporaries, size_t size)
{
    size_t rounded = (size + 15) & ~(size_t)15;
    call_block *block;
    void *memory;

    if (rounded <= sizeof temporaries->space.bytes - temporaries->used) {
        memory = temporaries->space.bytes + temporaries->used;
        temporaries->used += rounded;
        return memset(memory, 0, size);
    }
    /* PyMem_Calloc gives 16 bytes of alignment for 64-bit pointers. */
    block = PyMem_Calloc(1, sizeof *block + size);
    if (block == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    block->next = temporaries->blocks;
    temporaries->blocks = block;
    return block + 1;
}

void call_temporaries_clear(call_temporaries *temporaries)
{
    call_block *block = temporaries->blocks;

    while (block != NULL) {
        call_block *next = block->next;

        PyMem_Free(block);
        block = next;
    }
    temporaries->blocks = NULL;
    Py_CLEAR(temporaries->held);
}

/* What a list of pointers has now, alive until the call is over: a later argument
   or another thread may empty the list.  Borrowed, or NULL with an error. */
static PyObject *call_hold_items(PyObject *list, call_temporaries *temporaries)
{
    PyObject *items = PyList_AsTuple(list);
    int failed = items == NULL;

    if (!failed && temporaries->held == NULL)
        failed = (temporaries->held = PyList_New(0)) == NULL;
    failed = failed || PyList_Append(temporaries->held, items) < 0;
    Py_XDECREF(items);
    return failed ? NULL : items;
}

void call_pin_arguments(PyObject *const *args, Py_ssize_t count)
{
    for (Py_ssize_t i = 0; i < count; i++)
        if (CDATA_CHECK(args[i]))
            cdata_pin(cdata_keeper((cdata *)args[i]));
}

void call_unpin_arguments(PyObject *const *args, Py_ssize_t count)
{
    for (Py_ssize_t i = 0; i < count; i++)
        if (CDATA_CHECK(args[i]))
            cdata_unpin(cdata_keeper((cdata *)args[i]));
}

/* --- errors --------------------------------------------------------------- */

PyObject *call_name_of(cdata_function *self)
{
    return self->name != NULL ? self->name : self->head.type->name;
}

COMPAT_NOINLINE PyObject *call_refuse_arguments(cdata_function *self, PyObject *const *args,
                                                size_t nargsf, PyObject *kwnames)
{
    const call_plan *plan = self->plan;
    PyObject *name = call_name_of(self);

    if (kwnames != NULL && PyTuple_GET_SIZE(kwnames) == 0)
        return self->call((PyObject *)self, args, nargsf, NULL);
    if (kwnames != NULL && self->parameters != NULL)
        return call_with_keywords(self, args, nargsf, kwnames);
    if (kwnames != NULL)
        PyErr_Format(PyExc_TypeError,
                     "a cdata function cannot be called with keyword arguments: '%U' got '%U'",
                     name, PyTuple_GET_ITEM(kwnames, 0));
    else
        PyErr_Format(PyExc_TypeError, "'%U' expects %s%zd arguments, got %zd", name,
                     plan->path == CALL_PATH_VARIADIC ? "at least " : "", plan->nargs,
                     PyVectorcall_NARGS(nargsf));
    return NULL;
}

COMPAT_NOINLINE void call_name_error(PyObject *name, Py_ssize_t index, ctype *type,
                                     PyObject *value)
{
    PyObject *class, *error, *traceback, *reworded = NULL;

    PyErr_Fetch(&class, &error, &traceback);
    if (error != NULL && (class == PyExc_TypeError || class == PyExc_OverflowError ||
                          class == PyExc_ValueError || class == PyExc_IndexError)) {
        /* Most conversions name both sides; say what they leave out. */
        PyObject *text = PyObject_Str(error);
        int names_type = text == NULL ? -1 : PyUnicode_Contains(text, type->name);

        if (names_type >= 0)
            reworded = PyUnicode_FromFormat(
                names_type ? "argument %zd of '%U': %U"
                           : "argument %zd of '%U': %U (%s for ctype '%U')",
                index + 1, name, text, Py_TYPE(value)->tp_name, type->name);
        Py_XDECREF(text);
    }
    if (reworded != NULL) {
        Py_DECREF(error);
        error = reworded;
    }
    else
        PyErr_Clear();
    PyErr_Restore(class, error, traceback);
}

/* --- binding ------------------------------------------------------------- */

int call_bind_pointer(ctype *type, PyObject *value, char **result,
                      call_temporaries *temporaries)
{
    Py_ssize_t size;

    if (PyList_Check(value) && (ctype_is_pointer(type->item) || ctype_is_aggregate(type->item))) {
        value = call_hold_items(value, temporaries);
        if (value == NULL)
            return -1;
    }
    size = convert_prepare_argument(type, value, result);
    if (size <= 0)
        return (int)size;
    *result = call_temporaries_get(temporaries, (size_t)size);
    if (*result == NULL)
        return -1;
    return convert_fill_argument(type, value, *result, size);
}

int call_bind_slot(const call_argument *argument, PyObject *value, int64_t *slot,
                   call_temporaries *temporaries)
{
    char bytes[16] = {0};
    char *pointer = NULL;
    int stored;

    if (argument->kind == CALL_ARGUMENT_POINTER) {
        stored = call_bind_pointer(argument->type, value, &pointer, temporaries);
        *slot = (int64_t)(intptr_t)pointer;
        return stored;
    }
    stored = convert_store(argument->type, bytes, value);
    memcpy(slot, bytes, sizeof *slot);
    call_extend_slot(slot, argument->extend);
    return stored;
}

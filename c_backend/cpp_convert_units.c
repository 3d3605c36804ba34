/* cpp_convert_units.c: C strings of wide characters, const wchar_t *,
   const char16_t * and const char32_t *.

   A str is encoded for the call (an unpaired surrogate passes as it is, both
   ways); a pointer that C++ keeps ties the encoded text to its owner.  cdata
   passes as for any other pointer.  Neighbour: cpp_convert_text.c, char *. */
#include "cpp_runtime.h"
#include "cpp_class.h"
#include "cpp_instance.h"
#include "cpp_type.h"
#include "cpp_convert.h"

typedef struct units_holder {
    cpp_cleanup cleanup;
    PyObject *held;
} units_holder;

static void units_drop(cpp_cleanup *cleanup)
{
    Py_DECREF(((units_holder *)cleanup)->held);
}

/* bytes: the characters and a null one.  NULL with an error. */
static PyObject *units_encode(cpp_type *type, PyObject *value)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(value), size = type->target->size, used = 0;
    int kind = PyUnicode_KIND(value);
    const void *data = PyUnicode_DATA(value);
    PyObject *result = PyBytes_FromStringAndSize(NULL, (length * (size == 2 ? 2 : 1) + 1) * size);

    if (result == NULL)
        return NULL;
    char *out = PyBytes_AS_STRING(result);
    for (Py_ssize_t i = 0; i <= length; i++) {
        uint32_t character = i < length ? PyUnicode_READ(kind, data, i) : 0;
        if (character == 0 && i < length) {
            Py_DECREF(result);
            PyErr_Format(PyExc_ValueError, "cannot convert to '%U': embedded null character", type->spelling);
            return NULL;
        }
        if (size == 4)
            memcpy(out + 4 * used++, &character, 4);
        else if (character < 0x10000) {
            uint16_t unit = (uint16_t)character;
            memcpy(out + 2 * used++, &unit, 2);
        }
        else {                  /* Unicode 3.9, D91: a surrogate pair */
            uint16_t pair[2] = { (uint16_t)(0xD7C0 + (character >> 10)), (uint16_t)(0xDC00 | (character & 0x3FF)) };
            memcpy(out + 2 * used, pair, 4);
            used += 2;
        }
    }
    return result;
}

static PyObject *units_decode(cpp_type *type, const char *text)
{
    static const char none[4];
    Py_ssize_t size = type->target->size, count = 0;
    int order = PY_BIG_ENDIAN ? 1 : -1;

    while (memcmp(text + size * count, none, (size_t)size) != 0)
        count++;
    return size == 2 ? PyUnicode_DecodeUTF16(text, 2 * count, "surrogatepass", &order)
                     : PyUnicode_DecodeUTF32(text, 4 * count, "surrogatepass", &order);
}

static int units_rank(cpp_type *type, PyObject *value)
{
    if (PyUnicode_Check(value))
        return CPP_RANK_EXACT + 1;      /* char * is the better match */
    return cpp_convert_pointer_data.rank(type, value);
}

static int units_pass(cpp_type *type, PyObject *value, void *place, cpp_call *call, void *scratch)
{
    if (!PyUnicode_Check(value))
        return cpp_convert_pointer_data.argument(type, value, place, call, scratch);
    units_holder *holder = scratch;
    holder->held = units_encode(type, value);
    if (holder->held == NULL)
        return -1;
    cpp_call_defer(call, &holder->cleanup, units_drop);
    *(const char **)place = PyBytes_AS_STRING(holder->held);
    return 0;
}

static PyObject *units_load(cpp_type *type, char *address, PyObject *Py_UNUSED(owner))
{
    const char *text = *(const char **)address;

    if (text == NULL)
        Py_RETURN_NONE;
    return units_decode(type, text);
}

static int units_store(cpp_type *type, char *address, PyObject *value, PyObject *owner)
{
    if (!PyUnicode_Check(value))
        return cpp_convert_pointer_data.store(type, address, value, owner);
    PyObject *text = units_encode(type, value);
    if (text == NULL)
        return -1;
    int status = 0;
    if (owner != NULL)
        status = cpp_instance_keep(owner, address, text);
    else
        Py_INCREF(text);        /* a global's descriptor keeps the str, not these bytes */
    if (status == 0)
        *(const char **)address = PyBytes_AS_STRING(text);
    Py_DECREF(text);
    return status;
}

const cpp_ops cpp_convert_units_pointer = {
    units_rank, units_pass, units_load, units_store, 112,
};

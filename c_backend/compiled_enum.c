/* compiled_enum.c: enums of compiled modules; realize.py does the same in Python. */
#include "core.h"
#include "compiled.h"

/* name|flags|location|A=1,B=. */
static compiled_code compiled_enum_items(compiled_code code, int *opaque)
{
    compiled_code flags;

    (void)compiled_part(&code, '|');
    flags = compiled_part(&code, '|');
    *opaque = flags.at < flags.end && memchr(flags.at, 'o', (size_t)(flags.end - flags.at));
    (void)compiled_part(&code, '|');
    return code;
}

/* Names and, in API mode, the compiler's values; `low` is negative if any is. */
static int compiled_enumerate(compiled_reader *reader, compiled_code items, long first,
                              PyObject *names, PyObject *values)
{
    while (items.at < items.end) {
        compiled_code item = compiled_part(&items, ',');
        PyObject *name = compiled_unquoted(compiled_part(&item, '=')), *value = NULL;
        int failed = name == NULL || PyList_Append(names, name) < 0;

        Py_XDECREF(name);
        if (!failed && first >= 0)
            failed = compiled_integer(reader, first++, &value) < 0;
        else if (!failed) {
            char digits[32];
            size_t length = (size_t)(item.end - item.at);

            failed = length == 0 || length >= sizeof digits || *item.at == '.';
            if (!failed) {
                memcpy(digits, item.at, length);
                digits[length] = '\0';
                value = PyLong_FromString(digits, NULL, 10);
            }
        }
        failed = failed || value == NULL || PyList_Append(values, value) < 0;
        Py_XDECREF(value);
        if (failed)
            return -1;
    }
    return 0;
}

/* As compilers choose where C has no name for the enum, by its values: size and sign, or
   size 0 for what is beyond 64 bits. */
static int compiled_enum_size(PyObject *values, int *is_signed)
{
    long long low = 0, high = 0;
    int overflow = 0;

    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(values); i++) {
        long long value = PyLong_AsLongLongAndOverflow(PyList_GET_ITEM(values, i), &overflow);

        if (overflow != 0)
            return 0;
        low = value < low ? value : low;
        high = value > high ? value : high;
    }
    *is_signed = low < 0;
    if (low < -2147483647LL - 1)
        return 8;
    return high >> (*is_signed ? 31 : 32) != 0 ? 8 : 4;
}

static ctype *compiled_enum_base(core_state *state, unsigned long long size, int is_signed)
{
    switch (size) {
    case 1: return ctype_new_primitive(state, is_signed ? CTYPE_SCHAR : CTYPE_UCHAR);
    case 2: return ctype_new_primitive(state, is_signed ? CTYPE_SHORT : CTYPE_USHORT);
    case 4: return ctype_new_primitive(state, is_signed ? CTYPE_INT : CTYPE_UINT);
    case 8: return ctype_new_primitive(state, is_signed ? CTYPE_LONGLONG : CTYPE_ULONGLONG);
    default: return NULL;
    }
}

static ctype *compiled_fill_enum(compiled_reader *reader, compiled_code code, compiled_code items)
{
    PyObject *names = PyList_New(0), *values = PyList_New(0), *name = NULL;
    PyObject *name_tuple = NULL, *value_tuple = NULL;
    unsigned long long size = 0, sign = 0;
    ctype *base = NULL, *type = NULL;
    int is_signed = 0;

    if (names == NULL || values == NULL || (code.count != 0 && code.count != 2))
        goto done;
    if (code.count == 2 && (compiled_number(reader, code.index[0], &size) < 0 ||
                            compiled_number(reader, code.index[0] + 1, &sign) < 0))
        goto done;
    if (compiled_enumerate(reader, items, code.count == 2 ? code.index[1] : -1, names, values) < 0)
        goto done;
    is_signed = sign != 0;
    if (size == 0)
        size = (unsigned long long)compiled_enum_size(values, &is_signed);
    base = compiled_enum_base(reader->state, size, is_signed);
    name = base == NULL ? NULL : compiled_unquoted(compiled_part(&code, '|'));
    if (name != NULL && (name_tuple = PyList_AsTuple(names)) != NULL &&
        (value_tuple = PyList_AsTuple(values)) != NULL)
        type = ctype_new_enum(base, name, name_tuple, value_tuple);
done:
    Py_XDECREF(names);
    Py_XDECREF(values);
    Py_XDECREF(name);
    Py_XDECREF(name_tuple);
    Py_XDECREF(value_tuple);
    Py_XDECREF(base);
    return type;
}

ctype *compiled_new_enum(compiled_reader *reader, compiled_code whole, PyObject *code)
{
    const char *tag = whole.at + 1;
    size_t length = (size_t)(whole.end - tag);
    compiled_code found, items = {NULL, NULL, 0, {0, 0}};
    int known = compiled_find(reader, COMPILED_ENUMS, tag, length, &found), opaque = 1;
    compiled_reader *owner;
    ctype *type;

    if (known)
        items = compiled_enum_items(found, &opaque);
    if (opaque) {
        owner = compiled_owner(reader, COMPILED_ENUMS, tag, length);
        if (owner != NULL)
            return compiled_type_of_owner(owner, whole);
    }
    if (!known)
        return NULL;
    type = compiled_fill_enum(reader, found, items);
    if (type != NULL && compiled_remember(reader, code, type) < 0)
        Py_CLEAR(type);
    return type;
}

int compiled_list_enumerators(compiled_reader *reader)
{
    compiled_text *text = &reader->texts[COMPILED_ENUMS];
    compiled_code rest = {text->start, text->start + text->length, 0, {0, 0}};
    PyObject *names = PyDict_New();
    int failed = names == NULL, opaque;

    while (!failed && rest.at < rest.end) {
        compiled_code line = compiled_part(&rest, '\n'), key = compiled_part(&line, ' '), entry;
        compiled_code items;
        long index;

        if (!compiled_find(reader, COMPILED_ENUMS, key.at, (size_t)(key.end - key.at), &entry))
            continue;
        items = compiled_enum_items(entry, &opaque);
        index = entry.count == 2 ? entry.index[1] : -1;
        while (!failed && items.at < items.end) {
            compiled_code item = compiled_part(&items, ',');
            PyObject *name = compiled_unquoted(compiled_part(&item, '='));
            PyObject *value = PyLong_FromLong(index < 0 ? -1 : index++);

            failed = name == NULL || value == NULL || PyDict_SetItem(names, name, value) < 0;
            Py_XDECREF(name);
            Py_XDECREF(value);
        }
    }
    if (failed) {
        Py_XDECREF(names);
        return -1;
    }
    Py_XSETREF(reader->enumerators, names);
    return 0;
}

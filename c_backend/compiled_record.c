/* compiled_record.c: structs, unions and enums of compiled modules.

   Checks the compiler's layout against the cdef, for records of ordinary members:
   those with bit-fields, members that are aligned one by one, or records without a
   name inside are left to the Python reader (realize.py, record_layout.py). */
#include "core.h"
#include "compiled.h"

/* --- a record's code ------------------------------------------------------- */

/* name|flags|pack|location|field|field... */
typedef struct compiled_record {
    compiled_code name, fields;
    int partial, opaque;
    long pack;                  /* -1: not a plain number */
} compiled_record;

/* name,type,bitsize,location */
typedef struct compiled_field {
    compiled_code name, type, bits;
} compiled_field;

static compiled_record compiled_split_record(compiled_code code)
{
    compiled_record record = {0};
    compiled_code flags;

    record.name = compiled_part(&code, '|');
    flags = compiled_part(&code, '|');
    record.partial = flags.at < flags.end && memchr(flags.at, 'p', (size_t)(flags.end - flags.at));
    record.opaque = flags.at < flags.end && memchr(flags.at, 'o', (size_t)(flags.end - flags.at));
    record.pack = compiled_decimal(compiled_part(&code, '|'));
    (void)compiled_part(&code, '|');
    record.fields = code;
    return record;
}

static compiled_field compiled_next_field(compiled_code *fields)
{
    compiled_code text = compiled_part(fields, '|');
    compiled_field field;

    field.name = compiled_part(&text, ',');
    field.type = compiled_part(&text, ',');
    field.bits = compiled_part(&text, ',');
    return field;
}

/* --- finding --------------------------------------------------------------- */

/* Enters a type that a code names, until the outermost call fails.  0, or -1. */
static int compiled_remember(compiled_reader *reader, PyObject *code, ctype *type)
{
    if (reader->undo == NULL && (reader->undo = PyList_New(0)) == NULL)
        return -1;
    return PyList_Append(reader->undo, code) < 0 ||
                   PyDict_SetItem(reader->types, code, (PyObject *)type) < 0
               ? -1
               : 0;
}

static int compiled_add_pending(compiled_reader *reader, compiled_pending pending)
{
    if (reader->pending_count == reader->pending_room) {
        Py_ssize_t room = 2 * reader->pending_room + 8;
        compiled_pending *moved = PyMem_Realloc(reader->pending, (size_t)room * sizeof *moved);

        if (moved == NULL)
            return -1;
        reader->pending = moved;
        reader->pending_room = room;
    }
    reader->pending[reader->pending_count++] = pending;
    return 0;
}

/* The first of the included readers that declares the key: borrowed, or NULL. */
static compiled_reader *compiled_owner(compiled_reader *reader, compiled_kind kind,
                                       const char *key, size_t length)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(reader->peers); i++) {
        compiled_reader *peer = (compiled_reader *)PyTuple_GET_ITEM(reader->peers, i);
        compiled_code ignored;
        int found;

        if (compiled_lock(peer) < 0)
            return NULL;
        found = compiled_find(peer, kind, key, length, &ignored);
        compiled_unlock(peer);
        if (!found)
            peer = compiled_owner(peer, kind, key, length);
        if (peer != NULL)
            return peer;
    }
    return NULL;
}

static ctype *compiled_type_of_owner(compiled_reader *owner, compiled_code whole)
{
    compiled_code code = {whole.at, whole.end + 1, 0, {0, 0}};
    ctype *type;

    if (compiled_lock(owner) < 0)
        return NULL;
    type = compiled_type(owner, code);
    compiled_unlock(owner);
    return type;
}

static ctype *compiled_new_record(compiled_reader *reader, compiled_code whole, PyObject *code)
{
    char key[COMPILED_LONGEST_CODE], kind = *whole.at == 'U' ? 'u' : 's';
    size_t length = (size_t)(whole.end - whole.at);
    compiled_pending pending = {NULL, {0}, kind};
    compiled_record record = {.opaque = 1};
    compiled_reader *owner;
    PyObject *name = NULL;
    ctype *type = NULL;
    int found;

    if (length >= sizeof key)
        return NULL;
    memcpy(key, whole.at, length);
    key[0] = kind;
    found = compiled_find(reader, COMPILED_RECORDS, key, length, &pending.code);
    if (found)
        record = compiled_split_record(pending.code);
    if (record.opaque) {
        owner = compiled_owner(reader, COMPILED_RECORDS, key, length);
        if (owner != NULL)
            return compiled_type_of_owner(owner, whole);
        if (length == 9 && memcmp(key + 1, "_IO_FILE", 8) == 0)
            return (ctype *)Py_NewRef(reader->state->file_type);
    }
    if (found)
        name = compiled_unquoted(record.name);
    else {
        compiled_code tag = {whole.at + 1, whole.end, 0, {0, 0}};
        PyObject *bare = compiled_unquoted(tag);

        if (bare != NULL)
            name = PyUnicode_FromFormat("%s %U", kind == 'u' ? "union" : "struct", bare);
        Py_XDECREF(bare);
    }
    if (name != NULL)
        type = ctype_new_record(reader->state, name, kind == 'u' ? CTYPE_UNION : CTYPE_STRUCT);
    Py_XDECREF(name);
    pending.type = type;
    if (type != NULL && (compiled_remember(reader, code, type) < 0 ||
                         (!record.opaque && compiled_add_pending(reader, pending) < 0)))
        Py_CLEAR(type);
    return type;
}

/* --- fields ---------------------------------------------------------------- */

int compiled_with_lengths(compiled_reader *reader, compiled_code *code, long *first, char *buffer)
{
    compiled_code rest = *code;
    size_t used = 0;

    if (code->at == code->end || *code->at != 'A')
        return 0;
    while (rest.at < rest.end && *rest.at == 'A') {
        compiled_code length = compiled_part(&rest, '_');
        unsigned long long number;
        int printed;

        if (compiled_is(length, "A.")) {
            if (compiled_number(reader, (*first)++, &number) < 0)
                return -1;
            printed = snprintf(buffer + used, COMPILED_LONGEST_CODE - used, "A%llu_", number);
        }
        else
            printed = snprintf(buffer + used, COMPILED_LONGEST_CODE - used, "%.*s_",
                               (int)(length.end - length.at), length.at);
        if (printed < 0 || (used += (size_t)printed) >= COMPILED_LONGEST_CODE)
            return -1;
    }
    if (used + (size_t)(rest.end - rest.at) > COMPILED_LONGEST_CODE)
        return -1;
    memcpy(buffer + used, rest.at, (size_t)(rest.end - rest.at));
    code->end = buffer + used + (rest.end - rest.at);
    code->at = buffer;
    return 0;
}

/* What is found out about a record, one field after the other. */
typedef struct compiled_layout {
    compiled_reader *reader;
    compiled_record record;
    int is_union, measured;
    long at;                    /* index of the next of the library's numbers */
    Py_ssize_t end, largest;    /* as the ABI's rules place the fields (C11 6.7.2.1) */
    PyObject *rows;
} compiled_layout;

/* Compares with what the rules say; a record with `...` may be anyhow. */
static int compiled_check_offset(compiled_layout *self, ctype *type, Py_ssize_t offset)
{
    Py_ssize_t align = type->align, natural;
    int is_open = type->kind == CTYPE_ARRAY && type->u.array.length < 0;

    if (align < 1)
        return -1;
    if (self->record.pack > 0 && align > self->record.pack)
        align = self->record.pack;
    if (align > self->largest)
        self->largest = align;
    natural = self->is_union ? 0 : (self->end + align - 1) / align * align;
    if (natural != offset)
        return -1;
    if (!is_open && offset + type->size > self->end)
        self->end = offset + type->size;
    return 0;
}

static int compiled_add_field(compiled_layout *self, compiled_field field)
{
    char buffer[COMPILED_LONGEST_CODE];
    unsigned long long offset = 0, size = 0;
    Py_ssize_t place = -1;
    PyObject *name, *row = NULL;
    ctype *type = NULL;
    int result = -1;

    if (field.name.at == field.name.end || field.bits.at != field.bits.end)
        return -1;
    if (self->measured) {
        if (compiled_number(self->reader, self->at, &offset) < 0 ||
            compiled_number(self->reader, self->at + 1, &size) < 0)
            return -1;
        self->at += 2;
        if (compiled_with_lengths(self->reader, &field.type, &self->at, buffer) < 0)
            return -1;
        place = (Py_ssize_t)offset;
    }
    name = compiled_unquoted(field.name);
    if (name != NULL)
        type = compiled_build(self->reader, &field.type);
    if (type == NULL || field.type.at != field.type.end || compiled_need(self->reader, type) < 0)
        goto done;
    if (self->measured) {
        if (size != 0 && (type->size < 0 || (unsigned long long)type->size != size))
            goto done;
        if (!self->record.partial && compiled_check_offset(self, type, place) < 0)
            goto done;
    }
    row = Py_BuildValue("(OOin)", name, (PyObject *)type, -1, place);
    result = row == NULL || PyList_Append(self->rows, row) < 0 ? -1 : 0;
done:
    Py_XDECREF(row);
    Py_XDECREF(name);
    Py_XDECREF(type);
    return result;
}

int compiled_complete(compiled_reader *reader, compiled_pending pending)
{
    compiled_layout self = {.reader = reader, .largest = 1, .is_union = pending.kind == 'u'};
    unsigned long long size = 0, align = 0;
    PyObject *rows = NULL;
    int result = -1;

    self.record = compiled_split_record(pending.code);
    self.measured = pending.code.count > 0;
    if (pending.code.count < 0 || self.record.pack < 0 || self.record.pack > 0xffff)
        return -1;
    if (self.measured) {
        self.at = pending.code.index[0];
        if (compiled_number(reader, self.at, &size) < 0 ||
            compiled_number(reader, self.at + 1, &align) < 0)
            return -1;
        self.at += 2;
    }
    self.rows = PyList_New(0);
    if (self.rows == NULL)
        return -1;
    while (self.record.fields.at < self.record.fields.end)
        if (compiled_add_field(&self, compiled_next_field(&self.record.fields)) < 0)
            goto done;
    if (self.measured && !self.record.partial &&
        ((unsigned long long)self.largest != align ||
         (unsigned long long)((self.end + self.largest - 1) / self.largest * self.largest) != size))
        goto done;
    rows = PyList_AsTuple(self.rows);
    if (rows != NULL)
        result = layout_complete(pending.type, rows, self.measured ? (Py_ssize_t)size : -1,
                                 self.measured ? (Py_ssize_t)align : -1, 0, (int)self.record.pack);
done:
    Py_XDECREF(rows);
    Py_DECREF(self.rows);
    return result;
}

/* --- enums ----------------------------------------------------------------- */

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

static ctype *compiled_new_enum(compiled_reader *reader, compiled_code whole, PyObject *code)
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

/* --- both ------------------------------------------------------------------ */

ctype *compiled_named(compiled_reader *reader, compiled_code whole)
{
    PyObject *code = PyUnicode_DecodeUTF8(whole.at, whole.end + 1 - whole.at, NULL);
    ctype *type = NULL;

    if (code != NULL)
        type = (ctype *)compat_dict_get(reader->types, code);
    if (code != NULL && type == NULL && !PyErr_Occurred())
        type = *whole.at == 'N' ? compiled_new_enum(reader, whole, code)
                                : compiled_new_record(reader, whole, code);
    Py_XDECREF(code);
    return type;
}

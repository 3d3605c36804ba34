/* compiled_record.c: structs and unions of compiled modules.

   Has the compiler's layout checked against the cdef (layout.c).  Records with members
   that are aligned one by one are left to the Python reader (realize.py, record_layout.py). */
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

int compiled_remember(compiled_reader *reader, PyObject *code, ctype *type)
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

compiled_reader *compiled_owner(compiled_reader *reader, compiled_kind kind,
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

ctype *compiled_type_of_owner(compiled_reader *owner, compiled_code whole)
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
    int measured;
    long at;                    /* index of the next of the library's numbers */
    PyObject *rows;             /* for layout_complete() */
} compiled_layout;

/* The entry of the record that a code names; 0 where there is none here. */
static int compiled_find_record(compiled_reader *reader, compiled_code whole, compiled_code *found)
{
    char key[COMPILED_LONGEST_CODE];
    size_t length = (size_t)(whole.end - whole.at);

    if (length == 0 || length >= sizeof key)
        return 0;
    memcpy(key, whole.at, length);
    key[0] = *whole.at == 'U' ? 'u' : 's';
    return compiled_find(reader, COMPILED_RECORDS, key, length, found);
}

/* The members of an anonymous record have numbers of their own (symbol_plan.measured_members);
   all must tell one place of the record.  `type` is the outermost anonymous one. */
static int compiled_place_anonymous(compiled_layout *self, ctype *type, compiled_code whole,
                                    Py_ssize_t *place)
{
    compiled_code entry, fields;

    if (!compiled_find_record(self->reader, whole, &entry))
        return -1;
    for (fields = compiled_split_record(entry).fields; fields.at < fields.end;) {
        compiled_field field = compiled_next_field(&fields);
        unsigned long long offset, size;
        PyObject *name;
        cfield *member;

        if (field.bits.at != field.bits.end) {
            if (*field.bits.at == '@')
                return -1;
            continue;           /* it has no address */
        }
        if (field.name.at == field.name.end) {
            compiled_code inner = compiled_part(&field.type, ';');

            if (compiled_place_anonymous(self, type, inner, place) < 0)
                return -1;
            continue;
        }
        name = compiled_unquoted(field.name);
        member = name == NULL ? NULL : ctype_find_field(type, name);
        Py_XDECREF(name);
        if (member == NULL || compiled_number(self->reader, self->at, &offset) < 0 ||
            compiled_number(self->reader, self->at + 1, &size) < 0)
            return -1;
        self->at += 2;
        if ((size != 0 && (member->type->size < 0 ||
                           (unsigned long long)member->type->size != size)) ||
            (*place >= 0 && *place != (Py_ssize_t)offset - member->offset))
            return -1;
        *place = (Py_ssize_t)offset - member->offset;
    }
    return 0;
}

/* Where the compiler put the member, and its type's code with the lengths it told. */
static int compiled_place(compiled_layout *self, compiled_field *field, char *buffer,
                          Py_ssize_t *place, unsigned long long *size)
{
    unsigned long long offset;

    if (!self->measured || field->bits.at != field->bits.end || field->name.at == field->name.end)
        return 0;
    if (compiled_number(self->reader, self->at, &offset) < 0 ||
        compiled_number(self->reader, self->at + 1, size) < 0)
        return -1;
    self->at += 2;
    *place = (Py_ssize_t)offset;
    return compiled_with_lengths(self->reader, &field->type, &self->at, buffer);
}

static int compiled_add_field(compiled_layout *self, compiled_field field)
{
    char buffer[COMPILED_LONGEST_CODE];
    unsigned long long size = 0;
    Py_ssize_t place = -1;
    PyObject *name, *row = NULL;
    compiled_code whole;
    ctype *type = NULL;
    long bits = -1;
    int result = -1;

    if (field.bits.at != field.bits.end && (bits = compiled_decimal(field.bits)) < 0)
        return -1;              /* aligned by itself */
    if (compiled_place(self, &field, buffer, &place, &size) < 0)
        return -1;
    whole = field.type;
    name = compiled_unquoted(field.name);
    if (name != NULL)
        type = compiled_build(self->reader, &field.type);
    if (type == NULL || field.type.at != field.type.end || compiled_need(self->reader, type) < 0)
        goto done;
    if (size != 0 && (type->size < 0 || (unsigned long long)type->size != size))
        goto done;
    if (self->measured && bits < 0 && field.name.at == field.name.end) {
        whole = compiled_part(&whole, ';');
        if (!ctype_is_record(type) ||
            compiled_place_anonymous(self, type, whole, &place) < 0)
            goto done;
    }
    row = Py_BuildValue("(OOin)", name, (PyObject *)type, (int)bits, place);
    result = row == NULL || PyList_Append(self->rows, row) < 0 ? -1 : 0;
done:
    Py_XDECREF(row);
    Py_XDECREF(name);
    Py_XDECREF(type);
    return result;
}

int compiled_complete(compiled_reader *reader, compiled_pending pending)
{
    compiled_layout self = {.reader = reader};
    unsigned long long size = 0, align = 0;
    PyObject *rows = NULL;
    int result = -1, flags;

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
    rows = PyList_AsTuple(self.rows);
    /* A record with `...` may be anyhow. */
    flags = self.measured && !self.record.partial ? LAYOUT_AS_TOLD : 0;
    if (rows != NULL)
        result = layout_complete(pending.type, rows, self.measured ? (Py_ssize_t)size : -1,
                                 self.measured ? (Py_ssize_t)align : -1, flags,
                                 (int)self.record.pack);
done:
    Py_XDECREF(rows);
    Py_DECREF(self.rows);
    return result;
}

/* --- passing by value ------------------------------------------------------

   As CompiledCodes.goes_by_value: scalars, and records that are declared in full with
   nothing but ordinary members. */

static int compiled_goes_by_value(compiled_reader *reader, compiled_code *code);

static int compiled_record_by_value(compiled_reader *reader, compiled_code whole)
{
    compiled_code entry, fields;
    compiled_record record;

    if (!compiled_find_record(reader, whole, &entry)) {
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(reader->peers); i++) {
            compiled_reader *peer = (compiled_reader *)PyTuple_GET_ITEM(reader->peers, i);
            int found;

            if (compiled_lock(peer) < 0)
                return 0;
            found = compiled_record_by_value(peer, whole);
            compiled_unlock(peer);
            if (found)
                return 1;
        }
        return 0;
    }
    record = compiled_split_record(entry);
    fields = record.fields;
    if (record.partial || record.pack != 0 || fields.at == fields.end)
        return 0;
    while (fields.at < fields.end) {
        compiled_field field = compiled_next_field(&fields);

        if (field.bits.at != field.bits.end || field.name.at == field.name.end)
            return 0;
        while (field.type.at < field.type.end && *field.type.at == 'A') {
            compiled_code length;

            field.type.at++;
            length = compiled_part(&field.type, '_');
            if (length.at == length.end || compiled_is(length, "0"))
                return 0;
        }
        if (!compiled_goes_by_value(reader, &field.type))
            return 0;
    }
    return 1;
}

/* Reads one type at `code->at`; 0 where it is none, or one with a calling convention. */
static int compiled_skip_type(compiled_code *code)
{
    for (;;) {
        compiled_skip_qualifiers(code);
        if (code->at == code->end)
            return 0;
        switch (*code->at) {
        case 'P':
            code->at++;
            continue;
        case 'A':
            (void)compiled_part(code, '_');
            continue;
        case 'F':
            code->at++;
            while (code->at < code->end && *code->at != 'E' && *code->at != 'z')
                if (!compiled_skip_type(code))
                    return 0;
            if (code->at == code->end)
                return 0;
            code->at++;
            return 1;
        case 'S':
        case 'U':
        case 'N':
        case 'I':
        case 'O':
        case '=':
            (void)compiled_part(code, ';');
            return 1;
        default:
            return compiled_is_type_letter(*code->at++);
        }
    }
}

/* The same, but 0 also for a type that not every engine can pass by value. */
static int compiled_goes_by_value(compiled_reader *reader, compiled_code *code)
{
    compiled_code start, whole;

    compiled_skip_qualifiers(code);
    start = *code;
    if (!compiled_skip_type(code))
        return 0;
    if (*start.at != 'S' && *start.at != 'U' && *start.at != '=')
        return 1;
    whole = compiled_part(&start, ';');
    if (*whole.at == 'S')
        return compiled_record_by_value(reader, whole);
    return *whole.at == '=' &&
           memmem(whole.at, (size_t)(whole.end - whole.at), "complex", 7) == NULL;
}

int compiled_function_by_value(compiled_reader *reader, compiled_code code)
{
    if (code.at == code.end || *code.at != 'F')
        return 0;
    code.at++;
    while (code.at < code.end && *code.at != 'E' && *code.at != 'z')
        if (!compiled_goes_by_value(reader, &code))
            return 0;
    return code.at < code.end;
}

/* --- by name --------------------------------------------------------------- */

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

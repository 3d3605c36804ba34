/* layout.c: complete_struct_or_union: where the members of a record lie.

   Follows the C compilers: GCC's System V rule for bit-fields (a bit-field
   lies in a unit of its type's size and alignment and is allocated from where
   the previous member ended), the ARM variant (unnamed bit-fields align too)
   and Microsoft's (units are shared only by bit-fields of one size).  Offsets
   and sizes that a compiler told win over the computed ones.
   Works on types only; knows nothing of values. */
#include "ctype.h"

enum {
    SF_MSVC_BITFIELDS = 0x01,
    SF_GCC_ARM_BITFIELDS = 0x02,
    SF_GCC_BIG_ENDIAN = 0x04,
    SF_PACKED = 0x08,
    SF_GCC_X86_BITFIELDS = 0x10,
    SF_GCC_LITTLE_ENDIAN = 0x40,
    SF_STD_FIELD_POS = LAYOUT_AS_TOLD
};

#define LAYOUT_BITFIELD_FLAGS (SF_MSVC_BITFIELDS | SF_GCC_ARM_BITFIELDS | SF_GCC_X86_BITFIELDS)

/* A record while it is laid out.  The next member goes to `byte`.`bit`. */
typedef struct layout {
    ctype *record;
    int flags;                  /* SF_* */
    Py_ssize_t pack;            /* largest alignment of a member */
    Py_ssize_t byte;
    int bit;                    /* 0..7 */
    Py_ssize_t end;             /* the furthest byte in use */
    Py_ssize_t align;
    Py_ssize_t unit_size;       /* MSVC: size of the open unit of bit-fields, or 0 */
    int unit_free;              /* MSVC: bits left in it */
    int refuses_shared;         /* SF_PACKED alone: as CFFI, no bit-field across its unit */
    uint32_t found;             /* CTYPE_* flags for the record */
    PyObject *fields;           /* dict being filled */
    cfield *first, **last;
    Py_ssize_t count;
} layout;

/* One row of the caller's list. */
typedef struct layout_member {
    PyObject *name;             /* borrowed */
    ctype *type;                /* borrowed */
    int bits;                   /* -1: no bit-field */
    Py_ssize_t offset;          /* -1: to be computed */
    int is_last, is_first;
} layout_member;

/* ---- field table ------------------------------------------------------- */

static inline size_t layout_hash(PyObject *name)
{
    return ((uintptr_t)name >> 4) ^ ((uintptr_t)name >> 11);
}

static ctype_field_table *layout_new_table(cfield *first, Py_ssize_t count)
{
    size_t size = 2;
    ctype_field_table *table;

    while (size < 2 * (size_t)count + 1)
        size *= 2;
    table = PyMem_Calloc(1, sizeof(ctype_field_table) + size * sizeof(cfield *));
    if (table == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    table->mask = size - 1;
    for (cfield *field = first; field != NULL; field = field->next) {
        size_t slot = layout_hash(field->name) & table->mask;

        while (table->slots[slot] != NULL)
            slot = (slot + 1) & table->mask;
        table->slots[slot] = field;
    }
    return table;
}

cfield *ctype_find_field(ctype *type, PyObject *name)
{
    ctype_field_table *table = type->u.record.table;
    size_t slot;
    cfield *field;

    if (COMPAT_UNLIKELY(table == NULL))
        return NULL;
    slot = layout_hash(name) & table->mask;
    while ((field = table->slots[slot]) != NULL) {
        if (field->name == name)
            return field;
        slot = (slot + 1) & table->mask;
    }
    /* An equal string that is not the interned one. */
    return (cfield *)PyDict_GetItemWithError(type->u.record.fields, name);
}

/* ---- adding fields ----------------------------------------------------- */

static int layout_add(layout *self, PyObject *name, ctype *type, Py_ssize_t offset, int bitshift,
                      int bitsize, int flags)
{
    PyTypeObject *python_type = ctype_field_class(self->record->state);
    cfield *field;
    int failed;

    if (PyDict_GetItemWithError(self->fields, name) != NULL) {
        PyErr_Format(PyExc_KeyError, "duplicate field name '%U'", name);
        return -1;
    }
    if (PyErr_Occurred())
        return -1;
    field = python_type == NULL ? NULL : PyObject_GC_New(cfield, python_type);
    if (field == NULL)
        return -1;
    field->name = Py_NewRef(name);
    PyUnicode_InternInPlace(&field->name);
    field->type = (ctype *)Py_NewRef((PyObject *)type);
    field->offset = offset;
    field->bitshift = (short)bitshift;
    field->bitsize = (short)bitsize;
    field->flags = (unsigned char)flags;
    field->next = NULL;
    PyObject_GC_Track((PyObject *)field);
    failed = PyDict_SetItem(self->fields, field->name, (PyObject *)field) < 0;
    if (!failed) {
        *self->last = field;
        self->last = &field->next;
        self->count++;
    }
    Py_DECREF(field);
    return failed ? -1 : 0;
}

/* The members of an anonymous struct or union belong to the outer record
   (C11 6.7.2.1p13). */
static int layout_add_anonymous(layout *self, ctype *inner, Py_ssize_t offset, int flags)
{
    for (cfield *field = inner->u.record.first; field != NULL; field = field->next)
        if (layout_add(self, field->name, field->type, offset + field->offset, field->bitshift,
                       field->bitsize, field->flags | flags) < 0)
            return -1;
    return 0;
}

/* ---- members ----------------------------------------------------------- */

static int layout_error(layout *self, layout_member *member, const char *what)
{
    PyErr_Format(PyExc_TypeError, "field '%U.%U' %s", self->record->name, member->name, what);
    return -1;
}

static int layout_overflow(layout *self)
{
    PyErr_Format(PyExc_OverflowError, "the size of '%U' does not fit a Py_ssize_t",
                 self->record->name);
    return -1;
}

/* Rounds up; -1 with an error where that overflows. */
static Py_ssize_t layout_align(layout *self, Py_ssize_t value, Py_ssize_t align)
{
    Py_ssize_t rest = value % align;

    if (rest != 0 && __builtin_add_overflow(value, align - rest, &value))
        return layout_overflow(self);
    return value;
}

/* The class `ffi.error`: borrowed, MemoryError if it cannot be made. */
static PyObject *layout_error_class(core_state *state)
{
    PyObject *made = state->ffi_error == NULL ? PyErr_NewException("ffi.error", NULL, NULL) : NULL;

    Py_BEGIN_CRITICAL_SECTION(state->module);
    if (state->ffi_error == NULL)
        state->ffi_error = Py_XNewRef(made);
    Py_END_CRITICAL_SECTION();
    Py_XDECREF(made);
    return state->ffi_error == NULL ? PyExc_MemoryError : state->ffi_error;
}

/* A record without "...;" must be as the C compiler has it.  `field` NULL: the
   whole record. */
static int layout_check_told(layout *self, PyObject *field, const char *what, Py_ssize_t computed,
                             Py_ssize_t told)
{
    PyObject *record = self->record->name;

    if (computed == told || !(self->flags & SF_STD_FIELD_POS))
        return 0;
    PyErr_Format(layout_error_class(self->record->state),
                 "%U: wrong %s%s%V%s (cdef says %zd, but C compiler says %zd). fix it or use "
                 "\"...;\" as the last field in the cdef for %U to make it flexible", record, what,
                 field == NULL ? "" : " for field '", field, "", field == NULL ? "" : "'",
                 computed, told, record);
    return -1;
}

/* Remembers the furthest byte in use. */
static int layout_extend(layout *self, Py_ssize_t size)
{
    if (__builtin_add_overflow(self->byte, size, &self->byte))
        return layout_overflow(self);
    if (self->byte + (self->bit > 0) > self->end)
        self->end = self->byte + (self->bit > 0);
    return 0;
}

static int layout_check_size(layout *self, layout_member *member)
{
    ctype *type = member->type;

    if (type->size >= 0) {
        if (ctype_is_record(type) && (type->flags & CTYPE_HAS_VAR_ARRAY) && member->is_last)
            self->found |= CTYPE_HAS_VAR_ARRAY;
        return 0;
    }
    if (type->kind == CTYPE_ARRAY && member->bits < 0 &&
        (member->is_last || member->offset != -1)) {
        self->found |= CTYPE_HAS_VAR_ARRAY;
        return 0;
    }
    PyErr_Format(PyExc_TypeError, "field '%U.%U' has ctype '%U' of unknown size",
                 self->record->name, member->name, type->name);
    return -1;
}

static int layout_regular(layout *self, layout_member *member, Py_ssize_t align)
{
    ctype *type = member->type;
    int flags = self->record->kind == CTYPE_UNION && !member->is_first ? CFIELD_NOT_IN_LIST : 0;
    int bitshift = CFIELD_REGULAR;

    if (self->bit > 0) {
        self->byte++;
        self->bit = 0;
    }
    self->unit_size = 0;
    self->byte = layout_align(self, self->byte, align);
    if (self->byte < 0)
        return -1;
    if (member->offset >= 0) {
        if (member->offset != self->byte)
            self->found |= CTYPE_LAYOUT_GIVEN;
        if (layout_check_told(self, member->name, "offset", self->byte, member->offset) < 0)
            return -1;
        self->byte = member->offset;
    }
    if (type->align > 1 && self->byte % type->align != 0)
        self->found |= CTYPE_IS_PACKED;
    if (type->kind == CTYPE_ARRAY && type->u.array.length <= 0)
        bitshift = CFIELD_EMPTY_ARRAY;
    if (PyUnicode_GET_LENGTH(member->name) == 0 && ctype_is_record(type)) {
        if (layout_add_anonymous(self, type, self->byte, flags) < 0)
            return -1;
    }
    else if (layout_add(self, member->name, type, self->byte, bitshift, 0, flags) < 0)
        return -1;
    return layout_extend(self, type->size > 0 ? type->size : 0);
}

static int layout_check_bitfield(layout *self, layout_member *member)
{
    ctype *type = member->type;

    if (member->offset >= 0)
        return layout_error(self, member, "is a bitfield, but a fixed offset is specified");
    if (!ctype_is_integer(type)) {
        PyErr_Format(PyExc_TypeError, "field '%U.%U' declared as '%U' cannot be a bit field",
                     self->record->name, member->name, type->name);
        return -1;
    }
    if (member->bits > 8 * type->size) {
        PyErr_Format(PyExc_TypeError,
                     "bit field '%U.%U' is declared '%U:%d', which exceeds the width of the type",
                     self->record->name, member->name, type->name, member->bits);
        return -1;
    }
    if (member->bits == 0 && PyUnicode_GET_LENGTH(member->name) > 0)
        return layout_error(self, member, "is declared with :0");
    return 0;
}

/* Adds the bit-field in the unit at `unit`, `shift` bits from its low end. */
static int layout_put_bitfield(layout *self, layout_member *member, Py_ssize_t unit, int shift)
{
    int flags = self->record->kind == CTYPE_UNION && !member->is_first ? CFIELD_NOT_IN_LIST : 0;

    self->found |= CTYPE_HAS_BITFIELD;
    if (self->flags & SF_GCC_BIG_ENDIAN)
        shift = (int)(8 * member->type->size) - member->bits - shift;
    if (PyUnicode_GET_LENGTH(member->name) == 0)
        return 0;
    return layout_add(self, member->name, member->type, unit, shift, member->bits, flags);
}

static int layout_gcc_bitfield(layout *self, layout_member *member, Py_ssize_t align)
{
    Py_ssize_t size = member->type->size, unit;
    int used, advanced;

    if (member->bits == 0) {
        if (self->bit > 0) {
            self->byte++;
            self->bit = 0;
        }
        /* By its type, whatever the packing. */
        self->byte = layout_align(self, self->byte, member->type->align);
        return self->byte < 0 ? -1 : layout_extend(self, 0);
    }
    unit = self->byte - self->byte % align;
    if (self->refuses_shared &&
        (int)(self->byte - unit) * 8 + self->bit + member->bits > 8 * size) {
        PyErr_Format(PyExc_NotImplementedError, "with 'packed', gcc would compile field '%U.%U' to "
                     "reuse some bits in the previous field: pass pack=1 for that",
                     self->record->name, member->name);
        return -1;
    }
    used = (int)(self->byte - unit) * 8 + self->bit;
    /* With any packing GCC lets a bit-field run across the end of its unit. */
    if (used + member->bits > 8 * size && self->pack == PY_SSIZE_T_MAX) {
        if (self->bit > 0)
            self->byte++;
        unit = self->byte = layout_align(self, self->byte, align);
        if (unit < 0)
            return -1;
        self->bit = used = 0;
    }
    if (layout_put_bitfield(self, member, unit, used) < 0)
        return -1;
    advanced = self->bit + member->bits;
    self->bit = advanced & 7;
    return layout_extend(self, advanced >> 3);
}

static int layout_msvc_bitfield(layout *self, layout_member *member, Py_ssize_t align)
{
    Py_ssize_t size = member->type->size;

    if (member->bits == 0) {
        self->unit_size = 0;
        return 0;
    }
    if (self->unit_size != size || self->unit_free < member->bits) {
        self->byte = layout_align(self, self->byte, align);
        if (self->byte < 0 || layout_extend(self, size) < 0)
            return -1;
        self->unit_size = size;
        self->unit_free = (int)(8 * size);
    }
    if (layout_put_bitfield(self, member, self->byte - size,
                            (int)(8 * size) - self->unit_free) < 0)
        return -1;
    self->unit_free -= member->bits;
    return 0;
}

/* Whether the member's alignment counts for the whole record. */
static int layout_aligns_record(layout *self, layout_member *member)
{
    if (member->bits < 0)
        return 1;
    if (self->flags & SF_MSVC_BITFIELDS)
        return member->bits > 0 || self->unit_size > 0;
    if (self->flags & SF_GCC_ARM_BITFIELDS)
        return 1;
    return member->bits > 0 && PyUnicode_GET_LENGTH(member->name) > 0;
}

static int layout_place(layout *self, layout_member *member)
{
    Py_ssize_t align = member->type->align;

    if (layout_check_size(self, member) < 0)
        return -1;
    if (align > self->pack)
        align = self->pack;
    if (align < 1)
        align = 1;
    if (layout_aligns_record(self, member) && align > self->align)
        self->align = align;
    if (self->record->kind == CTYPE_UNION) {
        self->byte = 0;
        self->bit = 0;
        self->unit_size = 0;
    }
    if (ctype_is_record(member->type))
        self->found |= member->type->flags & (CTYPE_HAS_BITFIELD | CTYPE_LAYOUT_GIVEN |
                                              CTYPE_IS_PACKED);
    if (member->bits < 0)
        return layout_regular(self, member, align);
    if (layout_check_bitfield(self, member) < 0)
        return -1;
    return self->flags & SF_MSVC_BITFIELDS ? layout_msvc_bitfield(self, member, align)
                                           : layout_gcc_bitfield(self, member, align);
}

/* ---- the whole record -------------------------------------------------- */

/* (name, ctype, bits=-1, offset=-1) */
static int layout_read_member(layout *self, PyObject *row, layout_member *member)
{
    member->bits = -1;
    member->offset = -1;
    if (!PyTuple_Check(row)) {
        PyErr_Format(PyExc_TypeError, "a field of '%U' must be a tuple (name, ctype, bits, offset),"
                     " not %.200s", self->record->name, Py_TYPE(row)->tp_name);
        return -1;
    }
    if (!PyArg_ParseTuple(row, "O!O!|in:list item", &PyUnicode_Type, &member->name,
                          CORE_TYPE(self->record->state, ctype_type), &member->type,
                          &member->bits, &member->offset))
        return -1;
    if (member->offset < 0)
        member->offset = -1;
    return 0;
}

/* A tuple: reading a row may run Python (__index__), which may change a list. */
static int layout_place_all(layout *self, PyObject *rows)
{
    Py_ssize_t count = PyTuple_GET_SIZE(rows);

    for (Py_ssize_t i = 0; i < count; i++) {
        layout_member member;
        PyObject *row = PyTuple_GET_ITEM(rows, i);
        int result = layout_read_member(self, row, &member);

        member.is_first = i == 0;
        member.is_last = i == count - 1;
        if (result == 0)
            result = layout_place(self, &member);
        if (result < 0)
            return -1;
    }
    return 0;
}

/* Size and alignment, where given from a compiler. */
static int layout_total(layout *self, Py_ssize_t *size, Py_ssize_t *align)
{
    Py_ssize_t computed;

    computed = layout_align(self, self->end, self->align);
    if (computed < 0)
        return -1;
    if (*size >= 0 && layout_check_told(self, NULL, "total size", computed, *size) < 0)
        return -1;
    if (*align < 0)
        *align = self->align;
    if (layout_check_told(self, NULL, "total alignment", self->align, *align) < 0)
        return -1;
    if (*size < 0)
        *size = computed > 0 ? computed : 1;
    else if (*size < self->end) {
        PyErr_Format(PyExc_TypeError,
                     "%U cannot be of size %zd: there are fields at least up to %zd",
                     self->record->name, *size, self->end);
        return -1;
    }
    if (*align > 0xffff || *align < 1) {
        PyErr_Format(PyExc_ValueError, "'%U': alignment %zd is not supported",
                     self->record->name, *align);
        return -1;
    }
    return 0;
}

/* Makes the result visible, once. */
static int layout_publish(layout *self, Py_ssize_t size, Py_ssize_t align)
{
    ctype *record = self->record;
    ctype_field_table *table = layout_new_table(self->first, self->count);
    int done = 0;

    if (table == NULL)
        return -1;
    Py_BEGIN_CRITICAL_SECTION(record);
    if (record->flags & CTYPE_IS_OPAQUE) {
        record->u.record.table = table;
        record->u.record.first = self->first;
        record->u.record.fields = Py_NewRef(self->fields);
        record->size = size;
        record->align = (uint16_t)align;
        record->flags = (record->flags & ~(uint32_t)CTYPE_IS_OPAQUE) | self->found;
        done = 1;
    }
    Py_END_CRITICAL_SECTION();
    if (done)
        return 0;
    PyMem_Free(table);
    PyErr_Format(PyExc_TypeError, "'%U' was completed by another thread", record->name);
    return -1;
}

static int layout_flags(int flags)
{
    if (!(flags & LAYOUT_BITFIELD_FLAGS)) {
#if defined(_WIN32)
        flags |= SF_MSVC_BITFIELDS;
#elif defined(__arm__) || defined(__aarch64__)
        flags |= SF_GCC_ARM_BITFIELDS;
#else
        flags |= SF_GCC_X86_BITFIELDS;
#endif
    }
    if (!(flags & (SF_GCC_BIG_ENDIAN | SF_GCC_LITTLE_ENDIAN)))
        flags |= PY_BIG_ENDIAN ? SF_GCC_BIG_ENDIAN : SF_GCC_LITTLE_ENDIAN;
    return flags;
}

int layout_complete(ctype *record, PyObject *rows, Py_ssize_t size, Py_ssize_t align, int flags,
                    int pack)
{
    layout self = {0};
    int result;

    self.record = record;
    self.flags = layout_flags(flags);
    self.refuses_shared = pack <= 0 && (flags & SF_PACKED);
    if (pack > 0)
        self.flags |= SF_PACKED;
    self.pack = pack > 0 ? pack : flags & SF_PACKED ? 1 : PY_SSIZE_T_MAX;
    self.align = 1;
    self.last = &self.first;
    self.fields = PyDict_New();
    if (self.fields == NULL)
        return -1;
    result = layout_place_all(&self, rows);
    if (result == 0)
        result = layout_total(&self, &size, &align);
    if (result == 0)
        result = layout_publish(&self, size, align);
    Py_DECREF(self.fields);
    return result < 0 ? -1 : 0;
}

static PyObject *layout_py_complete(PyObject *module, PyObject *args)
{
    core_state *state = core_state_of(module);
    PyObject *object, *rows, *ignored = NULL;
    Py_ssize_t size = -1, align = -1;
    int flags = 0, pack = 0, result;
    ctype *record;

    if (!PyArg_ParseTuple(args, "O!O!|Onnii:complete_struct_or_union",
                          CORE_TYPE(state, ctype_type), &object, &PyList_Type, &rows, &ignored,
                          &size, &align, &flags, &pack))
        return NULL;
    record = (ctype *)object;
    if (!ctype_is_record(record) || !(record->flags & CTYPE_IS_OPAQUE)) {
        PyErr_Format(PyExc_TypeError, "first arg must be a non-initialized struct or union ctype, "
                     "not '%U'", record->name);
        return NULL;
    }
    rows = PyList_AsTuple(rows);
    result = rows == NULL ? -1 : layout_complete(record, rows, size, align, flags, pack);
    Py_XDECREF(rows);
    if (result < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyMethodDef layout_functions[] = {
    {"complete_struct_or_union", layout_py_complete, METH_VARARGS,
     "complete_struct_or_union(ctype, [(name, ctype, bits, offset)], ignored=None, size=-1,\n"
     "                         alignment=-1, sflags=0, pack=0)"},
    {NULL, NULL, 0, NULL},
};

int layout_offer(PyObject *module, core_state *state)
{
    if (PyModule_AddObjectRef(module, "error", layout_error_class(state)) < 0)
        return -1;

#define LAYOUT_CONSTANT(name)                                 \
    if (PyModule_AddIntConstant(module, #name, name) < 0)     \
        return -1;
    LAYOUT_CONSTANT(SF_MSVC_BITFIELDS)
    LAYOUT_CONSTANT(SF_GCC_ARM_BITFIELDS)
    LAYOUT_CONSTANT(SF_GCC_X86_BITFIELDS)
    LAYOUT_CONSTANT(SF_GCC_BIG_ENDIAN)
    LAYOUT_CONSTANT(SF_GCC_LITTLE_ENDIAN)
    LAYOUT_CONSTANT(SF_PACKED)
    LAYOUT_CONSTANT(SF_STD_FIELD_POS)
#undef LAYOUT_CONSTANT
    return PyModule_AddFunctions(module, layout_functions);
}

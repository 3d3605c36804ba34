/* cdata_export.c: the memory of C data for NumPy, memoryview and others: shape,
   strides and PEP 3118 format of what it is.

   Exported is memory whose end is known: arrays, records, and what newp or an
   allocator made.  Neighbours: cdata_buffer.c has buffer(), the same memory as
   plain bytes, and from_buffer(), the other direction.

   Formats: one letter for a scalar, "T{...}" for a record, with the padding
   written out as `x` after `^` (native sizes, nothing aligned), so that packed
   records need no rule of their own.  What PEP 3118 has no word for: members
   that overlap are one raw member named after all of them ("i|f"), bit-fields
   are padding, pointers are unsigned integers, a 128-bit integer is two halves. */
#include "cdata_export.h"
#include "cdata.h"
#include <stdarg.h>

#ifndef PyBUF_MAX_NDIM
#  define PyBUF_MAX_NDIM 64
#endif

/* What a view needs as long as it lives: `internal` of Py_buffer. */
typedef struct cdata_export {
    char *format;               /* PyMem; or NULL */
    Py_ssize_t *counter;        /* of the object that must not free its memory, or NULL */
    Py_buffer source;           /* from_buffer: a lock of our own on the Python object */
    Py_ssize_t shape[PyBUF_MAX_NDIM];
    Py_ssize_t strides[PyBUF_MAX_NDIM];
} cdata_export;

/* ---- text that grows --------------------------------------------------- */

typedef struct cdata_text {
    char *start;                /* PyMem */
    size_t length, room;
} cdata_text;

static int cdata_text_add(cdata_text *text, const char *format, ...)
{
    va_list args;
    int needed;

    va_start(args, format);
    needed = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (text->length + (size_t)needed + 1 > text->room) {
        size_t room = 2 * text->room + (size_t)needed + 64;
        char *larger = PyMem_Realloc(text->start, room);

        if (larger == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        text->start = larger;
        text->room = room;
    }
    va_start(args, format);
    vsnprintf(text->start + text->length, text->room - text->length, format, args);
    va_end(args);
    text->length += (size_t)needed;
    return 0;
}

static int cdata_text_pad(cdata_text *text, Py_ssize_t bytes)
{
    return bytes <= 0 ? 0 : cdata_text_add(text, bytes == 1 ? "x" : "%zdx", bytes);
}

/* ---- formats ----------------------------------------------------------- */

static const char *cdata_export_integer(const ctype *type, int is_signed)
{
    switch (type->size) {
    case 1:
        return is_signed ? "b" : "B";
    case sizeof(short):
        return is_signed ? "h" : "H";
    case sizeof(int):
        return is_signed ? "i" : "I";
    default:
        if (type->size == sizeof(long) && !(type->kind == CTYPE_PRIMITIVE &&
                                            (type->u.primitive.which == CTYPE_LONGLONG ||
                                             type->u.primitive.which == CTYPE_ULONGLONG)))
            return is_signed ? "l" : "L";
        return is_signed ? "q" : "Q";
    }
}

static const char *cdata_export_scalar(const ctype *type)
{
    switch (type->class_) {
    case CTYPE_CLASS_BOOL:
        return "?";
    case CTYPE_CLASS_CHAR:
        /* NumPy knows no 2-byte characters. */
        return type->size == 1 ? "c" : type->size == 4 ? "w" : "H";
    case CTYPE_CLASS_FLOAT:
        return type->size == sizeof(float) ? "f" : "d";
    case CTYPE_CLASS_LONGDOUBLE:
        return "g";
#ifdef __SIZEOF_INT128__
    case CTYPE_CLASS_INT128:
        if (type->u.primitive.which != CTYPE_INT128)
            return PY_BIG_ENDIAN ? "T{^Q:high:^Q:low:}" : "T{^Q:low:^Q:high:}";
        return PY_BIG_ENDIAN ? "T{^q:high:^Q:low:}" : "T{^Q:low:^q:high:}";
#endif
    case CTYPE_CLASS_COMPLEX:
        return type->size == 2 * sizeof(float) ? "Zf" : "Zd";
    case CTYPE_CLASS_POINTER:
        return sizeof(void *) == sizeof(long) ? "L" : "Q";
    default:
        return cdata_export_integer(type, type->class_ == CTYPE_CLASS_SIGNED);
    }
}

/* A member as memory: what lies at `offset`. */
typedef struct cdata_span {
    cfield *field;              /* borrowed */
    Py_ssize_t offset, size;
} cdata_span;

/* The bytes of a member in a record of `size` bytes; the flexible array member
   takes what is left in whole items. */
static Py_ssize_t cdata_export_member_size(cfield *field, Py_ssize_t size)
{
    ctype *type = field->type;
    Py_ssize_t left = size - field->offset;

    if (field->bitshift >= 0)
        return 0;
    if (type->kind == CTYPE_ARRAY && type->u.array.length < 0)
        return type->item->size > 0 && left > 0 ? left - left % type->item->size : 0;
    if (ctype_is_record(type) && (type->flags & CTYPE_HAS_VAR_ARRAY) && left > type->size)
        return left;
    return type->size;
}

/* The members of a record in order of their offsets.  PyMem; NULL with an error. */
static cdata_span *cdata_export_members(ctype *type, Py_ssize_t size, Py_ssize_t *count)
{
    cdata_span *spans;
    Py_ssize_t used = 0;

    spans = PyMem_New(cdata_span, (size_t)PyDict_Size(type->u.record.fields) + 1);
    if (spans == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    for (cfield *field = type->u.record.first; field != NULL; field = field->next) {
        cdata_span span = {field, field->offset, cdata_export_member_size(field, size)};
        Py_ssize_t place = used;

        if (span.size <= 0)
            continue;
        /* They come nearly in order: only members of unions do not. */
        while (place > 0 && spans[place - 1].offset > span.offset) {
            spans[place] = spans[place - 1];
            place--;
        }
        spans[place] = span;
        used++;
    }
    *count = used;
    return spans;
}

static int cdata_export_format(cdata_text *text, ctype *type, Py_ssize_t size);

/* `count` members that share bytes, from `offset` to `end`, as raw memory. */
static int cdata_export_overlap(cdata_text *text, const cdata_span *spans, Py_ssize_t count,
                                Py_ssize_t bytes)
{
    if (cdata_text_add(text, "%zdx:", bytes) < 0)
        return -1;
    for (Py_ssize_t i = 0; i < count; i++) {
        const char *name = PyUnicode_AsUTF8(spans[i].field->name);

        if (name == NULL || cdata_text_add(text, i > 0 ? "|%s" : "%s", name) < 0)
            return -1;
    }
    return cdata_text_add(text, ":");
}

static int cdata_export_record(cdata_text *text, ctype *type, Py_ssize_t size)
{
    Py_ssize_t count, at = 0, next;
    cdata_span *spans = cdata_export_members(type, size, &count);
    int failed = spans == NULL || cdata_text_add(text, "T{") < 0;

    for (Py_ssize_t i = 0; !failed && i < count; i = next) {
        Py_ssize_t end = spans[i].offset + spans[i].size;
        const char *name = PyUnicode_AsUTF8(spans[i].field->name);

        for (next = i + 1; next < count && spans[next].offset < end; next++)
            if (spans[next].offset + spans[next].size > end)
                end = spans[next].offset + spans[next].size;
        failed = name == NULL || cdata_text_pad(text, spans[i].offset - at) < 0;
        if (!failed && next > i + 1)
            failed = cdata_export_overlap(text, spans + i, next - i, end - spans[i].offset) < 0;
        else if (!failed)
            failed = cdata_export_format(text, spans[i].field->type, spans[i].size) < 0 ||
                     cdata_text_add(text, ":%s:", name) < 0;
        at = end;
    }
    if (!failed)
        failed = cdata_text_pad(text, size - at) < 0 || cdata_text_add(text, "}") < 0;
    PyMem_Free(spans);
    return failed ? -1 : 0;
}

/* A member: "(2,3)^d", "T{...}", "^i". */
static int cdata_export_format(cdata_text *text, ctype *type, Py_ssize_t size)
{
    const char *before = "(";

    while (type->kind == CTYPE_ARRAY) {
        Py_ssize_t item = type->item->size, length = item > 0 ? size / item : 0;

        if (cdata_text_add(text, "%s%zd", before, length) < 0)
            return -1;
        before = ",";
        type = type->item;
        size = item;
    }
    if (*before == ',' && cdata_text_add(text, ")") < 0)
        return -1;
    if (ctype_is_record(type))
        return cdata_export_record(text, type, size);
    return cdata_text_add(text, type->class_ == CTYPE_CLASS_INT128 ? "%s" : "^%s",
                          cdata_export_scalar(type));
}

/* ---- what is exported -------------------------------------------------- */

static int cdata_export_refuse(cdata *self, const char *why)
{
    PyErr_Format(PyExc_BufferError, "cdata '%U' %s", self->type->name, why);
    return -1;
}

/* The type of the memory and its bytes. */
static ctype *cdata_export_memory(cdata *self, Py_ssize_t *size)
{
    ctype *type = self->type;

    if (type->kind == CTYPE_POINTER && cdata_known_size(self) >= 0) {
        *size = cdata_known_size(self);
        return type->item;
    }
    if (type->kind == CTYPE_ARRAY)
        *size = cdata_known_size(self);
    else if (ctype_is_record(type) && !(type->flags & CTYPE_IS_OPAQUE))
        *size = cdata_known_size(self) >= 0 ? cdata_known_size(self) : type->size;
    else {
        cdata_export_refuse(self, ctype_is_pointer(type)
                            ? "does not know the size of what it points to: use ffi.buffer() or "
                              "ffi.unpack()" : "has no memory of its own to share");
        return NULL;
    }
    return type;
}

/* Locks what the memory belongs to, where that could free it earlier. */
static int cdata_export_lock(cdata *self, cdata_export *export, int *readonly)
{
    core_state *state = cdata_state(self);

    if (Py_TYPE(self) == CORE_TYPE(state, cdata_gc_type) && ((cdata_gc *)self)->origin == NULL)
        return cdata_export_refuse(self, "was released");
    /* A part shares the memory of the whole. */
    if (cdata_keeper(self) != NULL)
        self = (cdata *)cdata_keeper(self);
    if (Py_TYPE(self) == CORE_TYPE(state, cdata_buffer_type)) {
        PyObject *source;
        int result;

        Py_BEGIN_CRITICAL_SECTION(self);
        source = Py_XNewRef(((cdata_buffer *)self)->view.obj);
        *readonly = ((cdata_buffer *)self)->view.readonly;
        Py_END_CRITICAL_SECTION();
        if (source == NULL)
            return cdata_export_refuse(self, "was released");
        result = PyObject_GetBuffer(source, &export->source, PyBUF_SIMPLE);
        Py_DECREF(source);
        /* An object may have given other memory, or run Python code that released ours. */
        if (result == 0 && (((cdata_buffer *)self)->view.obj == NULL ||
                            export->source.buf != ((cdata_buffer *)self)->view.buf))
            return cdata_export_refuse(self, "lies in memory that its object does not share twice");
        return result;
    }
    if (Py_TYPE(self) == CORE_TYPE(state, cdata_gc_type)) {
        if (((cdata_gc *)self)->origin == NULL)
            return cdata_export_refuse(self, "was released");
        export->counter = &((cdata_gc *)self)->lender.exports;
        __atomic_add_fetch(export->counter, 1, __ATOMIC_SEQ_CST);
    }
    return 0;
}

static void cdata_export_free(cdata_export *export)
{
    if (export->counter != NULL)
        __atomic_sub_fetch(export->counter, 1, __ATOMIC_SEQ_CST);
    if (export->source.obj != NULL)
        PyBuffer_Release(&export->source);
    PyMem_Free(export->format);
    PyMem_Free(export);
}

/* Shape and strides; `type` becomes the type of one item. */
static int cdata_export_shape(cdata *self, cdata_export *export, ctype **type, Py_ssize_t size,
                              int *dimensions)
{
    int n = 0;

    for (; (*type)->kind == CTYPE_ARRAY; n++) {
        ctype *item = (*type)->item;

        if (n == PyBUF_MAX_NDIM)
            return cdata_export_refuse(self, "has too many dimensions for a buffer");
        export->shape[n] = (*type)->u.array.length;
        if (export->shape[n] < 0)
            export->shape[n] = n == 0 && self->type->kind == CTYPE_ARRAY ? cdata_array_length(self)
                               : item->size > 0 ? size / item->size : 0;
        export->strides[n] = item->size;
        *type = item;
    }
    *dimensions = n;
    return 0;
}

/* The format of one item. */
static int cdata_export_describe(cdata_export *export, ctype *item, Py_ssize_t size)
{
    cdata_text text = {NULL, 0, 0};
    int failed = ctype_is_record(item)
                     ? cdata_export_record(&text, item, size) < 0
                     : cdata_text_add(&text, "%s", cdata_export_scalar(item)) < 0;

    export->format = text.start;
    return failed ? -1 : 0;
}

static int cdata_export_fill(cdata *self, cdata_export *export, Py_buffer *view, int flags)
{
    int readonly = 0, dimensions = 0;
    Py_ssize_t size = 0;
    ctype *type = cdata_export_memory(self, &size), *item = type;

    if (type == NULL)
        return -1;
    if (cdata_export_lock(self, export, &readonly) < 0)
        return -1;
    /* Once it is locked: locking may run Python code. */
    if (self->data == NULL && size > 0)
        return cdata_export_refuse(self, cdata_keeper(self) == NULL ? "is NULL" : "was released");
    if (cdata_export_shape(self, export, &item, size, &dimensions) < 0)
        return -1;
    if (readonly && (flags & PyBUF_WRITABLE))
        return cdata_export_refuse(self, "lies in the memory of a read-only object");
    if ((flags & PyBUF_F_CONTIGUOUS) == PyBUF_F_CONTIGUOUS && dimensions > 1)
        return cdata_export_refuse(self, "is not contiguous in Fortran's order");
    view->itemsize = dimensions > 0 ? item->size : size;
    if ((flags & PyBUF_FORMAT) && cdata_export_describe(export, item, view->itemsize) < 0)
        return -1;
    view->buf = self->data;
    view->len = size;
    view->readonly = readonly;
    view->ndim = dimensions;
    view->format = export->format;
    view->shape = (flags & PyBUF_ND) && dimensions > 0 ? export->shape : NULL;
    view->strides = (flags & PyBUF_STRIDES) == PyBUF_STRIDES && dimensions > 0 ? export->strides
                                                                              : NULL;
    view->suboffsets = NULL;
    return 0;
}

int cdata_export_getbuffer(PyObject *self, Py_buffer *view, int flags)
{
    cdata_export *export = PyMem_Calloc(1, sizeof(cdata_export));

    view->obj = NULL;
    if (export == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    if (cdata_export_fill((cdata *)self, export, view, flags) < 0) {
        cdata_export_free(export);
        return -1;
    }
    view->internal = export;
    view->obj = Py_NewRef(self);
    return 0;
}

void cdata_export_releasebuffer(PyObject *Py_UNUSED(self), Py_buffer *view)
{
    cdata_export_free(view->internal);
}

int cdata_export_check_free(Py_ssize_t exports, PyObject *self)
{
    if (exports == 0)
        return 0;
    PyErr_Format(PyExc_BufferError, "cannot release cdata '%U': %zd views of its memory exist",
                 ((cdata *)self)->type->name, exports);
    return -1;
}

/* cdata_arith.c: what operators and conversions do with C data: pointer
   arithmetic in items (C11 6.5.6), comparisons, bool, int, float, complex. */
#include "cdata.h"
#include "convert.h"

/* The pointer type that takes part: an array decays (C11 6.3.2.1p3). */
static ctype *cdata_decayed(cdata *self)
{
    return self->type->kind == CTYPE_ARRAY ? self->type->u.array.pointer : self->type;
}

/* Bytes from one item to the next; void * counts bytes.  -1 if unknown. */
static Py_ssize_t cdata_stride(ctype *pointer)
{
    return pointer->flags & CTYPE_IS_VOID_PTR ? 1 : pointer->item->size;
}

static PyObject *cdata_move(cdata *self, PyObject *amount, int sign)
{
    ctype *pointer = cdata_decayed(self);
    Py_ssize_t index, stride;

    if (COMPAT_UNLIKELY(!PyLong_CheckExact(amount) || !compat_small_int(amount, &index))) {
        index = PyNumber_AsSsize_t(amount, PyExc_OverflowError);
        if (index == -1 && PyErr_Occurred())
            return NULL;
    }
    if (pointer->kind != CTYPE_POINTER) {
        PyErr_Format(PyExc_TypeError, "cannot add a cdata '%U' and a number", self->type->name);
        return NULL;
    }
    stride = cdata_stride(pointer);
    if (stride < 0) {
        PyErr_Format(PyExc_TypeError, "ctype '%U' points to items of unknown size", pointer->name);
        return NULL;
    }
    return cdata_new_computed(pointer, (char *)((uintptr_t)self->data + (uintptr_t)sign *
                                                (uintptr_t)index * (uintptr_t)stride), self);
}

PyObject *cdata_arith_add(PyObject *left, PyObject *right)
{
    if (CDATA_CHECK(left))
        return cdata_move((cdata *)left, right, 1);
    return cdata_move((cdata *)right, left, 1);
}

static PyObject *cdata_distance(cdata *left, cdata *right)
{
    /* CFFI takes an array on the right side only. */
    ctype *type = left->type, *other = cdata_decayed(right);
    Py_ssize_t stride = type->kind == CTYPE_POINTER ? cdata_stride(type) : -1, bytes;

    if (type != other || stride <= 0) {
        PyErr_Format(PyExc_TypeError, "cannot subtract cdata '%U' and cdata '%U'",
                     left->type->name, other->name);
        return NULL;
    }
    bytes = (Py_ssize_t)((uintptr_t)left->data - (uintptr_t)right->data);
    if (bytes % stride != 0) {
        PyErr_SetString(PyExc_ValueError, "pointer subtraction: the distance between the two "
                        "pointers is not a multiple of the item size");
        return NULL;
    }
    return PyLong_FromSsize_t(bytes / stride);
}

PyObject *cdata_arith_subtract(PyObject *left, PyObject *right)
{
    if (!CDATA_CHECK(left))
        Py_RETURN_NOTIMPLEMENTED;
    if (CDATA_CHECK(right) && ((cdata *)right)->type->kind != CTYPE_PRIMITIVE)
        return cdata_distance((cdata *)left, (cdata *)right);
    if (CDATA_CHECK(right) && ((cdata *)left)->type->kind == CTYPE_PRIMITIVE)
        return cdata_distance((cdata *)left, (cdata *)right);
    return cdata_move((cdata *)left, right, -1);
}

/* ---- comparison -------------------------------------------------------- */

static int cdata_is_number(PyObject *object)
{
    ctype_kind kind;

    if (!CDATA_CHECK(object))
        return 0;
    kind = ((cdata *)object)->type->kind;
    return kind == CTYPE_PRIMITIVE || kind == CTYPE_ENUM;
}

/* The Python value of a number; other objects stay as they are. */
static PyObject *cdata_comparable(PyObject *object)
{
    cdata *self = (cdata *)object;

    if (!cdata_is_number(object))
        return Py_NewRef(object);
    if (self->type->class_ == CTYPE_CLASS_LONGDOUBLE) {
        PyErr_Format(PyExc_NotImplementedError, "cannot use <cdata '%U'> in a comparison",
                     self->type->name);
        return NULL;
    }
    return convert_load(self->type, self->data);
}

static PyObject *cdata_compare_numbers(PyObject *left, PyObject *right, int op)
{
    PyObject *first = cdata_comparable(left), *second = NULL, *result = NULL;

    if (first != NULL)
        second = cdata_comparable(right);
    if (second != NULL)
        result = PyObject_RichCompare(first, second, op);
    Py_XDECREF(first);
    Py_XDECREF(second);
    return result;
}

PyObject *cdata_arith_richcompare(PyObject *left, PyObject *right, int op)
{
    int left_number = cdata_is_number(left), right_number = cdata_is_number(right);

    /* Numbers compare with numbers and with Python's; addresses with addresses. */
    if (left_number && (right_number || !CDATA_CHECK(right)))
        return cdata_compare_numbers(left, right, op);
    if (left_number || right_number || !CDATA_CHECK(left) || !CDATA_CHECK(right))
        Py_RETURN_NOTIMPLEMENTED;
    Py_RETURN_RICHCOMPARE((uintptr_t)((cdata *)left)->data, (uintptr_t)((cdata *)right)->data, op);
}

/* ---- bool, int, float, complex ----------------------------------------- */

int cdata_arith_bool(PyObject *object)
{
    cdata *self = (cdata *)object;
    Py_complex number;
    long double extended;

    switch (self->type->class_) {
    case CTYPE_CLASS_BOOL:
    case CTYPE_CLASS_CHAR:
    case CTYPE_CLASS_SIGNED:
    case CTYPE_CLASS_UNSIGNED:
        return convert_read_integer(self->type, self->data) != 0;
    case CTYPE_CLASS_FLOAT:
        return convert_read_double(self->type, self->data) != 0.0;
    case CTYPE_CLASS_LONGDOUBLE:
        memcpy(&extended, self->data, sizeof(extended));
        return extended != 0.0L;
    case CTYPE_CLASS_COMPLEX:
        number = convert_read_complex(self->type, self->data);
        return number.real != 0.0 || number.imag != 0.0;
    case CTYPE_CLASS_INT128:
        return memcmp(self->data, (char[16]){0}, 16) != 0;
    default:
        return self->data != NULL;
    }
}

static PyObject *cdata_not_supported(cdata *self, const char *function)
{
    PyErr_Format(PyExc_TypeError, "%s() not supported on cdata '%U'", function, self->type->name);
    return NULL;
}

PyObject *cdata_arith_int(PyObject *object)
{
    cdata *self = (cdata *)object;
    long long value;

    if (ctype_is_integer(self->type)) {
        value = convert_read_integer(self->type, self->data);
        return convert_reads_signed(self->type) ? PyLong_FromLongLong(value)
                                                : PyLong_FromUnsignedLongLong(
                                                      (unsigned long long)value);
    }
    if (self->type->class_ == CTYPE_CLASS_INT128)
        return convert_load(self->type, self->data);
    if (self->type->class_ == CTYPE_CLASS_FLOAT || self->type->class_ == CTYPE_CLASS_LONGDOUBLE)
        return PyLong_FromDouble(convert_read_double(self->type, self->data));
    return cdata_not_supported(self, "int");
}

PyObject *cdata_arith_float(PyObject *object)
{
    cdata *self = (cdata *)object;

    if (self->type->class_ == CTYPE_CLASS_FLOAT || self->type->class_ == CTYPE_CLASS_LONGDOUBLE)
        return PyFloat_FromDouble(convert_read_double(self->type, self->data));
    return cdata_not_supported(self, "float");
}

PyObject *cdata_arith_complex(PyObject *object, PyObject *Py_UNUSED(ignored))
{
    cdata *self = (cdata *)object;

    if (self->type->class_ == CTYPE_CLASS_COMPLEX)
        return PyComplex_FromCComplex(convert_read_complex(self->type, self->data));
    return cdata_not_supported(self, "complex");
}

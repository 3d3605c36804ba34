/* convert_floating.c: float, double, long double and complex numbers, both ways. */
#include "convert.h"
#include "cdata.h"

double convert_as_double(PyObject *value)
{
    return PyFloat_AsDouble(value);
}

static COMPAT_NOINLINE double convert_double_slow(ctype *type, PyObject *value)
{
    PyNumberMethods *numbers = Py_TYPE(value)->tp_as_number;

    if (!CDATA_CHECK(value) && !PyIndex_Check(value) &&
        (numbers == NULL || numbers->nb_float == NULL)) {
        convert_error(type, "real number", value);
        return -1.0;
    }
    return PyFloat_AsDouble(value);
}

#define CONVERT_FLOATING(name, type_)                                               \
    static PyObject *convert_load_##name(ctype *Py_UNUSED(type), char *address)     \
    {                                                                               \
        type_ value;                                                                \
        memcpy(&value, address, sizeof(value));                                     \
        return PyFloat_FromDouble(value);                                           \
    }                                                                               \
    static int convert_store_##name(ctype *type, char *address, PyObject *object)   \
    {                                                                               \
        double wide = COMPAT_LIKELY(PyFloat_Check(object))                          \
                          ? PyFloat_AS_DOUBLE(object)                               \
                          : convert_double_slow(type, object);                      \
        type_ value = (type_)wide;                                                  \
        if (COMPAT_UNLIKELY(wide == -1.0) && PyErr_Occurred())                      \
            return -1;                                                              \
        memcpy(address, &value, sizeof(value));                                     \
        return 0;                                                                   \
    }

CONVERT_FLOATING(float, float)
CONVERT_FLOATING(double, double)

double convert_read_double(const ctype *type, const char *address)
{
    float single;
    double real;
    long double extended;

    if (type->class_ == CTYPE_CLASS_LONGDOUBLE) {
        memcpy(&extended, address, sizeof(extended));
        return (double)extended;
    }
    if (type->size == sizeof(float)) {
        memcpy(&single, address, sizeof(single));
        return single;
    }
    memcpy(&real, address, sizeof(real));
    return real;
}

void convert_write_double(const ctype *type, char *address, double value)
{
    float single = (float)value;
    long double extended = value;

    if (type->class_ == CTYPE_CLASS_LONGDOUBLE)
        memcpy(address, &extended, sizeof(extended));
    else if (type->size == sizeof(float))
        memcpy(address, &single, sizeof(single));
    else
        memcpy(address, &value, sizeof(value));
}

/* A long double keeps its precision only as cdata. */
static PyObject *convert_load_longdouble(ctype *type, char *address)
{
    return cdata_new_scalar(type, address);
}

static int convert_store_longdouble(ctype *type, char *address, PyObject *value)
{
    double real;

    if (CDATA_CHECK(value) && ((cdata *)value)->type->class_ == CTYPE_CLASS_LONGDOUBLE) {
        memcpy(address, ((cdata *)value)->data, sizeof(long double));
        return 0;
    }
    real = convert_double_slow(type, value);
    if (real == -1.0 && PyErr_Occurred())
        return -1;
    convert_write_double(type, address, real);
    return 0;
}

Py_complex convert_read_complex(const ctype *type, const char *address)
{
    float single[2];
    double real[2];

    if (type->size == sizeof(single)) {
        memcpy(single, address, sizeof(single));
        real[0] = single[0];
        real[1] = single[1];
    }
    else
        memcpy(real, address, sizeof(real));
    return (Py_complex){real[0], real[1]};
}

void convert_write_complex(const ctype *type, char *address, Py_complex value)
{
    float single[2] = {(float)value.real, (float)value.imag};
    double real[2] = {value.real, value.imag};

    if (type->size == sizeof(single))
        memcpy(address, single, sizeof(single));
    else
        memcpy(address, real, sizeof(real));
}

static PyObject *convert_load_complex(ctype *type, char *address)
{
    return PyComplex_FromCComplex(convert_read_complex(type, address));
}

static int convert_store_complex(ctype *type, char *address, PyObject *value)
{
    Py_complex number;

    if (CDATA_CHECK(value) && ((cdata *)value)->type->class_ == CTYPE_CLASS_COMPLEX)
        number = convert_read_complex(((cdata *)value)->type, ((cdata *)value)->data);
    else
        number = PyComplex_AsCComplex(value);
    if (number.real == -1.0 && PyErr_Occurred())
        return -1;
    convert_write_complex(type, address, number);
    return 0;
}

void convert_choose_floating(ctype *type)
{
    switch (type->class_) {
    case CTYPE_CLASS_FLOAT:
        type->load = type->size == sizeof(float) ? convert_load_float : convert_load_double;
        type->store = type->size == sizeof(float) ? convert_store_float : convert_store_double;
        break;
    case CTYPE_CLASS_LONGDOUBLE:
        type->load = convert_load_longdouble;
        type->store = convert_store_longdouble;
        break;
    case CTYPE_CLASS_COMPLEX:
        type->load = convert_load_complex;
        type->store = convert_store_complex;
        break;
    default:
        break;
    }
}

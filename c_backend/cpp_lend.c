/* cpp_lend.c: functions whose result may be a part of an argument: `const T &front(const std::vector<T> &)`.

   An argument that only the call refers to would be gone when Python looks at the
   result, so the result keeps it.  Results that Python has already, and those that
   it owns, keep nothing: what lives long must not collect what was passed once.
   Methods are not meant: what they return keeps their object. */
#include "cpp_runtime.h"
#include "cpp_class.h"
#include "cpp_instance.h"
#include "cpp_type.h"
#include "cpp_convert.h"
#include "cpp_guard.h"
#include "cpp_candidate.h"
#include "cpp_method.h"

static int lend_refers_to_class(const cpp_type *type)
{
    return (type->kind == CPP_LVALUE_REF || type->kind == CPP_RVALUE_REF || type->kind == CPP_POINTER) &&
           type->target->kind == CPP_CLASS && !(type->target->flags & CPP_TYPE_STRING);
}

/* As `std::ostream &operator<<(std::ostream &, const T &)`: it gives that argument back. */
static int lend_gives_back(const cpp_type *result, const cpp_type *type)
{
    return type->kind == CPP_LVALUE_REF && result->kind == CPP_LVALUE_REF &&
           !(type->target->flags & CPP_TYPE_CONST) && PyUnicode_Compare(type->target->name, result->target->name) == 0;
}

int cpp_lend_is_lending(const cpp_candidate *candidate)
{
    int lends = 0;

    if (candidate->flags & (CPP_CANDIDATE_THIS | CPP_CANDIDATE_CONSTRUCTOR | CPP_CANDIDATE_HELPER) ||
        !lend_refers_to_class(candidate->result))
        return 0;
    for (Py_ssize_t i = 0; i < candidate->passed; i++) {
        if (lend_gives_back(candidate->result, candidate->arguments[i].type))
            return 0;
        lends |= lend_refers_to_class(candidate->arguments[i].type);
    }
    return lends;
}

/* Whether the result refers to what C++ has, and nothing of Python's knew it before. */
static int lend_is_new(PyObject *result)
{
    return cpp_class_of_type(Py_TYPE(result)) != NULL && Py_REFCNT(result) == 1 &&
           !(((cpp_instance *)result)->flags & CPP_OWNED);
}

int cpp_lend_keep_memory(PyObject *result, const void *memory, PyObject *capsule)
{
    return lend_is_new(result) ? cpp_instance_keep(result, memory, capsule) : 0;
}

int cpp_lend_keep(PyObject *result, PyObject *const *args, Py_ssize_t count)
{
    if (!lend_is_new(result))
        return 0;
    for (Py_ssize_t i = 0; i < count; i++)
        if (args[i] != result && cpp_class_of_type(Py_TYPE(args[i])) != NULL &&
            cpp_convert_class_is_temporary(args[i]) && cpp_instance_keep(result, args[i], args[i]) < 0)
            return -1;
    return 0;
}

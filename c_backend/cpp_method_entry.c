/* cpp_method_entry.c: where the call of a method begins, by what kind of method it is.

   Operators, virtual functions that Python overrides, constructors; the plain ones
   begin in cpp_entry.cpp or cpp_method.c. */
#include "cpp_runtime.h"
#include "cpp_class.h"
#include "cpp_instance.h"
#include "cpp_type.h"
#include "cpp_convert.h"
#include "cpp_guard.h"
#include "cpp_candidate.h"
#include "cpp_method.h"
#include "cpp_director.h"

/* What cpp_entry.cpp does not know. */
#define ENTRY_LONG (CPP_METHOD_NO_GIL | CPP_METHOD_MIXED | CPP_METHOD_SIGNALS)

/* a + b, a == b: Python asks the other side, or compares identities; null pointers can be compared, and are false. */
static PyObject *operator_vectorcall(PyObject *callable, PyObject *const *args, size_t nargsf,
                                     PyObject *keyword_names)
{
    cpp_part_vectorcall *plain = ((cpp_method *)callable)->flags & ENTRY_LONG ? cpp_method_vectorcall
                                                                             : cpp_part_entry_method();
    PyObject *result = plain(callable, args, nargsf, keyword_names);

    if (result == NULL && PyErr_ExceptionMatches(PyExc_TypeError)) {
        PyErr_Clear();
        Py_RETURN_NOTIMPLEMENTED;
    }
    if (result == NULL && PyErr_ExceptionMatches(PyExc_ReferenceError))
        return cpp_instance_operate_null(((cpp_method *)callable)->name, args, (size_t)PyVectorcall_NARGS(nargsf));
    return result;
}

/* super().f(), Base.f(self): past the override. */
static PyObject *directed_vectorcall(PyObject *callable, PyObject *const *args, size_t nargsf, PyObject *keyword_names)
{
    cpp_method *self = (cpp_method *)callable;

    if (PyVectorcall_NARGS(nargsf) > 0) {
        PyObject *base = cpp_director_base_call(callable, args[0]);
        if (base != callable)
            return PyObject_Vectorcall(base, args, nargsf, keyword_names);
    }
    return self->flags & CPP_METHOD_OPERATOR ? operator_vectorcall(callable, args, nargsf, keyword_names)
         : self->flags & ENTRY_LONG
             ? cpp_method_vectorcall(callable, args, nargsf, keyword_names)
             : cpp_part_entry_method()(callable, args, nargsf, keyword_names);
}

/* There is no raw memory to be had from Python. */
static PyObject *constructor_vectorcall(PyObject *callable, PyObject *const *Py_UNUSED(args),
                                        size_t Py_UNUSED(nargsf), PyObject *Py_UNUSED(keyword_names))
{
    return PyErr_Format(PyExc_TypeError, "constructors are called through the class: %s(...)",
                        ((PyTypeObject *)((cpp_method *)callable)->owner)->tp_name);
}

COMPAT_NOINLINE int cpp_method_resolve(cpp_method *self)
{
    PyObject *hook = self->owner->runtime->resolve_method, *done;

    if (hook == NULL) {
        PyErr_SetString(PyExc_RuntimeError, "cppbind is not set up");
        return -1;
    }
    done = PyObject_CallOneArg(hook, (PyObject *)self);
    Py_XDECREF(done);
    if (done != NULL && !(self->flags & CPP_METHOD_READY)) {
        PyErr_Format(PyExc_RuntimeError, "the candidates of '%U' were not set", self->name);
        return -1;
    }
    return done == NULL ? -1 : 0;
}

/* By what the flags say now. */
void cpp_method_choose_entry(cpp_method *self)
{
    if (self->flags & CPP_METHOD_CONSTRUCTOR)
        self->vectorcall = constructor_vectorcall;
    else if (self->flags & CPP_METHOD_DIRECTED)
        self->vectorcall = directed_vectorcall;
    else if (self->flags & CPP_METHOD_OPERATOR)
        self->vectorcall = operator_vectorcall;
    else if (self->flags & ENTRY_LONG)
        self->vectorcall = self->flags & CPP_METHOD_STATIC ? cpp_method_function_vectorcall
                                                           : cpp_method_vectorcall;
    else
        self->vectorcall = self->flags & CPP_METHOD_STATIC ? cpp_part_entry_function()
                                                                : cpp_part_entry_method();
    if (self->fallback != NULL || (self->flags & (CPP_METHOD_LIFELINE | CPP_METHOD_SIGNALS | CPP_METHOD_REPLACES |
                                                    CPP_METHOD_DROPS | CPP_METHOD_LENDS |
                                                    CPP_METHOD_CALLBACKS))) {
        self->plain = self->vectorcall;
        self->vectorcall = cpp_method_extended;
    }
}

void cpp_method_mark_directed(cpp_method *self)
{
    self->flags |= CPP_METHOD_DIRECTED;
    cpp_method_choose_entry(self);
}

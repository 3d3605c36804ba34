/* cpp_answer.c: keeps what Python answered to C++, see cpp_answer.h. */
#include "cpp_runtime.h"
#include "cpp_class.h"
#include "cpp_instance.h"
#include "cpp_type.h"
#include "cpp_convert.h"
#include "cpp_guard.h"
#include "cpp_candidate.h"
#include "cpp_answer.h"

cpp_answer *cpp_answer_new(cpp_type *type, PyObject *value, void *image)
{
    cpp_answer *self = PyMem_RawCalloc(1, sizeof *self + (size_t)type->ops->scratch_size + 16);

    if (self == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    self->value = Py_NewRef(value);
    if (type->ops->argument(type, value, image, &self->call, self->scratch) == 0)
        return self;
    cpp_answer_free(self);
    return NULL;
}

void cpp_answer_free(cpp_answer *self)
{
    PyObject *type, *value, *traceback;

    if (self == NULL)
        return;
    PyErr_Fetch(&type, &value, &traceback);
    while (self != NULL) {
        cpp_answer *older = self->older;
        cpp_candidate_clean(&self->call);
        Py_DECREF(self->value);
        PyMem_RawFree(self);
        self = older;
    }
    PyErr_Restore(type, value, traceback);
}

void cpp_answer_link(cpp_answer *newest, cpp_answer *older)
{
    cpp_answer *last = newest, *rest;

    newest->older = older;
    for (int kept = 1; kept < CPP_ANSWERS_KEPT && last->older != NULL; kept++)
        last = last->older;
    rest = last->older;
    last->older = NULL;
    cpp_answer_free(rest);
}

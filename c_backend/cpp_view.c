/* cpp_view.c: keeps alive what a view that C++ returned may look into. */
#include "cpp_runtime.h"
#include "cpp_class.h"
#include "cpp_instance.h"
#include "cpp_type.h"
#include "cpp_convert.h"
#include "cpp_guard.h"
#include "cpp_candidate.h"
#include "cpp_view.h"
#include "cpp_hold.h"

int cpp_view_is_result(cpp_candidate *candidate)
{
    if (candidate->result_mode != CPP_RESULT_OBJECT)
        return 0;
    cpp_class *cls = cpp_type_class(candidate->result);
    if (cls == NULL)
        PyErr_Clear();          /* said again by the call */
    return cls != NULL && (cls->flags & CPP_CLASS_VIEW);
}

static void view_drop_memory(PyObject *capsule)
{
    cpp_view_memory *memory = PyCapsule_GetPointer(capsule, NULL);

    cpp_candidate_clean(&memory->call);
    PyMem_Free(memory);
}

PyObject *cpp_view_new_memory(cpp_candidate *candidate, cpp_view_memory **memory)
{
    *memory = PyMem_Malloc(sizeof **memory + (size_t)candidate->scratch_size);
    if (*memory == NULL)
        return PyErr_NoMemory();
    (*memory)->call.cleanups = NULL;
    PyObject *capsule = PyCapsule_New(*memory, NULL, view_drop_memory);
    if (capsule == NULL)
        PyMem_Free(*memory);
    return capsule;
}

/* A container must not move its items either. */
static int view_keep(PyObject *view, PyObject *owner)
{
    PyObject *kept = cpp_instance_class(owner)->items_lie == CPP_LIES_NOWHERE ? Py_NewRef(owner) : cpp_hold_new(owner);
    int status = kept == NULL ? -1 : cpp_instance_keep(view, owner, kept);

    Py_XDECREF(kept);
    return status;
}

int cpp_view_keep(cpp_candidate *candidate, PyObject *view, PyObject *owner, PyObject *const *args)
{
    if (owner != NULL && view_keep(view, owner) < 0)
        return -1;
    for (Py_ssize_t i = 0; i < candidate->passed; i++) {
        if (args[i] != view && cpp_class_of_type(Py_TYPE(args[i])) != NULL && view_keep(view, args[i]) < 0)
            return -1;
    }
    return 0;
}

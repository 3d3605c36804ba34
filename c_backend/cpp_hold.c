/* cpp_hold.c: views of the memory of a C++ object: its array members as cdata, the items of a vector.

   A hold counts as a view of its proxy and of what that lies in (`exports`), so nobody
   can destroy or move them meanwhile.  To cdata it is what from_buffer() was made from;
   where C++ itself destroys the object, the cdata is emptied as by release().
   Neighbours: cpp_convert_array.c, cdata_buffer.c, cdata_lent.c. */
#include "cdata.h"
#include "cpp_runtime.h"
#include "cpp_class.h"
#include "cpp_instance.h"
#include "cpp_type.h"
#include "cpp_hold.h"

typedef struct cpp_hold {
    PyObject_HEAD
    PyObject *owner;            /* owned */
    char *address;
    Py_ssize_t size;
    PyObject *array;            /* borrowed: the cdata, which keeps the hold; NULL without one */
    struct cpp_hold *next, **place;     /* all holds of the runtime */
} cpp_hold;

/* ---- counting ------------------------------------------------------------------- */

int cpp_instance_export(PyObject *object, int step)
{
    cpp_instance *each = (cpp_instance *)object;

    for (; step > 0; each = (cpp_instance *)each->lifeline) {
        if (each->exports == UINT16_MAX) {
            PyErr_Format(PyExc_BufferError, "the memory of this '%s' is viewed too often", Py_TYPE(each)->tp_name);
            return -1;
        }
        if (!(each->flags & CPP_INNER))
            break;
    }
    for (each = (cpp_instance *)object;; each = (cpp_instance *)each->lifeline) {
        CPP_ADD(each->exports, step);
        if (!(each->flags & CPP_INNER))
            return 0;
    }
}

/* ---- holds ------------------------------------------------------------------------ */

static cpp_runtime *hold_runtime(cpp_hold *self)
{
    return cpp_instance_class(self->owner)->runtime;
}

PyObject *cpp_hold_new(PyObject *owner)
{
    cpp_runtime *runtime = cpp_instance_class(owner)->runtime;
    cpp_hold *self;

    if (cpp_instance_export(owner, 1) < 0)
        return NULL;
    self = PyObject_New(cpp_hold, CORE_TYPE(runtime->state, cpp_hold_type));
    if (self == NULL) {
        (void)cpp_instance_export(owner, -1);
        return NULL;
    }
    self->owner = Py_NewRef(owner);
    self->address = NULL;
    self->size = 0;
    self->array = NULL;
    CPP_MEMO_LOCK(runtime);
    self->next = runtime->holds;
    self->place = &runtime->holds;
    if (self->next != NULL)
        self->next->place = &self->next;
    runtime->holds = self;
    CPP_MEMO_UNLOCK(runtime);
    return (PyObject *)self;
}

static void hold_dealloc(PyObject *object)
{
    cpp_hold *self = (cpp_hold *)object;
    PyTypeObject *type = Py_TYPE(object);
    cpp_runtime *runtime = hold_runtime(self);

    CPP_MEMO_LOCK(runtime);
    *self->place = self->next;
    if (self->next != NULL)
        self->next->place = self->place;
    CPP_MEMO_UNLOCK(runtime);
    (void)cpp_instance_export(self->owner, -1);
    Py_DECREF(self->owner);
    PyObject_Free(self);
    Py_DECREF(type);
}

static int hold_get_buffer(PyObject *object, Py_buffer *view, int flags)
{
    cpp_hold *self = (cpp_hold *)object;

    if (cpp_instance_address((cpp_instance *)self->owner) == NULL) {
        view->obj = NULL;
        return -1;
    }
    return PyBuffer_FillInfo(view, object, self->address, self->size, 0, flags);
}

PyObject *cpp_hold_array(struct ctype *type, char *address, Py_ssize_t size, PyObject *owner)
{
    cpp_hold *self = (cpp_hold *)cpp_hold_new(owner);
    PyObject *array;

    if (self == NULL)
        return NULL;
    self->address = address;
    self->size = size;
    array = cdata_new_from_buffer(type, (PyObject *)self, 0);
    self->array = array;
    Py_DECREF(self);
    return array;
}

/* Whether the memory of `object` lies in that of `whole`, by their proxies. */
static int hold_is_of(PyObject *object, cpp_instance *whole)
{
    cpp_instance *each = (cpp_instance *)object;

    while (each != whole && (each->flags & CPP_INNER))
        each = (cpp_instance *)each->lifeline;
    return each == whole;
}

COMPAT_NOINLINE void cpp_hold_empty(cpp_instance *owner)
{
    for (cpp_hold *hold = cpp_instance_class((PyObject *)owner)->runtime->holds; hold != NULL; hold = hold->next) {
        if (hold->array != NULL && hold_is_of(hold->owner, owner))
            cdata_lender_empty(hold->array);
    }
}

/* (object): nobody moves its items as long as what comes back lives. */
static PyObject *hold_make(PyObject *module, PyObject *object)
{
    if (!cpp_class_check(core_state_of(module), Py_TYPE(object)))
        return PyErr_Format(PyExc_TypeError, "a C++ object is needed, not '%s'", Py_TYPE(object)->tp_name);
    return cpp_hold_new(object);
}

static PyType_Slot hold_slots[] = {
    {Py_tp_dealloc, (void *)hold_dealloc},
    {Py_bf_getbuffer, (void *)hold_get_buffer},
    COMPAT_NO_NEW_SLOT
    {0, NULL},
};

static PyType_Spec hold_spec = {
    .name = "_cffi_like.CppHold",
    .basicsize = sizeof(cpp_hold),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = hold_slots,
};

static PyMethodDef hold_functions[] = {
    {"cpp_hold", hold_make, METH_O, "An object that counts as a view of a C++ object: nobody moves its items while it lives."},
    {NULL, NULL, 0, NULL},
};

int cpp_hold_init(PyObject *module, core_state *state)
{
    state->cpp_hold_type = PyType_FromModuleAndSpec(module, &hold_spec, NULL);
    return state->cpp_hold_type == NULL ? -1 : PyModule_AddFunctions(module, hold_functions);
}

/* compiled_variable.c: a global variable of a compiled module, as compiled_lib.c keeps it
   in the dict of a `lib`: C may change it, so each access reads or writes. */
#include "core.h"
#include "compiled.h"
#include "call.h"
#include "cdata.h"
#include "convert.h"

void *compiled_variable_address(compiled_variable *self)
{
    void *address;

    /* Asked for at each access: the variable may be a macro, or one for each thread. */
    call_restore_errno();
    address = self->address(self->index);
    call_save_errno();
    if (address == NULL)
        Py_XDECREF(compiled_in_python("refuse_null", self->name, NULL));
    return address;
}

PyObject *compiled_variable_read(compiled_variable *self, PyObject *lib)
{
    void *address;

    if (self->property != NULL)
        return PyObject_CallMethod(self->property, "fget", "O", lib);
    address = compiled_variable_address(self);
    if (address == NULL)
        return NULL;
    return self->is_open ? cdata_new_view(self->pointer, address)
                         : convert_load(self->type, address);
}

int compiled_variable_write(compiled_variable *self, PyObject *lib, PyObject *value)
{
    PyObject *setter, *done;
    void *address;

    if (self->property != NULL) {
        setter = PyObject_GetAttrString(self->property, "fset");
        if (setter == NULL)
            return -1;
        if (setter != Py_None) {
            done = PyObject_CallFunctionObjArgs(setter, lib, value, NULL);
            Py_DECREF(setter);
            Py_XDECREF(done);
            return done == NULL ? -1 : 0;
        }
        Py_DECREF(setter);
    }
    if (self->read_only || self->property != NULL) {
        PyErr_Format(PyExc_AttributeError, "cannot write to function or constant '%U'", self->name);
        return -1;
    }
    address = compiled_variable_address(self);
    return address == NULL ? -1 : convert_store(self->type, address, value);
}

static int compiled_variable_traverse(PyObject *object, visitproc visit, void *arg)
{
    compiled_variable *self = (compiled_variable *)object;

    Py_VISIT(Py_TYPE(object));
    Py_VISIT(self->type);
    Py_VISIT(self->pointer);
    Py_VISIT(self->property);
    return 0;
}

static int compiled_variable_clear(PyObject *object)
{
    Py_CLEAR(((compiled_variable *)object)->property);
    return 0;
}

static void compiled_variable_dealloc(PyObject *object)
{
    compiled_variable *self = (compiled_variable *)object;
    PyTypeObject *type = Py_TYPE(object);

    PyObject_GC_UnTrack(object);
    Py_XDECREF(self->type);
    Py_XDECREF(self->pointer);
    Py_XDECREF(self->property);
    Py_XDECREF(self->name);
    type->tp_free(object);
    Py_DECREF(type);
}

static PyType_Slot compiled_variable_slots[] = {
    {Py_tp_doc, (void *)PyDoc_STR("A global variable of C, in the __dict__ of a `lib`.")},
    {Py_tp_dealloc, (void *)compiled_variable_dealloc},
    {Py_tp_traverse, (void *)compiled_variable_traverse},
    {Py_tp_clear, (void *)compiled_variable_clear},
    COMPAT_NO_NEW_SLOT
    {0, NULL},
};

static PyType_Spec compiled_variable_spec = {
    .name = CORE_TYPE_NAME("__FFIGlobSupport"),
    .basicsize = sizeof(compiled_variable),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION |
             Py_TPFLAGS_IMMUTABLETYPE,
    .slots = compiled_variable_slots,
};

compiled_variable *compiled_new_variable(compiled_reader *reader, PyObject *name)
{
    PyTypeObject *type = CORE_NEED_TYPE(reader->state, compiled_variable_type,
                                        &compiled_variable_spec, NULL);
    compiled_variable *self = type == NULL ? NULL : (compiled_variable *)type->tp_alloc(type, 0);

    if (self != NULL) {
        self->name = Py_NewRef(name);
        self->address = reader->symbols->address;
    }
    return self;
}

/* code_table.is_const */
static int compiled_is_const(compiled_code code)
{
    while (code.at < code.end && *code.at == 'A')
        (void)compiled_part(&code, '_');
    if (code.at == code.end)
        return 0;
    if (*code.at == 'Q') {
        compiled_code letters = compiled_part(&code, '_');

        return memchr(letters.at, 'c', (size_t)(letters.end - letters.at)) != NULL;
    }
    return *code.at == 'K';
}

/* type|location; gives up, or has an error. */
compiled_variable *compiled_make_variable(compiled_reader *reader, PyObject *name,
                                          compiled_code entry)
{
    char buffer[COMPILED_LONGEST_CODE];
    compiled_code code = entry;
    unsigned long long size;
    compiled_variable *self;
    long first = entry.index[1] + 1;

    code = compiled_part(&code, '|');
    if (entry.count != 2 || compiled_number(reader, entry.index[1], &size) < 0 ||
        compiled_with_lengths(reader, &code, &first, buffer) < 0)
        return NULL;
    self = compiled_new_variable(reader, name);
    if (self == NULL)
        return NULL;
    self->index = (int)entry.index[0];
    self->type = compiled_type(reader, code);
    if (self->type == NULL)
        goto failed;
    self->is_open = self->type->kind == CTYPE_ARRAY && self->type->u.array.length < 0;
    self->read_only = compiled_is_const(code) || self->is_open;
    if ((!self->is_open && self->type->size < 0) ||
        (size != 0 && (unsigned long long)self->type->size != size))
        goto failed;
    self->pointer = self->is_open
                        ? (ctype *)Py_NewRef((PyObject *)self->type->u.array.pointer)
                        : ctype_new_pointer(self->type);
    if (self->pointer != NULL)
        return self;
failed:
    Py_DECREF(self);
    return NULL;
}

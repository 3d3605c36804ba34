/* module.c: the module `_cffi_like`: its state and its set-up.

   Multi-phase initialisation (PEP 489), so every interpreter gets its own
   module and its own state.  Knows the parts by the lists in core.h, and what opens
   compiled modules: a NAME.py gets that and no more, which keeps its import short. */
#include "core.h"
#include "cdata_spare.h"
#include "cdata.h"
#include "compiled.h"
#include "callback_gil.h"
#include "cpp_runtime.h"

#define MODULE_INIT_PART(name)          \
    if (name##_init(module, state) < 0) \
        return -1;
#define MODULE_OFFER_PART(name)          \
    if (name##_offer(module, state) < 0) \
        return -1;

/* --- types ----------------------------------------------------------------- */

/* No Python class derives from a CData type.  One that is made from a spec needs bases that
   allow it, so they do for that moment. */
static PyObject *module_new_type(PyObject *module, PyType_Spec *spec, PyObject *base)
{
    PyObject *bases = base == NULL ? NULL : PyTuple_Pack(1, base), *type = NULL;
    PyTypeObject *open = (PyTypeObject *)base;
    unsigned long sealed = open == NULL ? 0 : ~open->tp_flags & Py_TPFLAGS_BASETYPE;

    if (sealed)
        open->tp_flags |= Py_TPFLAGS_BASETYPE;
    if (base == NULL || bases != NULL)
        type = PyType_FromModuleAndSpec(module, spec, bases);
    if (sealed)
        open->tp_flags &= ~Py_TPFLAGS_BASETYPE;
    Py_XDECREF(bases);
    return type;
}

PyTypeObject *core_make_type(core_state *state, PyObject **slot, PyType_Spec *spec, PyObject *base)
{
    PyObject *type = NULL;
    int made;

    Py_BEGIN_CRITICAL_SECTION(state->module);
    made = *slot != NULL;
    if (!made && (type = module_new_type(state->module, spec, base)) != NULL) {
        made = 1;
        /* The collector may have run code that needed it, too. */
        if (*slot == NULL) {
#ifdef Py_GIL_DISABLED
            __atomic_store_n(slot, Py_NewRef(type), __ATOMIC_RELEASE);
#else
            *slot = Py_NewRef(type);
#endif
        }
    }
    Py_END_CRITICAL_SECTION();
    Py_XDECREF(type);
    return made ? (PyTypeObject *)*slot : NULL;
}

int core_publish_type(core_state *state, PyTypeObject *type)
{
    const char *name = type == NULL ? NULL : strrchr(type->tp_name, '.');

    if (type == NULL)
        return -1;
    return PyModule_AddObjectRef(state->module, name == NULL ? type->tp_name : name + 1,
                                 (PyObject *)type);
}

/* --- the parts ------------------------------------------------------------- */

static int module_init_cpp(PyObject *module, core_state *state)
{
    CORE_CPP_PARTS(MODULE_INIT_PART)
    return 0;
}

/* What only cppbind needs; making it takes a good part of the time to load the core. */
static PyObject *module_start_cpp(PyObject *module, PyObject *Py_UNUSED(ignored))
{
    core_state *state = core_state_of(module);

    if (state->cpp_instance_type != NULL)
        Py_RETURN_NONE;
    if (module_init_cpp(module, state) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyMethodDef module_functions[] = {
    {"start_cpp", module_start_cpp, METH_NOARGS,
     PyDoc_STR("start_cpp()\n--\n\nAdds what cppbind needs; once more does nothing.")},
    {NULL, NULL, 0, NULL},
};

/* Two threads may do it at a time: the same objects are entered. */
static int module_publish(PyObject *module, core_state *state)
{
    if (state->published)
        return 0;
    CORE_PARTS(MODULE_OFFER_PART)
    if (PyModule_AddFunctions(module, module_functions) < 0)
        return -1;
    state->published = 1;
    return 0;
}

/* --- what importing it gives ----------------------------------------------- */

/* The hook of PEP 562, for what the module does not have yet. */
static PyObject *module_getattr(PyObject *module, PyObject *name)
{
    core_state *state = core_state_of(module);
    const char *text = PyUnicode_Check(name) ? PyUnicode_AsUTF8(name) : NULL;
    size_t length = text == NULL ? 0 : strlen(text);
    PyObject *value = NULL;

    if (PyErr_Occurred())
        return NULL;
    /* `from _cffi_like import open_api` asks for __path__; `import *` begins with __all__. */
    if (length > 4 && strncmp(text, "__", 2) == 0 && strcmp(text + length - 2, "__") == 0 &&
        strcmp(text, "__all__") != 0)
        state = NULL;
    if (state != NULL && module_publish(module, state) < 0)
        return NULL;
    if (state != NULL)
        value = compat_dict_get(PyModule_GetDict(module), name);
    if (value == NULL && !PyErr_Occurred())
        PyErr_Format(PyExc_AttributeError, "module '_cffi_like' has no attribute '%U'", name);
    return value;
}

static PyObject *module_dir(PyObject *module, PyObject *Py_UNUSED(ignored))
{
    return module_publish(module, core_state_of(module)) < 0 ? NULL
                                                             : PyDict_Keys(PyModule_GetDict(module));
}

static PyMethodDef module_first_functions[] = {
    {"__getattr__", module_getattr, METH_O, NULL},
    {"__dir__", module_dir, METH_NOARGS, NULL},
    {"open_api", compiled_open_api, METH_VARARGS, compiled_open_api_doc},
    {"open_abi", compiled_open_abi, METH_VARARGS, compiled_open_abi_doc},
    {NULL, NULL, 0, NULL},
};

static int module_exec(PyObject *module)
{
    core_state *state = core_state_of(module);

    state->module = module;
    state->interpreter = PyInterpreterState_Get();
    if (state->interpreter != PyInterpreterState_Main())
        __atomic_store_n(&callback_gil_many, 1, __ATOMIC_RELAXED);
    CORE_FIRST_PARTS(MODULE_INIT_PART)
    return PyModule_AddFunctions(module, module_first_functions);
}

static int module_traverse(PyObject *module, visitproc visit, void *arg)
{
    core_state *state = core_state_of(module);

    if (state == NULL)
        return 0;
#define MODULE_VISIT(name) Py_VISIT(state->name);
    CORE_STATE_OBJECTS(MODULE_VISIT)
#undef MODULE_VISIT
    return 0;
}

static int module_clear(PyObject *module)
{
    core_state *state = core_state_of(module);

    if (state == NULL)
        return 0;
    cpp_runtime_end(state);
#define MODULE_CLEAR(name) Py_CLEAR(state->name);
    CORE_STATE_OBJECTS(MODULE_CLEAR)
#undef MODULE_CLEAR
    return 0;
}

static void module_free(void *module)
{
    (void)module_clear((PyObject *)module);
    if (core_state_of((PyObject *)module) != NULL)
        cdata_spare_clear(core_state_of((PyObject *)module));
}

static PyModuleDef_Slot module_slots[] = {
    {Py_mod_exec, (void *)module_exec},
#ifdef Py_mod_multiple_interpreters
    {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
#endif
#ifdef Py_mod_gil
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, NULL},
};

static struct PyModuleDef module_definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_cffi_like",
    .m_doc = "The core of cffi_like and cppbind: C types, C data and calls.",
    .m_size = sizeof(core_state),
    .m_slots = module_slots,
    .m_traverse = module_traverse,
    .m_clear = module_clear,
    .m_free = module_free,
};

PyMODINIT_FUNC PyInit__cffi_like(void)
{
    return PyModuleDef_Init(&module_definition);
}

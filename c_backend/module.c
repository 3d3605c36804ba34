/* module.c: the module `_cffi_like`: its state and its set-up.

   Multi-phase initialisation (PEP 489), so every interpreter gets its own
   module and its own state.  Knows the parts by the lists in core.h only. */
#include "core.h"
#include "cdata_spare.h"
#include "cdata.h"

#define MODULE_INIT_PART(name)          \
    if (name##_init(module, state) < 0) \
        return -1;

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

static int module_exec(PyObject *module)
{
    core_state *state = core_state_of(module);

    state->module = module;
    state->interpreter = PyInterpreterState_Get();
    CORE_PARTS(MODULE_INIT_PART)
    cdata_seal(state);
    return PyModule_AddFunctions(module, module_functions);
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

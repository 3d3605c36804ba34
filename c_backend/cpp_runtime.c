/* cpp_runtime.c: the table of proxies and the hooks into cppbind/runtime.

   The table is open addressing with linear probing and deletion by shifting
   back, so it needs no tombstones.  Knows classes only to compare them. */
#include "cpp_runtime.h"
#include "cpp_class.h"
#include "cpp_instance.h"
#include "cpp_native.h"
#include "cpp_guard.h"
#include "cpp_signals.h"
#include "cpp_regulator.h"
#include "callback_gil.h"
#include "cpp_enter.h"

#define CPP_RUNTIME_CAPSULE "_cffi_like.cpp_runtime"
#define CPP_TABLE_FIRST_BITS 8

#ifdef Py_GIL_DISABLED
#  define TABLE_LOCK(runtime) PyMutex_Lock(&(runtime)->table_lock)
#  define TABLE_UNLOCK(runtime) PyMutex_Unlock(&(runtime)->table_lock)
#else
#  define TABLE_LOCK(runtime) ((void)(runtime))
#  define TABLE_UNLOCK(runtime) ((void)(runtime))
#endif

/* ---- a weak reference's worth of care -------------------------------------- */

/* A proxy whose count has fallen to zero is about to leave the table; it must not be
   taken up again: its weak references' callbacks look for it, its attributes'
   finalizers, and other threads. */
static int runtime_try_incref(PyObject *object)
{
#if !defined(Py_GIL_DISABLED)
    if (COMPAT_UNLIKELY(Py_REFCNT(object) == 0))
        return 0;
    Py_INCREF(object);
    return 1;
#elif PY_VERSION_HEX >= 0x030e0000
    return PyUnstable_TryIncRef(object);
#else
    uint32_t local = __atomic_load_n(&object->ob_ref_local, __ATOMIC_RELAXED);
    if (local == _Py_IMMORTAL_REFCNT_LOCAL)
        return 1;
    if (_Py_IsOwnedByCurrentThread(object)) {
        __atomic_store_n(&object->ob_ref_local, local + 1, __ATOMIC_RELAXED);
        return 1;
    }
    Py_ssize_t shared = __atomic_load_n(&object->ob_ref_shared, __ATOMIC_RELAXED);
    for (;;) {
        if (shared == 0 || shared == _Py_REF_MERGED)
            return 0;
        if (__atomic_compare_exchange_n(&object->ob_ref_shared, &shared,
                                        shared + ((Py_ssize_t)1 << _Py_REF_SHARED_SHIFT), 0,
                                        __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
            return 1;
    }
#endif
}

static void runtime_enable_try_incref(PyObject *object)
{
#if !defined(Py_GIL_DISABLED)
    (void)object;
#elif PY_VERSION_HEX >= 0x030e0000
    PyUnstable_EnableTryIncRef(object);
#else
    Py_ssize_t shared = 0;
    __atomic_compare_exchange_n(&object->ob_ref_shared, &shared, _Py_REF_MAYBE_WEAKREF, 0,
                                __ATOMIC_RELAXED, __ATOMIC_RELAXED);
#endif
}

/* ---- the table --------------------------------------------------------------- */

static inline PyTypeObject *table_class_of(PyObject *proxy)
{
    return (PyTypeObject *)((cpp_class *)Py_TYPE(proxy))->cxx;
}

static int table_resize(cpp_table *table, int bits)
{
    size_t size = (size_t)1 << bits;
    cpp_table_entry *entries = PyMem_RawCalloc(size, sizeof(cpp_table_entry));
    cpp_table bigger = {entries, size - 1, table->used, 64 - bits};

    if (entries == NULL)
        return -1;
    if (table->entries != NULL) {
        for (size_t i = 0; i <= table->mask; i++) {
            cpp_table_entry entry = table->entries[i];
            if (entry.address == NULL)
                continue;
            size_t at = cpp_runtime_place(&bigger, entry.address);
            while (entries[at].address != NULL)
                at = (at + 1) & bigger.mask;
            entries[at] = entry;
        }
        PyMem_RawFree(table->entries);
    }
    *table = bigger;
    return 0;
}

int cpp_runtime_remember(cpp_runtime *runtime, void *address, PyObject *proxy)
{
    cpp_table *table = &runtime->table;
    int status = 0;

    runtime_enable_try_incref(proxy);
    TABLE_LOCK(runtime);
    if ((table->used + 1) * 2 > table->mask && table_resize(table, 64 - table->shift + 1) < 0) {
        status = -1;
        goto done;
    }
    size_t at = cpp_runtime_place(table, address);
    for (; table->entries[at].address != NULL; at = (at + 1) & table->mask) {
        if (table->entries[at].address == address &&
            table_class_of(table->entries[at].proxy) == table_class_of(proxy))
            break;
    }
    table->used += table->entries[at].address == NULL;
    table->entries[at].address = address;
    table->entries[at].proxy = proxy;
done:
    TABLE_UNLOCK(runtime);
    if (status < 0)
        PyErr_NoMemory();
    else if (COMPAT_UNLIKELY(runtime->regulator != NULL))
        cpp_regulator_tell(runtime->regulator, 1, address, table_class_of(proxy));
    return status;
}

void cpp_runtime_forget(cpp_runtime *runtime, void *address, PyObject *proxy)
{
    cpp_table *table = &runtime->table;

    if (COMPAT_UNLIKELY(runtime->regulator != NULL))
        cpp_regulator_tell(runtime->regulator, 0, address, table_class_of(proxy));

    TABLE_LOCK(runtime);
    size_t at = cpp_runtime_place(table, address);
    for (; table->entries[at].address != NULL; at = (at + 1) & table->mask) {
        if (table->entries[at].proxy == proxy && table->entries[at].address == address)
            break;
    }
    if (table->entries[at].address != NULL) {
        /* Shift back whatever could not be found past the hole. */
        for (size_t next = (at + 1) & table->mask; table->entries[next].address != NULL;
             next = (next + 1) & table->mask) {
            size_t home = cpp_runtime_place(table, table->entries[next].address);
            if (((next - home) & table->mask) >= ((next - at) & table->mask)) {
                table->entries[at] = table->entries[next];
                at = next;
            }
        }
        table->entries[at].address = NULL;
        table->entries[at].proxy = NULL;
        table->used--;
    }
    TABLE_UNLOCK(runtime);
}

PyObject *cpp_runtime_find(cpp_runtime *runtime, void *address, PyTypeObject *cxx, int *is_going)
{
    cpp_table *table = &runtime->table;
    PyObject *found = NULL;

    *is_going = 0;
    TABLE_LOCK(runtime);
    for (size_t at = cpp_runtime_place(table, address); table->entries[at].address != NULL;
         at = (at + 1) & table->mask) {
        cpp_table_entry *entry = &table->entries[at];
        if (entry->address != address)
            continue;
        if (table_class_of(entry->proxy) == cxx && runtime_try_incref(entry->proxy)) {
            found = entry->proxy;
            break;
        }
        *is_going |= Py_REFCNT(entry->proxy) == 0 && (((cpp_instance *)entry->proxy)->flags & CPP_OWNED);
    }
    TABLE_UNLOCK(runtime);
    return found;
}

PyObject *cpp_runtime_list(cpp_runtime *runtime, void *address)
{
    cpp_table *table = &runtime->table;
    PyObject *list = PyList_New(0);
    int failed = list == NULL;

    TABLE_LOCK(runtime);
    /* Collected first: growing a list can run the garbage collector, which changes the table. */
    PyObject **found = PyMem_RawMalloc((table->used + 1) * sizeof *found);
    size_t count = 0;
    for (size_t at = 0; found != NULL && at <= table->mask; at++) {
        cpp_table_entry *entry = &table->entries[at];
        if (entry->address != NULL && (address == NULL || entry->address == address) && runtime_try_incref(entry->proxy))
            found[count++] = entry->proxy;
    }
    TABLE_UNLOCK(runtime);
    failed |= found == NULL;
    for (size_t i = 0; i < count; i++) {
        failed |= !failed && PyList_Append(list, found[i]) < 0;
        Py_DECREF(found[i]);
    }
    if (found == NULL && list != NULL)
        PyErr_NoMemory();
    PyMem_RawFree(found);
    if (failed)
        Py_CLEAR(list);
    return list;
}

struct cpp_class *cpp_runtime_find_director(cpp_runtime *runtime, void *address)
{
    cpp_table *table = &runtime->table;
    cpp_class *found = NULL;

    TABLE_LOCK(runtime);
    for (size_t at = cpp_runtime_place(table, address); found == NULL && table->entries[at].address != NULL;
         at = (at + 1) & table->mask) {
        if (table->entries[at].address == address) {
            found = (cpp_class *)table_class_of(table->entries[at].proxy);
            if (found->director == NULL)
                found = NULL;
        }
    }
    TABLE_UNLOCK(runtime);
    return found;
}

/* ---- the runtime ------------------------------------------------------------- */

cpp_runtime *cpp_runtime_of(core_state *state)
{
    if (state->cpp_instances == NULL) {
        PyErr_SetString(PyExc_RuntimeError, "the C++ run time of this interpreter is shut down");
        return NULL;
    }
    return PyCapsule_GetPointer(state->cpp_instances, CPP_RUNTIME_CAPSULE);
}

void cpp_runtime_end(core_state *state)
{
    cpp_runtime *runtime = state->cpp_instances == NULL ? NULL : PyCapsule_GetPointer(state->cpp_instances, CPP_RUNTIME_CAPSULE);

    if (runtime != NULL)
        runtime->end = CPP_END_COMPLETE;
}

static void runtime_free(PyObject *capsule)
{
    cpp_runtime *runtime = PyCapsule_GetPointer(capsule, CPP_RUNTIME_CAPSULE);

    if (runtime == NULL)
        return;
#define RUNTIME_DROP_HOOK(name) Py_CLEAR(runtime->name);
    CPP_HOOKS(RUNTIME_DROP_HOOK)
#undef RUNTIME_DROP_HOOK
#ifndef Py_GIL_DISABLED
    while (runtime->spare_count > 0)
        PyObject_Free(runtime->spare[--runtime->spare_count]);
#endif
    for (int i = 0; i < CPP_SMALL_COUNT; i++)
        Py_XDECREF(runtime->small[i]);
    cpp_regulator_free(runtime->regulator);
    PyMem_RawFree(runtime->table.entries);
    PyMem_RawFree(runtime);
}

static PyObject *runtime_set_hooks(PyObject *module, PyObject *args, PyObject *keywords)
{
    cpp_runtime *runtime = cpp_runtime_of(core_state_of(module));
    PyObject *key, *value;
    Py_ssize_t position = 0;

    if (runtime == NULL)
        return NULL;
    if (PyTuple_GET_SIZE(args) != 0 || keywords == NULL) {
        PyErr_SetString(PyExc_TypeError, "cpp_set_hooks() takes keyword arguments only");
        return NULL;
    }
    while (PyDict_Next(keywords, &position, &key, &value)) {
        PyObject **place = NULL;
#define RUNTIME_NAME_HOOK(name)                            \
        if (PyUnicode_CompareWithASCIIString(key, #name) == 0) \
            place = &runtime->name;
        CPP_HOOKS(RUNTIME_NAME_HOOK)
#undef RUNTIME_NAME_HOOK
        if (place == NULL)
            return PyErr_Format(PyExc_TypeError, "cpp_set_hooks() has no hook %R", key);
        PyObject *old = *place;
        *place = Py_NewRef(value);
        Py_XDECREF(old);
    }
    Py_RETURN_NONE;
}

/* A dictionary was loaded: classes that were not known may be now. */
static PyObject *runtime_new_generation(PyObject *module, PyObject *Py_UNUSED(ignored))
{
    cpp_runtime *runtime = cpp_runtime_of(core_state_of(module));

    if (runtime == NULL)
        return NULL;
    runtime->generation++;
    Py_RETURN_NONE;
}

static PyObject *runtime_count(PyObject *module, PyObject *Py_UNUSED(ignored))
{
    cpp_runtime *runtime = cpp_runtime_of(core_state_of(module));

    return runtime == NULL ? NULL : PyLong_FromSize_t(runtime->table.used);
}

static PyObject *runtime_signals_policy(PyObject *Py_UNUSED(module), PyObject *wanted)
{
    int everywhere = PyObject_IsTrue(wanted);

    return everywhere < 0 ? NULL : PyBool_FromLong(cpp_signals_policy(everywhere));
}

static PyObject *runtime_memory_policy(PyObject *module, PyObject *wanted)
{
    cpp_runtime *runtime = cpp_runtime_of(core_state_of(module));
    int heuristics = PyObject_IsTrue(wanted), before;

    if (runtime == NULL || heuristics < 0)
        return NULL;
    before = runtime->heuristics;
    runtime->heuristics = heuristics;
    return PyBool_FromLong(before);
}

static PyMethodDef runtime_functions[] = {
    {"cpp_memory_policy", runtime_memory_policy, METH_O,
     "(bool) Whether C++ owns what it is given by a pointer to what is not const; what it was before."},
    {"cpp_signals_policy", runtime_signals_policy, METH_O,
     "(bool) Whether a signal in any C++ call is an exception; what it was before."},
    {"cpp_set_hooks", (PyCFunction)(void (*)(void))runtime_set_hooks, METH_VARARGS | METH_KEYWORDS,
     "Register the functions of cppbind/runtime that the C types call, by keyword."},
    {"cpp_new_generation", runtime_new_generation, METH_NOARGS,
     "After a dictionary was loaded: look for dynamic classes again."},
    {"cpp_proxy_count", runtime_count, METH_NOARGS, "How many live proxies the identity table holds."},
    {NULL, NULL, 0, NULL},
};

int cpp_runtime_init(PyObject *module, core_state *state)
{
    cpp_runtime *runtime = PyMem_RawCalloc(1, sizeof(cpp_runtime));

    if (runtime == NULL || table_resize(&runtime->table, CPP_TABLE_FIRST_BITS) < 0) {
        PyMem_RawFree(runtime);
        PyErr_NoMemory();
        return -1;
    }
    runtime->state = state;
    runtime->interpreter = state->interpreter;
    runtime->interpreter_id = PyInterpreterState_GetID(state->interpreter);
    state->cpp_instances = PyCapsule_New(runtime, CPP_RUNTIME_CAPSULE, runtime_free);
    if (state->cpp_instances == NULL) {
        PyMem_RawFree(runtime->table.entries);
        PyMem_RawFree(runtime);
        return -1;
    }
    for (int i = 0; i < CPP_SMALL_COUNT; i++) {
        runtime->small[i] = PyLong_FromLong(i + CPP_SMALL_FIRST);
        if (runtime->small[i] == NULL)
            return -1;
    }
    return cpp_enter_watch_end(module) < 0 ? -1 : PyModule_AddFunctions(module, runtime_functions);
}

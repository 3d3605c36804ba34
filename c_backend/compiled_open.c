/* compiled_open.c: opens a compiled module for its NAME.py.

   A module that is not as it should be is left to the Python reader
   (cffi_like/module_reader.py), which says what is wrong with it. */
#include "core.h"
#include "compiled.h"
#include "ffi_core.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef __ELF__
#  include <elf.h>
#endif

#define COMPILED_FORMAT 2       /* code_table.FORMAT */
#define COMPILED_VERSION 1      /* symbol_table.VERSION */
#define COMPILED_SEARCHES 16    /* as code_table.py */

/* ORDER: compiled_kind. */
static const char *const compiled_kind_names[] = {
    "records", "enums", "typedefs", "functions", "variables", "constants", "extern_python",
};
_Static_assert(sizeof compiled_kind_names / sizeof *compiled_kind_names == COMPILED_KIND_COUNT,
               "a name for each kind");

/* --- for the other files --------------------------------------------------- */

int compiled_lock(compiled_reader *reader)
{
    PyObject *done = PyObject_CallMethod(reader->lock, "acquire", NULL);

    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

void compiled_unlock(compiled_reader *reader)
{
    PyObject *type, *value, *traceback, *done;

    PyErr_Fetch(&type, &value, &traceback);
    done = PyObject_CallMethod(reader->lock, "release", NULL);
    if (done == NULL)
        PyErr_WriteUnraisable(reader->lock);
    Py_XDECREF(done);
    PyErr_Restore(type, value, traceback);
}

PyObject *compiled_in_python(const char *name, ...)
{
    PyObject *module = PyImport_ImportModule("cffi_like.module_reader");
    PyObject *arguments = module == NULL ? NULL : PyList_New(0), *tuple, *argument;
    PyObject *function = NULL, *result = NULL;
    int failed = arguments == NULL;
    va_list list;

    va_start(list, name);
    while (!failed && (argument = va_arg(list, PyObject *)) != NULL)
        failed = PyList_Append(arguments, argument) < 0;
    va_end(list);
    if (!failed && (function = PyObject_GetAttrString(module, name)) != NULL &&
        (tuple = PyList_AsTuple(arguments)) != NULL) {
        result = PyObject_CallObject(function, tuple);
        Py_DECREF(tuple);
    }
    Py_XDECREF(function);
    Py_XDECREF(arguments);
    Py_XDECREF(module);
    return result;
}

/* The same of an ABI-mode module. */
static PyObject *compiled_new_abi_state(compiled_reader *reader)
{
    Py_ssize_t count = PyTuple_GET_SIZE(reader->peers);
    PyObject *peers = PyTuple_New(count), *state = NULL;

    for (Py_ssize_t i = 0; peers != NULL && i < count; i++) {
        PyObject *peer = compiled_python_state((compiled_reader *)PyTuple_GET_ITEM(reader->peers, i));

        if (peer == NULL)
            Py_CLEAR(peers);
        else
            PyTuple_SET_ITEM(peers, i, Py_NewRef(peer));
    }
    if (peers != NULL && reader->ffi != NULL)
        state = compiled_in_python("new_abi_state", reader->tables, peers, reader->types,
                                   reader->lock, reader->ffi, NULL);
    else if (peers != NULL)
        PyErr_SetString(PyExc_RuntimeError, "the 'ffi' of this module is gone");
    Py_XDECREF(peers);
    return state;
}

static PyObject *compiled_new_api_state(compiled_reader *reader)
{
    PyObject *fingerprint, *flags, *libs, *state = NULL;
    Py_ssize_t count = PyTuple_GET_SIZE(reader->peers);

    fingerprint = PyLong_FromUnsignedLongLong(reader->fingerprint);
    flags = PyLong_FromLong(reader->flags);
    libs = PyTuple_New(count);
    for (Py_ssize_t i = 0; libs != NULL && i < count; i++) {
        compiled_reader *peer = (compiled_reader *)PyTuple_GET_ITEM(reader->peers, i);

        PyTuple_SET_ITEM(libs, i, Py_NewRef(peer->lib == NULL ? Py_None : peer->lib));
    }
    if (fingerprint != NULL && flags != NULL && libs != NULL)
        state = compiled_in_python("new_state", reader->module_name, reader->path, fingerprint,
                                   flags, reader->tables, libs, reader->types, reader->lock,
                                   reader->ffi, NULL);
    Py_XDECREF(fingerprint);
    Py_XDECREF(flags);
    Py_XDECREF(libs);
    return state;
}

PyObject *compiled_python_state(compiled_reader *reader)
{
    PyObject *state;

    if (reader->python != NULL)
        return reader->python;
    state = reader->symbols == NULL ? compiled_new_abi_state(reader)
                                    : compiled_new_api_state(reader);
    if (state != NULL && reader->python == NULL)
        reader->python = Py_NewRef(state);
    Py_XDECREF(state);
    return state == NULL ? NULL : reader->python;
}

int compiled_number(compiled_reader *reader, long index, unsigned long long *value)
{
    const compiled_symbols *symbols = reader->symbols;

    if (symbols == NULL || index < 0 || (unsigned long)index >= symbols->number_count)
        return -1;
    *value = symbols->numbers[index];
    return 0;
}

int compiled_integer(compiled_reader *reader, long index, PyObject **value)
{
    unsigned long long number = 0;
    int found;

    if (reader->symbols == NULL || index < 0 || index > INT_MAX)
        return -1;
    found = reader->symbols->constant((int)index, &number);
    if (found < 0)
        return -1;
    *value = found > 0 ? PyLong_FromLongLong((long long)number)
                       : PyLong_FromUnsignedLongLong(number);
    return *value == NULL ? -1 : 0;
}

/* --- the reader as an object ----------------------------------------------- */

static int compiled_open_traverse(PyObject *object, visitproc visit, void *arg)
{
    compiled_reader *self = (compiled_reader *)object;

    Py_VISIT(Py_TYPE(object));
    Py_VISIT(self->module);
    Py_VISIT(self->tables);
    Py_VISIT(self->peers);
    Py_VISIT(self->types);
    Py_VISIT(self->enumerators);
    Py_VISIT(self->ffi);
    Py_VISIT(self->lib);
    Py_VISIT(self->python);
    Py_VISIT(self->undo);
    return 0;
}

/* What `ffi` and `lib` reach the reader by is cleared with them: it need not work on. */
static int compiled_open_clear(PyObject *object)
{
    compiled_reader *self = (compiled_reader *)object;

    Py_CLEAR(self->ffi);
    Py_CLEAR(self->lib);
    Py_CLEAR(self->python);
    return 0;
}

static void compiled_open_dealloc(PyObject *object)
{
    compiled_reader *self = (compiled_reader *)object;
    PyTypeObject *type = Py_TYPE(object);

    PyObject_GC_UnTrack(object);
    (void)compiled_open_clear(object);
    Py_XDECREF(self->module);
    Py_XDECREF(self->module_name);
    Py_XDECREF(self->path);
    Py_XDECREF(self->tables);
    Py_XDECREF(self->peers);
    Py_XDECREF(self->types);
    Py_XDECREF(self->lock);
    Py_XDECREF(self->enumerators);
    Py_XDECREF(self->undo);
    PyMem_Free(self->pending);
    for (int kind = 0; kind < COMPILED_KIND_COUNT; kind++)
        compiled_text_clear(&self->texts[kind]);
    type->tp_free(object);
    Py_DECREF(type);
}

static PyType_Slot compiled_open_slots[] = {
    {Py_tp_doc, (void *)PyDoc_STR("What the `ffi` and `lib` of a compiled module share.")},
    {Py_tp_dealloc, (void *)compiled_open_dealloc},
    {Py_tp_traverse, (void *)compiled_open_traverse},
    {Py_tp_clear, (void *)compiled_open_clear},
    COMPAT_NO_NEW_SLOT
    {0, NULL},
};

static PyType_Spec compiled_open_spec = {
    .name = CORE_TYPE_NAME("_CompiledReader"),
    .basicsize = sizeof(compiled_reader),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION |
             Py_TPFLAGS_IMMUTABLETYPE,
    .slots = compiled_open_slots,
};

/* --- what NAME.py says ----------------------------------------------------- */

/* The tables' texts.  0, or -1: gives up, or has an error. */
static int compiled_read_tables(compiled_reader *self)
{
    for (int kind = 0; kind < COMPILED_KIND_COUNT; kind++) {
        PyObject *text = PyDict_GetItemString(self->tables, compiled_kind_names[kind]);
        Py_ssize_t length;

        if (text == NULL)
            continue;
        if (!PyUnicode_CheckExact(text))
            return -1;
        self->texts[kind].start = PyUnicode_AsUTF8AndSize(text, &length);
        if (self->texts[kind].start == NULL)
            return -1;
        self->texts[kind].length = (size_t)length;
        self->texts[kind].searches = COMPILED_SEARCHES;
        self->texts[kind].owner = Py_NewRef(text);
    }
    return 0;
}

/* The reader of a module; borrowed, or NULL, with AttributeError where the module is of the
   other mode. */
static compiled_reader *compiled_read_module(core_state *state, PyObject *module, int in_abi_mode)
{
    PyObject *object = PyObject_GetAttrString(module, in_abi_mode ? "ffi" : "lib");
    compiled_reader *reader = NULL;

    if (object == NULL)
        return NULL;
    if (!in_abi_mode)
        reader = COMPILED_LIB_CHECK(state, object) ? compiled_lib_reader(object) : NULL;
    else if (PyObject_TypeCheck(object, CORE_TYPE(state, ffi_core_type)))
        reader = ((ffi_core *)object)->reader;
    Py_DECREF(object);          /* the module has it, and it the reader */
    return reader != NULL && (reader->symbols == NULL) == in_abi_mode ? reader : NULL;
}

/* The readers of the modules called `names`, which are imported.  New tuple; NULL: gives up,
   or has an error. */
static PyObject *compiled_read_includes(core_state *state, PyObject *names, int in_abi_mode)
{
    PyObject *peers = PyList_New(0), *tuple = NULL;
    Py_ssize_t count = PyTuple_GET_SIZE(names);
    int failed = peers == NULL;

    for (Py_ssize_t i = 0; i < count && !failed; i++) {
        PyObject *name = PyTuple_GET_ITEM(names, i);
        PyObject *module = PyUnicode_Check(name) ? PyImport_Import(name) : NULL;
        compiled_reader *reader;

        /* Of a dotted name that is the package. */
        Py_XDECREF(module);
        module = module == NULL ? NULL : PyImport_GetModule(name);
        reader = module == NULL ? NULL : compiled_read_module(state, module, in_abi_mode);
        if (reader != NULL)
            failed = PyList_Append(peers, (PyObject *)reader) < 0;
        else
            failed = in_abi_mode || module == NULL || !PyErr_ExceptionMatches(PyExc_AttributeError);
        if (!failed)
            PyErr_Clear();
        Py_XDECREF(module);
    }
    if (!failed)
        tuple = PyList_AsTuple(peers);
    Py_XDECREF(peers);
    return tuple;
}

static PyObject *compiled_new_lock(void)
{
    PyObject *module = PyImport_ImportModule("_thread"), *lock = NULL;

    if (module != NULL)
        lock = PyObject_CallMethod(module, "RLock", NULL);
    Py_XDECREF(module);
    return lock;
}

/* `includes` NULL: none. */
static compiled_reader *compiled_new_reader(core_state *state, PyObject *module_name,
                                            PyObject *tables, PyObject *includes,
                                            int in_abi_mode)
{
    PyTypeObject *type = CORE_TYPE(state, compiled_reader_type);
    compiled_reader *self = (compiled_reader *)type->tp_alloc(type, 0);

    if (self == NULL)
        return NULL;
    self->state = state;
    self->module = Py_NewRef(state->module);
    self->module_name = Py_NewRef(module_name);
    self->tables = Py_NewRef(tables);
    self->types = PyDict_New();
    self->lock = compiled_new_lock();
    self->peers = includes == NULL ? PyTuple_New(0)
                                   : compiled_read_includes(state, includes, in_abi_mode);
    if (self->types == NULL || self->lock == NULL || self->peers == NULL ||
        compiled_read_tables(self) < 0)
        Py_CLEAR(self);
    return self;
}

/* --- the library ----------------------------------------------------------- */

#if defined(__ELF__) && UINTPTR_MAX > 0xffffffffu
#  if defined(__x86_64__)
#    define COMPILED_MACHINE EM_X86_64
#  elif defined(__aarch64__)
#    define COMPILED_MACHINE EM_AARCH64
#  elif defined(__s390x__)
#    define COMPILED_MACHINE EM_S390
#  elif defined(__powerpc64__)
#    define COMPILED_MACHINE EM_PPC64
#  elif defined(__riscv)
#    define COMPILED_MACHINE EM_RISCV
#  endif
#endif

#ifdef COMPILED_MACHINE
/* Whether the file has all that its headers say: see library_file.py, which knows what to
   say of one that has not. */
static int compiled_headers_are_right(int file)
{
    unsigned char order = PY_BIG_ENDIAN ? ELFDATA2MSB : ELFDATA2LSB;
    Elf64_Phdr segments[32];
    struct stat status;
    Elf64_Ehdr head;
    uint64_t size;
    ssize_t length;

    if (fstat(file, &status) < 0 || read(file, &head, sizeof head) != (ssize_t)sizeof head)
        return 0;
    size = (uint64_t)status.st_size;
    length = (ssize_t)(head.e_phnum * sizeof *segments);
    if (memcmp(head.e_ident, ELFMAG, SELFMAG) != 0 || head.e_ident[EI_CLASS] != ELFCLASS64 ||
        head.e_ident[EI_DATA] != order || head.e_machine != COMPILED_MACHINE ||
        head.e_type != ET_DYN || head.e_phentsize != sizeof *segments ||
        head.e_phnum > sizeof segments / sizeof *segments || head.e_shoff > size ||
        (uint64_t)head.e_shentsize * head.e_shnum > size - head.e_shoff || head.e_phoff > size ||
        pread(file, segments, (size_t)length, (off_t)head.e_phoff) != length)
        return 0;
    for (int i = 0; i < head.e_phnum; i++)
        if (segments[i].p_type == PT_LOAD &&
            (segments[i].p_offset > size || segments[i].p_filesz > size - segments[i].p_offset))
            return 0;
    return 1;
}
#endif

int compiled_file_is_right(const char *path)
{
#ifdef COMPILED_MACHINE
    int file = open(path, O_RDONLY | O_CLOEXEC), right;

    if (file < 0)
        return 0;
    right = compiled_headers_are_right(file);
    (void)close(file);
    return right;
#else
    (void)path;
    return 0;
#endif
}

static unsigned int compiled_abi(void)
{
    return (unsigned int)(sizeof(void *) | sizeof(long) << 8 | sizeof(wchar_t) << 16 |
                          sizeof(long double) << 24);
}

/* Opens reader->path and checks its table.  0, or -1: gives up. */
static int compiled_open_library(compiled_reader *self)
{
    const compiled_symbols *symbols;
    PyObject *path = NULL;
    void *handle = NULL;

    if (!PyUnicode_FSConverter(self->path, &path))
        return -1;
    if (compiled_file_is_right(PyBytes_AS_STRING(path)))
        handle = dlopen(PyBytes_AS_STRING(path), self->flags);
    Py_DECREF(path);
    if (handle == NULL)
        return -1;
    symbols = dlsym(handle, "cffi_like_table");
    if (symbols != NULL && memcmp(symbols->magic, "CFFILIKE", 8) == 0 &&
        symbols->version == COMPILED_VERSION && symbols->abi == compiled_abi() &&
        symbols->fingerprint == self->fingerprint) {
        self->symbols = symbols;
        return 0;
    }
    (void)dlclose(handle);
    return -1;
}

/* dirname(abspath(file)) + library: new str, or NULL: gives up, or has an error. */
static PyObject *compiled_beside(PyObject *file, PyObject *library)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(file), slash;

    slash = PyUnicode_FindChar(file, '/', 0, length, -1);
    if (slash < 0 || PyUnicode_READ_CHAR(file, 0) != '/')
        return NULL;
    file = PyUnicode_Substring(file, 0, slash + 1);
    if (file == NULL)
        return NULL;
    library = PyUnicode_Concat(file, library);
    Py_DECREF(file);
    return library;
}

/* As for extension modules, sys.setdlopenflags() decides who sees the symbols. */
static int compiled_dlopen_flags(void)
{
    PyObject *function = PySys_GetObject("getdlopenflags"), *flags;
    int found = RTLD_NOW;

    flags = function == NULL ? NULL : PyObject_CallObject(function, NULL);
    if (flags != NULL && PyLong_Check(flags))
        found |= (int)PyLong_AsLong(flags);
    Py_XDECREF(flags);
    return found;
}

/* --- opening --------------------------------------------------------------- */

/* (ffi, lib), lib entered as the module NAME.lib. */
static PyObject *compiled_publish(compiled_reader *self)
{
    PyObject *name, *modules = PyImport_GetModuleDict(), *result = NULL;

    self->lib = compiled_lib_new(self);
    self->ffi = self->lib == NULL ? NULL : compiled_ffi_new(self);
    name = PyUnicode_FromFormat("%U.lib", self->module_name);
    if (self->ffi != NULL && name != NULL && PyObject_SetItem(modules, name, self->lib) == 0)
        result = PyTuple_Pack(2, self->ffi, self->lib);
    Py_XDECREF(name);
    return result;
}

PyDoc_STRVAR(compiled_try_open_doc,
"try_open(module_name, file, format_number, library, fingerprint, tables, includes=())\n--\n\n"
"As open_api(); None where anything is not as it should be: the Python reader knows what to\n"
"say then.");

static PyObject *compiled_try_open(PyObject *module, PyObject *args)
{
    core_state *state = core_state_of(module);
    PyObject *name, *file, *library, *tables, *includes = NULL, *result = NULL;
    unsigned long long fingerprint;
    compiled_reader *self = NULL;
    int format;

    if (!PyArg_ParseTuple(args, "UUiUKO!|O!:try_open", &name, &file, &format, &library,
                          &fingerprint, &PyDict_Type, &tables, &PyTuple_Type, &includes))
        goto done;
    if (format != COMPILED_FORMAT)
        goto done;
    self = compiled_new_reader(state, name, tables, includes, 0);
    if (self == NULL)
        goto done;
    self->fingerprint = fingerprint;
    self->flags = compiled_dlopen_flags();
    self->path = compiled_beside(file, library);
    if (self->path != NULL && compiled_fingerprint(self) == fingerprint &&
        compiled_open_library(self) == 0)
        result = compiled_publish(self);
    Py_DECREF(self);
done:
    if (result != NULL)
        return result;
    PyErr_Clear();
    Py_RETURN_NONE;
}

const char compiled_open_api_doc[] = PyDoc_STR(
"open_api(module_name, file, format_number, library, fingerprint, tables, includes=())\n--\n\n"
"The (ffi, lib) of an API-mode module, for its NAME.py; see cffi_like.engine.open_api(), which\n"
"opens the others.");

/* cffi_like.engine.NAME(*args). */
static PyObject *compiled_open_in_python(const char *name, PyObject *args)
{
    PyObject *python = PyImport_ImportModule("cffi_like.engine");
    PyObject *function = python == NULL ? NULL : PyObject_GetAttrString(python, name);
    PyObject *result = function == NULL ? NULL : PyObject_CallObject(function, args);

    Py_XDECREF(function);
    Py_XDECREF(python);
    return result;
}

/* Whether the user chose another engine than this one: Python finds it, or says that there is none such. */
static int compiled_engine_is_chosen(void)
{
    const char *engine = getenv("CFFI_LIKE_ENGINE");

    return engine != NULL && engine[0] != '\0' && strcmp(engine, "native") != 0;
}

/* NAME.py comes here without importing a line of Python. */
PyObject *compiled_open_api(PyObject *module, PyObject *args)
{
    PyObject *result = NULL;

    if (!compiled_engine_is_chosen()) {
        result = compiled_try_open(module, args);
        if (result != Py_None)
            return result;
        Py_DECREF(result);
    }
    return compiled_open_in_python("open_api", args);
}

const char compiled_open_abi_doc[] = PyDoc_STR(
"open_abi(module_name, format_number, tables, includes=())\n--\n\n"
"The ffi of an ABI-mode module, for its NAME.py; see cffi_like.engine.open_abi(), which\n"
"opens the others.");

PyObject *compiled_open_abi(PyObject *module, PyObject *args)
{
    PyObject *name, *tables, *includes = NULL, *result = NULL;
    compiled_reader *self;
    int format;

    if (!compiled_engine_is_chosen() &&
        PyArg_ParseTuple(args, "UiO!|O!:open_abi", &name, &format, &PyDict_Type, &tables,
                         &PyTuple_Type, &includes) &&
        format == COMPILED_FORMAT) {
        self = compiled_new_reader(core_state_of(module), name, tables, includes, 1);
        if (self != NULL && (self->ffi = compiled_ffi_new(self)) != NULL)
            result = Py_NewRef(self->ffi);
        Py_XDECREF(self);
    }
    if (result != NULL)
        return result;
    PyErr_Clear();
    return compiled_open_in_python("open_abi", args);
}

static PyMethodDef compiled_open_functions[] = {
    {"try_open", compiled_try_open, METH_VARARGS, compiled_try_open_doc},
    {NULL, NULL, 0, NULL},
};

int compiled_open_init(PyObject *module, core_state *state)
{
    state->compiled_reader_type = PyType_FromModuleAndSpec(module, &compiled_open_spec, NULL);
    return state->compiled_reader_type == NULL ? -1 : 0;
}

int compiled_open_offer(PyObject *module, core_state *Py_UNUSED(state))
{
    return PyModule_AddFunctions(module, compiled_open_functions);
}

/* compiled.h: modules that cffi_like compiled: what their NAME.py and the library
   beside it say, read where it lies.

     compiled_open.c     opens a module: checks the library's table, makes `lib` and `ffi`
     compiled_table.c    finds an entry of the encoded declarations
     compiled_type.c     type codes to ctypes
     compiled_record.c   the same for structs and unions
     compiled_enum.c     the same for enums
     compiled_string.c   type strings to type codes
     compiled_lib.c      `lib`: functions, variables and constants
     compiled_variable.c what it keeps for a variable
     compiled_opened.c   in ABI mode: what `ffi.dlopen` gives
     compiled_ffi.c      `ffi`, until something is asked of it that only Python has

   The encoding is explained in cffi_like/opcodes.py, the numbering of the library's
   table in cffi_like/symbol_plan.py.  There is a second reader, in Python
   (cffi_like/module_reader.py), which every other core uses.  This one knows what
   is common and right: where a declaration is unusual, or anything is wrong, it
   asks the other, which says what in the same words everywhere.  In comments here
   "gives up" means: NULL or -1 without an error. */
#ifndef COMPILED_H
#define COMPILED_H

#include "core.h"
#include "ctype.h"

/* ORDER: compiled_kind_names in compiled_open.c. */
typedef enum compiled_kind {
    COMPILED_RECORDS,
    COMPILED_ENUMS,
    COMPILED_TYPEDEFS,
    COMPILED_FUNCTIONS,
    COMPILED_VARIABLES,
    COMPILED_CONSTANTS,
    COMPILED_EXTERN_PYTHON,
    COMPILED_KIND_COUNT
} compiled_kind;

/* The entries of one kind, one to a line. */
typedef struct compiled_text {
    PyObject *owner;            /* owned str that holds the text, or NULL */
    const char *start;
    size_t length;
    uint32_t *places;           /* owned: hash table of line starts, each plus 1; or NULL */
    size_t mask;
    int searches;               /* so many more without that table */
} compiled_text;

/* An entry, or a part of one: text that its table owns. */
typedef struct compiled_code {
    const char *at, *end;
    int count;                  /* of the indices into the library's table */
    long index[2];
} compiled_code;

/* As emit_c.py writes it. */
typedef struct compiled_symbols {
    char magic[8];
    unsigned int version, abi;
    unsigned long long fingerprint;
    unsigned int number_count, slot_count;
    void *(*address)(int);
    int (*constant)(int, void *);
    const unsigned long long *numbers;
    void **python;
} compiled_symbols;

/* A record whose fields are still to be set. */
typedef struct compiled_pending {
    ctype *type;                /* borrowed: the table of types owns it */
    compiled_code code;
    char kind;                  /* 's' or 'u' */
} compiled_pending;

/* What `ffi` and `lib` of a module share. */
typedef struct compiled_reader {
    PyObject_HEAD
    core_state *state;
    PyObject *module;           /* owned: the core, which owns the state; as in ctype.h */
    PyObject *module_name, *path;   /* owned str; path: NULL in ABI mode */
    PyObject *tables;           /* owned dict, as NAME.py has it */
    PyObject *peers;            /* owned tuple: readers of the included modules */
    PyObject *types;            /* owned dict: type code -> ctype, also of the Python reader */
    PyObject *lock;             /* owned RLock, held around all of compiled_*.c that makes something */
    PyObject *enumerators;      /* owned dict: name -> index of the constant; NULL: not needed yet */
    PyObject *ffi, *lib;        /* owned; lib: NULL in ABI mode */
    PyObject *python;           /* owned: state of the Python reader, NULL: not needed yet */
    const compiled_symbols *symbols;    /* of the library, which is never closed; NULL in ABI mode */
    unsigned long long fingerprint;
    int flags;                  /* of dlopen() */
    int building;               /* depth of compiled_build() */
    PyObject *undo;             /* owned list of codes: what to forget if building fails, or NULL */
    compiled_pending *pending;  /* owned array */
    Py_ssize_t pending_count, pending_room;
    compiled_text texts[COMPILED_KIND_COUNT];
} compiled_reader;

/* --- compiled_open.c ------------------------------------------------------- */

/* A function of the module. */
PyObject *compiled_open_api(PyObject *module, PyObject *args);
extern const char compiled_open_api_doc[];
PyObject *compiled_open_abi(PyObject *module, PyObject *args);
extern const char compiled_open_abi_doc[];
/* Whether a file is a library for this machine with all that its headers say; 0 where in doubt. */
int compiled_file_is_right(const char *path);

int compiled_lock(compiled_reader *reader);
/* Keeps the current error, if there is one. */
void compiled_unlock(compiled_reader *reader);
/* cffi_like.module_reader.NAME(args...); the arguments are objects, up to a NULL. */
PyObject *compiled_in_python(const char *name, ...);
/* The Python reader's state of the module: borrowed, or NULL with an error. */
PyObject *compiled_python_state(compiled_reader *reader);

/* The library's table.  They give up beyond its end. */
int compiled_number(compiled_reader *reader, long index, unsigned long long *value);
int compiled_integer(compiled_reader *reader, long index, PyObject **value);

/* --- compiled_table.c ------------------------------------------------------ */

/* 1 with the entry, or 0. */
int compiled_find(compiled_reader *reader, compiled_kind kind, const char *key, size_t length,
                  compiled_code *found);
/* The same for a name from Python, -1 with an error. */
int compiled_find_name(compiled_reader *reader, compiled_kind kind, PyObject *name,
                       compiled_code *found);
/* The text up to `separator` (or the end), and goes on behind it. */
compiled_code compiled_part(compiled_code *rest, char separator);
/* A name as it was before quoting: new str, or NULL with an error. */
PyObject *compiled_unquoted(compiled_code text);
int compiled_is(compiled_code text, const char *literal);
/* A decimal number, or -1. */
long compiled_decimal(compiled_code text);
/* Adds the names of the entries to a set; 0, or -1 with an error. */
int compiled_add_names(compiled_reader *reader, compiled_kind kind, PyObject *set);
void compiled_text_clear(compiled_text *text);
/* code_table.fingerprint_of() */
uint64_t compiled_fingerprint(const compiled_reader *reader);

/* --- compiled_type.c, compiled_record.c, compiled_enum.c -------------------- */

/* The ctype of a code; a function gives its pointer type.  New reference, or NULL
   with an error.  The lock is held. */
ctype *compiled_type(compiled_reader *reader, compiled_code code);
/* The same without help from Python.  Gives up. */
ctype *compiled_type_here(compiled_reader *reader, compiled_code code);
/* A part of that: reads one type at `code->at`.  Gives up. */
ctype *compiled_build(compiled_reader *reader, compiled_code *code);
/* Has the record in it completed, where a type holds it by value.  0, or -1: gives up. */
int compiled_need(compiled_reader *reader, ctype *type);
ctype *compiled_primitive(core_state *state, compiled_code name);
/* Whether it is the whole code of a type: `void`, or a primitive. */
int compiled_is_type_letter(char letter);
void compiled_skip_qualifiers(compiled_code *code);
/* "Sname;", "Uname;" or "Nname;", read up to the semicolon.  Gives up. */
ctype *compiled_named(compiled_reader *reader, compiled_code whole);
int compiled_complete(compiled_reader *reader, compiled_pending pending);
/* Whether every engine can pass the arguments and the result of a function by value, else
   they go through a wrapper that takes pointers. */
int compiled_function_by_value(compiled_reader *reader, compiled_code code);
/* The type of a code with each `[...]` replaced by the numbers from *first on, which
   goes on behind them: text in `buffer`.  0, or -1: gives up. */
#define COMPILED_LONGEST_CODE 1024
int compiled_with_lengths(compiled_reader *reader, compiled_code *code, long *first, char *buffer);
/* What records and enums share.  Enters a type that a code names, until the outermost call
   fails: 0, or -1. */
int compiled_remember(compiled_reader *reader, PyObject *code, ctype *type);
/* The first of the included readers that declares the key: borrowed, or NULL. */
compiled_reader *compiled_owner(compiled_reader *reader, compiled_kind kind, const char *key,
                                size_t length);
ctype *compiled_type_of_owner(compiled_reader *owner, compiled_code whole);
/* The enum that `whole` names; `code`: the same as a str.  Gives up. */
ctype *compiled_new_enum(compiled_reader *reader, compiled_code whole, PyObject *code);
/* Fills reader->enumerators: 0, or -1 with an error. */
int compiled_list_enumerators(compiled_reader *reader);

/* --- compiled_string.c ----------------------------------------------------- */

/* The type that a type string names, where that is common C.  Gives up.  The lock is held. */
ctype *compiled_string(compiled_reader *reader, PyObject *text, int functions);

/* --- compiled_variable.c --------------------------------------------------- */

/* A variable.  `property` has it where the Python reader made it. */
typedef struct compiled_variable {
    PyObject_HEAD
    ctype *type;                /* owned: what is loaded and stored */
    ctype *pointer;             /* owned: what its address is */
    PyObject *property;         /* owned, or NULL */
    PyObject *name;             /* owned */
    void *(*address)(int);      /* of the library, which is never closed */
    int index;
    int read_only;
    int is_open;                /* an array of unknown length: read as its address */
} compiled_variable;

/* All give up, or have an error. */
compiled_variable *compiled_new_variable(compiled_reader *reader, PyObject *name);
compiled_variable *compiled_make_variable(compiled_reader *reader, PyObject *name,
                                          compiled_code entry);
/* NULL or -1 with an error. */
void *compiled_variable_address(compiled_variable *self);
PyObject *compiled_variable_read(compiled_variable *self, PyObject *lib);
int compiled_variable_write(compiled_variable *self, PyObject *lib, PyObject *value);
#define COMPILED_IS_VARIABLE(state, object)                      \
    (Py_TYPE(object) == CORE_TYPE(state, compiled_variable_type))

/* --- compiled_lib.c, compiled_ffi.c ---------------------------------------- */

PyObject *compiled_lib_new(compiled_reader *reader);
/* `lib.name`'s address: compiled_lib.c for ffi.addressof(). */
PyObject *compiled_lib_address(PyObject *lib, PyObject *name);
/* The reader of a lib, borrowed. */
compiled_reader *compiled_lib_reader(PyObject *lib);
#define COMPILED_LIB_CHECK(state, object) (Py_TYPE(object) == CORE_TYPE(state, compiled_lib_type))

/* The type of a function's entry and the names of its parameters (owned).  Gives up, or has
   an error; the lock is held. */
ctype *compiled_function_type(compiled_reader *reader, compiled_code entry, PyObject **parameters,
                              int *keeps_gil);

/* --- compiled_opened.c ----------------------------------------------------- */

/* ffi.dlopen() of an ABI-mode module.  Gives up, or has an error. */
PyObject *compiled_open_for(compiled_reader *reader, PyObject *name, int flags);

PyObject *compiled_ffi_new(compiled_reader *reader);

#endif

"""The binary format of a reflection dictionary, written once.

`emit_tables` writes dictionaries by this list of records, `dictionary` reads
them by it.  Knows neither the model nor Python objects of the run time.

A dictionary is a shared library that exports one read-only data symbol,
`cppbind_dictionary_v1`: the header below, followed by one descriptor per
table in the order of `TABLES`.

    offset  size  header field
    0       8     magic "CPPBIND\\0"
    8       4     version          2
    12      4     byte order       0x01020304 as the compiler stored it
    16      4     header size      bytes, header and table descriptors
    20      4     ABI tag          string offset, see `ABI_TAG_SOURCE`
    24      4     table count
    28      4     generator        string offset, "cppbind 0.1.0"
    32      24*n  descriptors      {const void *data; uint64 count; uint32 width; uint32 0}

`width` is in bytes.  Three tables are plain arrays:

    strings   bytes          NUL-terminated UTF-8; offset 0 is the empty string
    numbers   int64          sizes, offsets, enumerator values, as the C++ compiler computed them
    fills     pointers       void (*)(uintptr_t *out), see "Addresses"

All other tables are arrays of records whose fields are uint32.  A field is a
string offset, an index into a table (`NONE` where there is nothing), or a
plain number.  A pair `<x>_first`, `<x>_count` is a consecutive range.

Addresses.  A scope has `slot_count` slots.  `fills[scope.fill]` called with
room for `2 * slot_count` words writes two words per slot:
    function, wrapper, variable   {address, 0}
    non-static method             {ptr, adj} of the pointer to member, Itanium C++ ABI 2.3: for a
                                  virtual one ptr = 1 + offset into the vtable (x86-64)
Nothing is resolved before that call.  A function whose `call` is
`CALL_SYMBOL`, and a variable flagged `MEMBER_EXTERNAL`, is defined in some
library rather than in the header: it has no slot and is found by its mangled
name, first through the dictionary's own handle, then in the process.

Calls.  Direct functions (`CALL_DIRECT`, `CALL_SYMBOL`) take and return only
scalars, pointers and references (passed as pointers), `this` first.  A
wrapper (`CALL_WRAPPER`) is a plain function with the arguments

    [result storage]  [this]  arguments...

where "result storage" is there when the result is a class by value, `long
double` or `__int128` (the result is constructed in it and the wrapper returns
nothing), and classes by value, `long double` and `__int128` arguments arrive
as pointers to them; a class is copied from there, or moved from if it cannot
be copied.  A constructor's wrapper is `void (void *storage, arguments...)`.
A reference result is a pointer.  Every other type is passed as it is.

Helpers are for run times that cannot catch C++ exceptions.  The function
`fills[helper.fill]`, the same for all, writes one word per record of `helpers`
in their order: the address of

    "guard <code>"          R (arguments..., R (*function)(arguments...)): calls it, keeps what it throws.  The code
                            gives R and the arguments by register: v nothing, g integer or pointer, d double, f float
    "pending"               int: how many threads keep something thrown
    "tell"                  const char *(size_t *size): what this thread keeps, and forgets thereby: type, '+' and
                            what() or '-', bases, nearest first, each ended by NUL; size 0 for nothing
    "dynamic_name"          const char *(const void *object, int number, ptrdiff_t *offset): the name of the class of a
                            polymorphic object (number 0) or of one of its public bases, and where that lies; null
                            behind the last; valid until the thread asks for something again
    "string_new1", "string_assign1"     int (void *, const void *, size_t), -1 without memory: of a std::string; with 2
                            and 4 in place of 1 of a std::u16string and u32string, sizes in characters
    "string_data1"          const void *(const void *, size_t *size)
    "string_delete1"        void (void *)
    "string_class"          of std::string: size, alignment, then functions: construct, copy, assign, append,
                            length, destruct, delete
    "variadic"              int64_t (const int64_t *general, const double *real, const int64_t *stack, function, double
                            *result): a guard for functions with an ellipsis; null where the platform's calls differ
    "view_set", "view_data" the same of a std::basic_string_view of any characters
    "allocate", "release"   void *(size_t size, size_t align), void (void *, size_t align)
    "python"                cppbind_python *: to be set to the run time's functions before one of the next two is used
                            (emit_answers.py has the struct)
    "answers"               what a director's `hooks` can point to: throws what the run time's functions raise
    "callable_new"          void *(uintptr_t id): what a std::function calls (`callback` in stl_text.py), which runs the
                            callable of that number
"""

from collections import namedtuple

SYMBOL = "cppbind_dictionary_v1"
MAGIC = b"CPPBIND\0"
VERSION = 2
BYTE_ORDER = 0x01020304
HEADER = "=8s6I"        # struct format: magic version byte_order header_size abi table_count generator
HEADER_SIZE = 32
DESCRIPTOR = "=QQII"    # struct format: data count width 0
DESCRIPTOR_SIZE = 24

NONE = 0xFFFFFFFF       # an index that refers to nothing


# ---- records -----------------------------------------------------------------

# role: 'string'  offset into strings
#       'index'   index into `table`, or NONE
#       'first'   start of a range in `table`; the next field is its count
#       'count'   length of that range
#       'slot'    slot of the record's scope, or NONE
#       'plain'   a number, an enumerator or flags below
Field = namedtuple("Field", "name role table")
Table = namedtuple("Table", "name fields width")


def _field(text):
    """One Field from 'name', 'name:string' or 'name:table'."""
    name, _, kind = text.partition(":")
    if not kind:
        return [Field(name, "plain", None)]
    if kind in ("string", "slot"):
        return [Field(name, kind, None)]
    if kind.startswith("*"):
        return [Field(name + "_first", "first", kind[1:]), Field(name + "_count", "count", kind[1:])]
    return [Field(name, "index", kind)]


def _records(name, text):
    fields = tuple(field for word in text.split() for field in _field(word))
    return Table(name, fields, 4 * len(fields))


# 'x:string' a string, 'x:types' an index into `types`, 'x:*params' a range of `params`.
TABLES = (
    Table("strings", None, 1),
    Table("numbers", None, 8),
    Table("fills", None, 8),
    # name: qualified name of a class or enum type (it may live in another dictionary), or of the class of a
    # member pointer.  scope/enum: where it is described, if in this one.  target: pointee, referee, item, result of
    # a prototype, underlying type of an enum.  size: sizeof, for complete object types.
    _records("types", "kind flags target:types extent list:*type_lists name:string scope:scopes enum:enums"
                      " size:numbers spelling:string"),
    _records("type_lists", "type:types"),
    # Scope 0 is the global namespace, its name is "".  Breadth first: the children of a scope are consecutive.
    # destructor: void (void *), runs the destructor only.  delete: void (void *), a delete-expression.
    # storage: void *(void), the class's own operator new, NONE where the global one serves.
    _records("scopes", "name:string simple_name:string kind flags parent:scopes size:numbers align:numbers"
                       " bases:*bases members:*members functions:*functions children:*scopes typedefs:*typedefs"
                       " enums:*enums destructor:slot delete:slot storage:slot fill:fills slot_count doc:string"
                       " file:string line director:directors"),
    # Directors: the classes by which Python overrides virtual functions.  scope: of the director, which no name finds;
    # its base is the class that Python derives from.  Its functions are the constructors, then the functions of the
    # base
    # as they run without being overridden; those with FUNCTION_DIRECTED are the ones to override, counted from 0.
    # proxy: where the director keeps the pointer to its proxy.  hooks: a pointer to the loader's functions, to be set.
    _records("directors", "scope:scopes proxy:numbers hooks:slot"),
    # offset: of a non-virtual base.  upcast: void *(void *derived), for a virtual base.
    _records("bases", "name:string scope:scopes flags offset:numbers upcast:slot"),
    # offset: of a non-static data member.  address: of a static one or a global; where it is NONE, `mangled` names
    # the symbol.  getter/setter: of a bit-field, T (const void *this) and void (void *this, T).
    _records("members", "name:string scope:scopes type:types flags offset:numbers address:slot getter:slot"
                        " setter:slot mangled:string doc:string file:string line"),
    # Sorted by name (bytes) inside a scope, so an overload set is consecutive and in declaration order inside.  A
    # function with default arguments is followed by one FUNCTION_DEFAULTED record per argument left out, whose
    # params are the leading ones of the full record.  required: parameters without default.
    _records("functions", "name:string scope:scopes kind flags result:types params:*params required call"
                          " address:slot mangled:string signature:string reason:string doc:string file:string line"),
    _records("params", "name:string type:types default:string"),
    _records("enums", "name:string simple_name:string scope:scopes flags underlying:types enumerators:*enumerators"
                      " doc:string file:string line"),
    _records("enumerators", "name:string enum:enums value:numbers doc:string"),
    _records("typedefs", "name:string scope:scopes type:types doc:string"),
    # Open addressing by FNV-1a of the qualified name, linear probing, a power of two entries, at least one of
    # them empty (kind 0).  Holds every scope, enum and typedef, and of namespaces the functions (first record of the
    # overload set), variables and enumerators of unscoped enums.  A class or enum that a function or variable of the
    # same name hides is there as HIDDEN + name.
    _records("names", "hash name:string kind index"),
    # See "Helpers" above.
    _records("helpers", "name:string fill:fills"),
)

TABLE_INDEX = {table.name: index for index, table in enumerate(TABLES)}
TABLE = {table.name: table for table in TABLES}
# FIELD_INDEX["scopes"]["name"] is the position of a field in its record.
FIELD_INDEX = {table.name: {field.name: index for index, field in enumerate(table.fields)}
               for table in TABLES if table.fields}


# ---- enumerators of plain fields ------------------------------------------------

def _enumerate(names, start=0):
    """Publish NAME = start, start + 1, ... and return {value: NAME}."""
    values = {start + index: name for index, name in enumerate(names.split())}
    globals().update({name: value for value, name in values.items()})
    return values


def _flags(names):
    """Publish NAME = 1, 2, 4, ... and return {bit: NAME}."""
    values = {1 << index: name for index, name in enumerate(names.split())}
    globals().update({name: value for value, name in values.items()})
    return values


# ORDER TYPE_: the reader's table of converters follows it.  Only append.
TYPE_KINDS = _enumerate(
    "TYPE_UNKNOWN TYPE_VOID TYPE_BOOL TYPE_CHAR TYPE_SCHAR TYPE_UCHAR TYPE_WCHAR TYPE_CHAR8 TYPE_CHAR16 TYPE_CHAR32"
    " TYPE_SHORT TYPE_USHORT TYPE_INT TYPE_UINT TYPE_LONG TYPE_ULONG TYPE_LONGLONG TYPE_ULONGLONG"
    " TYPE_INT128 TYPE_UINT128 TYPE_FLOAT TYPE_DOUBLE TYPE_LONGDOUBLE TYPE_NULLPTR"
    " TYPE_POINTER TYPE_LVALUE_REF TYPE_RVALUE_REF TYPE_ARRAY TYPE_CLASS TYPE_ENUM TYPE_FUNCTION"
    " TYPE_MEMBER_POINTER")

# TYPE_AS_INTEGER: a signed or unsigned char that was declared through int8_t or uint8_t.
# TYPE_OPEN: an array without extent.  TYPE_VARIADIC: a prototype with an ellipsis.
TYPE_FLAGS = _flags("TYPE_CONST TYPE_VOLATILE TYPE_AS_INTEGER TYPE_OPEN TYPE_VARIADIC")

SCOPE_KINDS = _enumerate("SCOPE_NAMESPACE SCOPE_CLASS SCOPE_STRUCT SCOPE_UNION")

# SCOPE_INCOMPLETE: declared only; nothing but pointers and references to it can be used.
# The special members are the compiler's answers (std::is_*); their wrappers are listed under functions.
# SCOPE_PUBLIC_DATA: its own data members (not those of bases) are all public, and not in an anonymous union.
SCOPE_FLAGS = _flags(
    "SCOPE_INCOMPLETE SCOPE_ABSTRACT SCOPE_POLYMORPHIC SCOPE_VIRTUAL_DESTRUCTOR SCOPE_HAS_VIRTUAL_BASE"
    " SCOPE_AGGREGATE SCOPE_DEFAULT_CONSTRUCTIBLE SCOPE_COPY_CONSTRUCTIBLE SCOPE_MOVE_CONSTRUCTIBLE"
    " SCOPE_COPY_ASSIGNABLE SCOPE_DESTRUCTIBLE SCOPE_FINAL SCOPE_TRIVIALLY_COPYABLE SCOPE_INLINE_NAMESPACE"
    " SCOPE_TEMPLATE_INSTANCE SCOPE_STANDARD_LAYOUT SCOPE_PUBLIC_DATA")

BASE_FLAGS = _flags("BASE_VIRTUAL BASE_PROTECTED BASE_PRIVATE BASE_AMBIGUOUS")

# MEMBER_CONST: the member cannot be assigned.  MEMBER_STATIC: of a class; MEMBER_GLOBAL: of a namespace.
MEMBER_FLAGS = _flags(
    "MEMBER_STATIC MEMBER_GLOBAL MEMBER_CONST MEMBER_BIT_FIELD MEMBER_EXTERNAL MEMBER_MUTABLE MEMBER_PROTECTED"
    " MEMBER_PRIVATE MEMBER_ANONYMOUS_PARENT")

FUNCTION_KINDS = _enumerate("FUNCTION_FREE FUNCTION_METHOD FUNCTION_STATIC FUNCTION_CONSTRUCTOR FUNCTION_CONVERSION")

# FUNCTION_CREATES, _LIFELINE, _RELEASE_GIL, _TAKES: hints of the selection, for what Python calls __creates__,
# __set_lifeline__, __release_gil__ and __mempolicy__.  FUNCTION_IMPLICIT: a special member function the compiler
# supplies.  FUNCTION_EXTERNAL: not defined in the header.  FUNCTION_TEMPLATE: stands for the member templates of a
# name; its parameters are not known.
FUNCTION_FLAGS = _flags(
    "FUNCTION_CONST FUNCTION_VIRTUAL FUNCTION_PURE FUNCTION_NOEXCEPT FUNCTION_EXPLICIT FUNCTION_RVALUE_THIS"
    " FUNCTION_LVALUE_THIS FUNCTION_INLINE FUNCTION_RETURNS_CLASS FUNCTION_DEFAULTED FUNCTION_OPERATOR"
    " FUNCTION_VARIADIC FUNCTION_IMPLICIT FUNCTION_EXTERNAL FUNCTION_COPY FUNCTION_MOVE FUNCTION_PROTECTED"
    " FUNCTION_PRIVATE FUNCTION_OVERRIDE FUNCTION_FINAL FUNCTION_DIRECTED"
    " FUNCTION_CREATES FUNCTION_LIFELINE FUNCTION_RELEASE_GIL FUNCTION_TEMPLATE FUNCTION_TAKES")

# What an override says of itself when it asks Python.  DIRECTOR_ZERO: it is pure, and a zero is a value of its result.
DIRECTOR_FLAGS = _flags("DIRECTOR_PURE DIRECTOR_NOEXCEPT DIRECTOR_ZERO")

CALLS = _enumerate("CALL_UNAVAILABLE CALL_DIRECT CALL_WRAPPER CALL_SYMBOL")

ENUM_FLAGS = _flags("ENUM_SCOPED ENUM_UNSIGNED ENUM_ANONYMOUS")

HIDDEN = "class "
NAME_KINDS = _enumerate("NAME_EMPTY NAME_SCOPE NAME_FUNCTION NAME_MEMBER NAME_ENUM NAME_ENUMERATOR NAME_TYPEDEF")


# ---- names -----------------------------------------------------------------------

def name_hash(name):
    """FNV-1a, 32 bit, of the UTF-8 bytes of a qualified name."""
    value = 0x811C9DC5
    for byte in name.encode("utf-8"):
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value


def guard_code(result, arguments):
    """The shape of a function for its guard: result and arguments (TYPE_... kinds, in the order of the call) by the
    registers that take them.  'd:gdf' returns a double and takes an integer or pointer, a double and a float."""
    return _register(result) + ":" + "".join(map(_register, arguments))


def _register(kind):
    return {"TYPE_VOID": "v", "TYPE_DOUBLE": "d", "TYPE_FLOAT": "f"}.get(TYPE_KINDS[kind], "g")


# What the compiler says of itself, as C++ source that yields one string literal, CPPBIND_ABI:
# "itanium:<processor>:<system>:<standard library>", such as "itanium:x86_64:linux:libstdc++:cxx11".
# The first three parts must be the reader's own.
ABI_TAG_SOURCE = """\
#if defined(__x86_64__)
#define CPPBIND_PROCESSOR "x86_64"
#elif defined(__aarch64__)
#define CPPBIND_PROCESSOR "aarch64"
#elif defined(__i386__)
#define CPPBIND_PROCESSOR "i386"
#else
#define CPPBIND_PROCESSOR "unknown"
#endif
#if defined(__linux__)
#define CPPBIND_SYSTEM "linux"
#elif defined(__APPLE__)
#define CPPBIND_SYSTEM "darwin"
#else
#define CPPBIND_SYSTEM "unknown"
#endif
#if defined(_LIBCPP_VERSION)
#define CPPBIND_LIBRARY "libc++"
#elif defined(_GLIBCXX_USE_CXX11_ABI) && _GLIBCXX_USE_CXX11_ABI
#define CPPBIND_LIBRARY "libstdc++:cxx11"
#else
#define CPPBIND_LIBRARY "libstdc++"
#endif
#define CPPBIND_ABI "itanium:" CPPBIND_PROCESSOR ":" CPPBIND_SYSTEM ":" CPPBIND_LIBRARY
"""

"""The arithmetic types of C and the names every C programmer expects to exist.

One row per type: everything else in the package that needs a list of
primitives derives it from `PRIMITIVES`.  Reads model.py only.
"""

import os
import struct
import sys

from . import model

SIGNED, UNSIGNED, CHAR, WIDE, FLOAT, COMPLEX, BOOL = "iucwfjb"

#: Whether plain `char` is signed; not so on these processors, except at Apple's.
CHAR_IS_SIGNED = not (sys.platform.startswith("linux") and os.uname().machine.startswith(
    ("aarch64", "arm", "ppc", "s390", "riscv")))

_LONG = struct.calcsize("l")
_POINTER = struct.calcsize("P")
_WCHAR = 2 if sys.platform == "win32" else 4
_FAST = 4 if sys.platform == "win32" else _POINTER
_LONG_DOUBLE = 8 if sys.platform == "win32" else 16

# (canonical name, kind, size in bytes here), sorted by family.  `long double`
# is the size of the two platforms with a 16-byte slot; nothing computes with it.
_ROWS = (
    ("char", CHAR, 1),
    ("signed char", SIGNED, 1),
    ("unsigned char", UNSIGNED, 1),
    ("short", SIGNED, 2),
    ("unsigned short", UNSIGNED, 2),
    ("int", SIGNED, 4),
    ("unsigned int", UNSIGNED, 4),
    ("long", SIGNED, _LONG),
    ("unsigned long", UNSIGNED, _LONG),
    ("long long", SIGNED, 8),
    ("unsigned long long", UNSIGNED, 8),
    ("float", FLOAT, 4),
    ("double", FLOAT, 8),
    ("long double", FLOAT, _LONG_DOUBLE),
    ("_cffi_float_complex_t", COMPLEX, 8),
    ("_cffi_double_complex_t", COMPLEX, 16),
    ("_Bool", BOOL, 1),
    ("wchar_t", WIDE, _WCHAR),
    ("char16_t", WIDE, 2),
    ("char32_t", WIDE, 4),
    ("int8_t", SIGNED, 1),
    ("uint8_t", UNSIGNED, 1),
    ("int16_t", SIGNED, 2),
    ("uint16_t", UNSIGNED, 2),
    ("int32_t", SIGNED, 4),
    ("uint32_t", UNSIGNED, 4),
    ("int64_t", SIGNED, 8),
    ("uint64_t", UNSIGNED, 8),
    ("int_least8_t", SIGNED, 1),
    ("uint_least8_t", UNSIGNED, 1),
    ("int_least16_t", SIGNED, 2),
    ("uint_least16_t", UNSIGNED, 2),
    ("int_least32_t", SIGNED, 4),
    ("uint_least32_t", UNSIGNED, 4),
    ("int_least64_t", SIGNED, 8),
    ("uint_least64_t", UNSIGNED, 8),
    ("int_fast8_t", SIGNED, 1),
    ("uint_fast8_t", UNSIGNED, 1),
    ("int_fast16_t", SIGNED, _FAST),
    ("uint_fast16_t", UNSIGNED, _FAST),
    ("int_fast32_t", SIGNED, _FAST),
    ("uint_fast32_t", UNSIGNED, _FAST),
    ("int_fast64_t", SIGNED, 8),
    ("uint_fast64_t", UNSIGNED, 8),
    ("intptr_t", SIGNED, _POINTER),
    ("uintptr_t", UNSIGNED, _POINTER),
    ("intmax_t", SIGNED, 8),
    ("uintmax_t", UNSIGNED, 8),
    ("ptrdiff_t", SIGNED, _POINTER),
    ("size_t", UNSIGNED, _POINTER),
    ("ssize_t", SIGNED, _POINTER),
    ("__int128", SIGNED, 16),
    ("unsigned __int128", UNSIGNED, 16),
)

#: canonical name -> (kind, size in bytes)
PRIMITIVES = {name: (kind, size) for name, kind, size in _ROWS}

#: canonical name -> the one model node of it
PRIMITIVE_NODES = {name: model.Primitive(name) for name in PRIMITIVES}

POINTER_SIZE = _POINTER
VOID = model.Void()

#: Kinds that a C constant expression or an enumerator may have.
INTEGER_KINDS = frozenset((SIGNED, UNSIGNED, CHAR, WIDE, BOOL))


def is_integer(node):
    """True for an integer type of the model; qualifiers do not matter."""
    if isinstance(node, model.Qualified):
        node = node.type
    return (isinstance(node, model.Primitive)
            and PRIMITIVES[node.name][0] in INTEGER_KINDS)


# ---- keyword combinations (C11 6.7.2 p2) ----------------------------------

def _specifier_table():
    table = {("void",): VOID, ("_Bool",): PRIMITIVE_NODES["_Bool"]}

    def add(name, *spellings):
        for words in spellings:
            table[tuple(sorted(words.split()))] = PRIMITIVE_NODES[name]

    add("char", "char")
    add("signed char", "signed char")
    add("unsigned char", "unsigned char")
    for name, stem in (("short", "short"), ("int", ""), ("long", "long"),
                       ("long long", "long long")):
        add(name, *[" ".join((stem, sign, tail)) for sign in ("", "signed")
                    for tail in ("", "int") if stem or sign or tail])
        add("unsigned " + name, *[" ".join((stem, "unsigned", tail))
                                  for tail in ("", "int")])
    add("__int128", "__int128", "signed __int128")
    add("unsigned __int128", "unsigned __int128")
    add("float", "float")
    add("double", "double")
    add("long double", "long double")
    add("_cffi_float_complex_t", "float _Complex")
    add("_cffi_double_complex_t", "double _Complex", "_Complex")
    for name, same in (("float", "_Float32"), ("double", "_Float64"), ("double", "_Float32x"),
                       ("long double", "_Float64x")):        # x86-64 and AArch64 (TS 18661-3)
        add(name, same)
    # No engine computes with it, but headers declare functions of it.
    table["_Complex", "double", "long"] = model.RecordRef("struct", "$_Complex_long_double")
    return table


#: sorted words of a declaration specifier -> model node
SPECIFIERS = _specifier_table()
SPECIFIER_WORDS = frozenset(word for words in SPECIFIERS for word in words)


# ---- names that need no declaration ----------------------------------------

#: `FILE` is a record whose inside nobody declares.
FILE_RECORD = model.Record("struct", "_IO_FILE", "FILE")

COMMON_NAMES = {name: node for name, node in PRIMITIVE_NODES.items()
                if name.endswith("_t")}
COMMON_NAMES["bool"] = PRIMITIVE_NODES["_Bool"]
COMMON_NAMES["__int128_t"] = PRIMITIVE_NODES["__int128"]      # GCC's own typedefs
COMMON_NAMES["__uint128_t"] = PRIMITIVE_NODES["unsigned __int128"]
COMMON_NAMES["FILE"] = model.RecordRef("struct", "_IO_FILE")

#: Types that compilers know by themselves and preprocessed headers use.  Nobody looks
#: inside; as a parameter, a va_list is a pointer (System V AMD64 3.5.7).
OPAQUE_RECORDS = {
    tag: model.Record("struct", tag, name)
    for tag, name in (("__va_list_tag", "struct __va_list_tag"), ("$_Float128", "_Float128"),
                      ("$_Complex_long_double", "long double _Complex"))}
COMMON_NAMES["__builtin_va_list"] = model.Array(model.RecordRef("struct", "__va_list_tag"), 1)
COMMON_NAMES["_Float128"] = COMMON_NAMES["__float128"] = model.RecordRef("struct", "$_Float128")

_WINDOWS_NAMES = """
    BYTE UCHAR: unsigned char      | CHAR CCHAR: char           | BOOLEAN: unsigned char
    SHORT: short                   | WORD USHORT ATOM LANGID: unsigned short
    INT BOOL LONG32 INT32: int     | UINT DWORD32 ULONG32 UINT32: unsigned int
    LONG HRESULT SCODE NTSTATUS: int
    DWORD ULONG COLORREF LCID LCTYPE LGRPID SC_LOCK: unsigned int
    INT8: int8_t | INT16: int16_t | INT64 LONG64 LONGLONG USN: int64_t | FLOAT: float | DOUBLE: double
    UINT8: uint8_t | UINT16: uint16_t | UINT64 DWORD64 ULONG64 ULONGLONG DWORDLONG QWORD: uint64_t
    INT_PTR LONG_PTR LPARAM LRESULT: intptr_t
    UINT_PTR ULONG_PTR DWORD_PTR WPARAM: uintptr_t
    SIZE_T: size_t | SSIZE_T: ssize_t | WCHAR: wchar_t
    HALF_PTR: int | UHALF_PTR: unsigned int
    PVOID LPVOID HANDLE HACCEL HBITMAP HBRUSH HCOLORSPACE HCONV HCONVLIST HCURSOR HDC HDDEDATA HDESK
    HDROP HDWP HENHMETAFILE HFONT HGDIOBJ HGLOBAL HHOOK HICON HINSTANCE HKEY HKL HLOCAL HMENU HMETAFILE
    HMODULE HMONITOR HPALETTE HPEN HRGN HRSRC HSZ WINSTA HWND SC_HANDLE SERVICE_STATUS_HANDLE
    LPCVOID: void *
    PBYTE LPBYTE PUCHAR PBOOLEAN: unsigned char * | PCHAR PSTR LPSTR PCSTR LPCSTR PCCHAR PSZ: char *
    PSHORT: short * | PWORD LPWORD PUSHORT: unsigned short *
    PINT LPINT PBOOL LPBOOL PLONG LPLONG PINT32 PLONG32: int *
    PUINT PDWORD LPDWORD PULONG LPCOLORREF PLCID PDWORD32 PUINT32 PULONG32: unsigned int *
    PINT64 PLONG64 PLONGLONG: int64_t * | PUINT64 PDWORD64 PULONG64 PULONGLONG PDWORDLONG: uint64_t *
    PINT_PTR PLONG_PTR: intptr_t * | PUINT_PTR PULONG_PTR PDWORD_PTR: uintptr_t *
    PSIZE_T: size_t * | PSSIZE_T: ssize_t * | PFLOAT: float *
    PWCHAR PWSTR LPWSTR PCWSTR LPCWSTR: wchar_t *
    PHANDLE LPHANDLE PHKEY: void * *
"""


def _windows_names():
    """DWORD and its relatives.  LONG and DWORD are 32 bits wide on Windows
    whatever `long` is elsewhere, so they map to int."""
    names = {}
    for row in _WINDOWS_NAMES.split("|"):
        for line in _join_rows(row):
            left, _, right = line.partition(":")
            base, stars = right.split("*")[0].strip(), right.count("*")
            node = VOID if base == "void" else PRIMITIVE_NODES[base]
            for _ in range(stars):
                node = model.Pointer(node)
            names.update(dict.fromkeys(left.split(), node))
    return names


def _join_rows(text):
    pending = ""
    for line in text.split("\n"):
        pending += " " + line.strip()
        if ":" in line:
            yield pending
            pending = ""


_windows_cache = {}


def common_name(name):
    """The model node of a name that exists without a declaration, or None.

    The Windows names are built when the first unknown name is asked for,
    because few programs use them.
    """
    node = COMMON_NAMES.get(name)
    if node is None:
        if not _windows_cache:
            _windows_cache.update(_windows_names())
        node = _windows_cache.get(name)
    return node


def common_record(kind, tag):
    """The definition of a record that exists without a declaration, or None."""
    if tag == "_IO_FILE" and kind == "struct":
        return FILE_RECORD
    return OPAQUE_RECORDS.get(tag) if kind == "struct" else None

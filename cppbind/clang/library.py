"""Finds and opens libclang: its C API declared to `cffi_like`, nothing more.

`cursor` wraps what is declared here.  The numbers come from libclang's stable C
interface (clang-c/Index.h); only what is used is declared, so that an older or newer
libclang serves as well, from version 9 on (tried: 18).
"""

import glob
import importlib.util
import os
import sys

from cffi_like import FFI

from ..errors import ClangNotFoundError

_DECLARATIONS = """
typedef struct { const void *data; unsigned private_flags; } CXString;
typedef struct { CXString *Strings; unsigned Count; } CXStringSet;
typedef struct { int kind; int xdata; const void *data[3]; } CXCursor;
typedef struct { int kind; void *data[2]; } CXType;
typedef struct { const void *ptr_data[2]; unsigned int_data; } CXSourceLocation;
typedef struct { const void *ptr_data[2]; unsigned begin_int_data, end_int_data; } CXSourceRange;
typedef struct { const char *Filename; const char *Contents; unsigned long Length; } CXUnsavedFile;
typedef void *CXIndex;
typedef void *CXTranslationUnit;
typedef void *CXDiagnostic;
typedef void *CXDiagnosticSet;
typedef void *CXEvalResult;
typedef void *CXFile;
typedef void *CXPrintingPolicy;

const char *clang_getCString(CXString);
void clang_disposeString(CXString);
CXString clang_getClangVersion(void);

CXIndex clang_createIndex(int excludeDeclarationsFromPCH, int displayDiagnostics);
void clang_disposeIndex(CXIndex);
int clang_parseTranslationUnit2(CXIndex, const char *source, const char *const *args, int nargs,
                                CXUnsavedFile *unsaved, unsigned nunsaved, unsigned options, CXTranslationUnit *out);
void clang_disposeTranslationUnit(CXTranslationUnit);
int clang_saveTranslationUnit(CXTranslationUnit, const char *path, unsigned options);
void clang_getInclusions(CXTranslationUnit, void (*visitor)(CXFile, CXSourceLocation *, unsigned, void *), void *);
CXCursor clang_getTranslationUnitCursor(CXTranslationUnit);

unsigned clang_getNumDiagnostics(CXTranslationUnit);
CXDiagnostic clang_getDiagnostic(CXTranslationUnit, unsigned);
void clang_disposeDiagnostic(CXDiagnostic);
int clang_getDiagnosticSeverity(CXDiagnostic);
CXString clang_getDiagnosticSpelling(CXDiagnostic);
CXSourceLocation clang_getDiagnosticLocation(CXDiagnostic);

CXSourceLocation clang_getCursorLocation(CXCursor);
CXSourceRange clang_getCursorExtent(CXCursor);
CXSourceLocation clang_getRangeStart(CXSourceRange);
CXSourceLocation clang_getRangeEnd(CXSourceRange);
void clang_getFileLocation(CXSourceLocation, CXFile *file, unsigned *line, unsigned *column, unsigned *offset);
void clang_getSpellingLocation(CXSourceLocation, CXFile *file, unsigned *line, unsigned *column, unsigned *offset);
CXDiagnosticSet clang_getChildDiagnostics(CXDiagnostic);
unsigned clang_getNumDiagnosticsInSet(CXDiagnosticSet);
CXDiagnostic clang_getDiagnosticInSet(CXDiagnosticSet, unsigned);
CXString clang_formatDiagnostic(CXDiagnostic, unsigned options);
void clang_getExpansionLocation(CXSourceLocation, CXFile *file, unsigned *line, unsigned *column, unsigned *offset);
int clang_Location_isInSystemHeader(CXSourceLocation);
CXString clang_getFileName(CXFile);

unsigned clang_visitChildren(CXCursor, int (*visitor)(CXCursor, CXCursor, void *), void *);
unsigned clang_equalCursors(CXCursor, CXCursor);
int clang_Cursor_isNull(CXCursor);
CXCursor clang_getCursorSemanticParent(CXCursor);
CXCursor clang_getCursorDefinition(CXCursor);
CXCursor clang_getCanonicalCursor(CXCursor);
CXCursor clang_getCursorReferenced(CXCursor);
unsigned clang_isCursorDefinition(CXCursor);
CXString clang_getCursorSpelling(CXCursor);
CXString clang_getCursorDisplayName(CXCursor);
CXString clang_getCursorUSR(CXCursor);
CXString clang_Cursor_getMangling(CXCursor);
CXStringSet *clang_Cursor_getCXXManglings(CXCursor);
void clang_disposeStringSet(CXStringSet *);
CXString clang_Cursor_getRawCommentText(CXCursor);
CXPrintingPolicy clang_getCursorPrintingPolicy(CXCursor);
void clang_PrintingPolicy_dispose(CXPrintingPolicy);
CXString clang_getCursorPrettyPrinted(CXCursor, CXPrintingPolicy);
int clang_getCXXAccessSpecifier(CXCursor);
int clang_Cursor_getStorageClass(CXCursor);
int clang_getCursorTLSKind(CXCursor);
int clang_getCursorLinkage(CXCursor);
int clang_getCursorAvailability(CXCursor);
int clang_getCursorExceptionSpecificationType(CXCursor);
CXType clang_getCursorType(CXCursor);
CXType clang_getCursorResultType(CXCursor);
CXType clang_getTypedefDeclUnderlyingType(CXCursor);
CXType clang_getEnumDeclIntegerType(CXCursor);
int clang_Cursor_getNumArguments(CXCursor);
CXCursor clang_Cursor_getArgument(CXCursor, unsigned);
unsigned clang_Cursor_isFunctionInlined(CXCursor);
unsigned clang_Cursor_isBitField(CXCursor);
unsigned clang_Cursor_isAnonymous(CXCursor);
unsigned clang_Cursor_isAnonymousRecordDecl(CXCursor);
unsigned clang_Cursor_isInlineNamespace(CXCursor);
unsigned clang_isVirtualBase(CXCursor);
unsigned clang_getNumOverloadedDecls(CXCursor);
CXCursor clang_getOverloadedDecl(CXCursor, unsigned);
unsigned clang_CXXConstructor_isCopyConstructor(CXCursor);
unsigned clang_CXXConstructor_isMoveConstructor(CXCursor);
unsigned clang_CXXField_isMutable(CXCursor);
unsigned clang_CXXMethod_isConst(CXCursor);
unsigned clang_CXXMethod_isStatic(CXCursor);
unsigned clang_CXXMethod_isVirtual(CXCursor);
unsigned clang_CXXMethod_isPureVirtual(CXCursor);
unsigned clang_CXXMethod_isDefaulted(CXCursor);
unsigned clang_CXXMethod_isDeleted(CXCursor);
unsigned clang_CXXMethod_isExplicit(CXCursor);
unsigned clang_CXXRecord_isAbstract(CXCursor);
unsigned clang_EnumDecl_isScoped(CXCursor);
int clang_Cursor_getNumTemplateArguments(CXCursor);
int clang_Cursor_getTemplateArgumentKind(CXCursor, unsigned);
long long clang_Cursor_getTemplateArgumentValue(CXCursor, unsigned);
CXEvalResult clang_Cursor_Evaluate(CXCursor);
int clang_EvalResult_getKind(CXEvalResult);
long long clang_EvalResult_getAsLongLong(CXEvalResult);
unsigned clang_EvalResult_isUnsignedInt(CXEvalResult);
unsigned long long clang_EvalResult_getAsUnsigned(CXEvalResult);
double clang_EvalResult_getAsDouble(CXEvalResult);
const char *clang_EvalResult_getAsStr(CXEvalResult);
void clang_EvalResult_dispose(CXEvalResult);
CXCursor clang_getSpecializedCursorTemplate(CXCursor);
int clang_Type_getNumTemplateArguments(CXType);
CXType clang_Type_getTemplateArgumentAsType(CXType, unsigned);

CXType clang_getCanonicalType(CXType);
CXString clang_getTypeSpelling(CXType);
unsigned clang_isConstQualifiedType(CXType);
unsigned clang_isVolatileQualifiedType(CXType);
CXType clang_getPointeeType(CXType);
CXCursor clang_getTypeDeclaration(CXType);
CXType clang_getArrayElementType(CXType);
long long clang_getArraySize(CXType);
CXType clang_getResultType(CXType);
int clang_getNumArgTypes(CXType);
CXType clang_getArgType(CXType, unsigned);
unsigned clang_isFunctionTypeVariadic(CXType);
int clang_Type_getCXXRefQualifier(CXType);
CXType clang_Type_getClassType(CXType);
long long clang_Type_getSizeOf(CXType);
"""

# What came with a later libclang (the number is its version): the reader of cursors has another way without it.
OPTIONAL = {"clang_CXXMethod_isDeleted": 16, "clang_CXXMethod_isExplicit": 17}

# What came last of the rest, and what every version has.
_NEWEST = ("clang_createIndex", "clang_Cursor_isInlineNamespace")

_library = None


def load():
    """(ffi, lib): libclang, opened once.  Raises ClangNotFoundError with what was tried."""
    global _library
    if _library is None:
        _library = _open()
    return _library


def version():
    """What libclang says of itself."""
    ffi, lib = load()
    string = lib.clang_getClangVersion()
    text = ffi.string(lib.clang_getCString(string)).decode()
    lib.clang_disposeString(string)
    return text


def _open():
    ffi = FFI()
    # The GIL is released around the calls (parsing takes long, and the visitor calls back).
    ffi.cdef(_DECLARATIONS)
    tried = []
    for path in candidates():
        try:
            lib = ffi.dlopen(path)
            for name in _NEWEST:
                getattr(lib, name)
            return ffi, lib
        except OSError as error:
            tried.append("%s (%s)" % (path, error))
        except AttributeError:
            tried.append("%s (it has no %s: not libclang's C interface, or older than version 9)" % (path, name))
    raise ClangNotFoundError(
        "libclang not found; `pip install libclang` brings it, or set CPPBIND_LIBCLANG to its path. Tried: %s"
        % ("; ".join(tried) or "nothing found"))


def candidates():
    """Paths at which libclang may be, best first: $CPPBIND_LIBCLANG alone if set, PyPI's `libclang` package, the
    system's."""
    chosen = os.environ.get("CPPBIND_LIBCLANG")
    if chosen:
        return [chosen]
    name = {"darwin": "libclang.dylib", "win32": "libclang.dll"}.get(sys.platform, "libclang.so")
    paths = []
    # find_spec of the package alone: importing clang.cindex would bring ctypes in.
    spec = importlib.util.find_spec("clang")
    for folder in (spec.submodule_search_locations or () if spec else ()):
        paths.append(os.path.join(folder, "native", name))
    paths += sorted(glob.glob("/usr/lib/llvm-*/lib/" + name), key=_version_key, reverse=True)
    paths += sorted(glob.glob("/usr/lib*/libclang.so*") + glob.glob("/usr/lib/*-linux-gnu/libclang-*.so*"),
                    reverse=True)
    paths += glob.glob("/opt/homebrew/opt/llvm/lib/" + name) + glob.glob("/usr/local/opt/llvm/lib/" + name)
    # libclang-cpp is the C++ library, which has no stable interface.
    return [path for path in paths if os.path.exists(path) and "libclang-cpp" not in path]


def _version_key(path):
    """llvm-9 before llvm-14: by number, not by letter."""
    digits = path.split("llvm-", 1)[1].split("/", 1)[0]
    return [int(part) if part.isdigit() else 0 for part in digits.split(".")]

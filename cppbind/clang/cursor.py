"""Cursors and types of libclang as small Python objects; no interpretation.

Sits on `library`; `parse` turns what is read here into the model.  A cursor keeps its
translation unit alive, and with it everything libclang points to.  All text that
libclang returns is copied and given back at once.
"""

import functools

from . import library

# CXCursorKind, the part that is looked at (clang-c/Index.h).
UNEXPOSED_DECL, STRUCT, UNION, CLASS, ENUM, FIELD, ENUM_CONSTANT, FUNCTION, VARIABLE, PARAMETER = range(1, 11)
TYPEDEF, METHOD, NAMESPACE, LINKAGE_SPEC, CONSTRUCTOR, DESTRUCTOR, CONVERSION = range(20, 27)
TEMPLATE_PARAMETERS = (27, 28, 29)          # of types, values, templates
FUNCTION_TEMPLATE, CLASS_TEMPLATE, CLASS_PARTIAL_SPECIALIZATION, NAMESPACE_ALIAS = range(30, 34)
USING_DIRECTIVE, USING_DECLARATION, TYPE_ALIAS = range(34, 37)
BASE_SPECIFIER, NAMESPACE_REF, OVERLOADED_DECL_REF = 44, 46, 49
FINAL_ATTRIBUTE, OVERRIDE_ATTRIBUTE = 404, 405
FRIEND = 603

RECORDS = (STRUCT, UNION, CLASS)
RECORD_TYPE = 105                           # CXType_Record
PUBLIC, PROTECTED, PRIVATE = 1, 2, 3        # CX_CXXAccessSpecifier
STATIC_STORAGE = 3                          # CX_SC_Static
INTERNAL_LINKAGE = 2                        # CXLinkage_Internal
NOT_AVAILABLE = 2                           # CXAvailability_NotAvailable: deleted
BASIC_NOEXCEPT, COMPUTED_NOEXCEPT, NOTHROW = 4, 5, 9              # CXCursor_ExceptionSpecificationKind
RVALUE_REFERENCE_QUALIFIER = 2              # CXRefQualifier_RValue

_CONTINUE = 1                               # CXChildVisit_Continue
_INTEGRAL = 4                               # CXTemplateArgumentKind_Integral


@functools.lru_cache(maxsize=1)
def _visitor(ffi):
    """The callback of every visit, made once: it appends a copy of each child to the list behind the handle."""
    cursor_pointer = ffi.typeof("CXCursor *")

    def visit(raw, parent, data):
        ffi.from_handle(data).append(ffi.new(cursor_pointer, raw)[0])
        return _CONTINUE
    return ffi.callback("int(CXCursor, CXCursor, void *)", visit)


def _text(ffi, lib, string):
    """The Python text of a CXString, which is given back."""
    data = lib.clang_getCString(string)
    result = ffi.string(data).decode("utf-8", "replace") if data != ffi.NULL else ""
    lib.clang_disposeString(string)
    return result


def _offset(unit, function, place):
    """(file name, offset) of a CXSourceLocation, by one of libclang's functions for it."""
    file, offset = unit.ffi.new("CXFile *"), unit.ffi.new("unsigned *")
    function(place, file, unit.ffi.NULL, unit.ffi.NULL, offset)
    name = _text(unit.ffi, unit.lib, unit.lib.clang_getFileName(file[0])) if file[0] != unit.ffi.NULL else ""
    return name, offset[0]


class Location:
    """Where something is written, after macro expansion: file name (as it was found), line, column."""

    __slots__ = ("file", "line", "column", "system")

    def __init__(self, ffi, lib, raw):
        file, line = ffi.new("CXFile *"), ffi.new("unsigned *")
        column = ffi.new("unsigned *")
        lib.clang_getExpansionLocation(raw, file, line, column, ffi.NULL)
        self.file = _text(ffi, lib, lib.clang_getFileName(file[0])) if file[0] != ffi.NULL else ""
        self.line, self.column = line[0], column[0]
        self.system = bool(lib.clang_Location_isInSystemHeader(raw))


class ClangType:
    """A CXType."""

    __slots__ = ("raw", "unit")

    def __init__(self, raw, unit):
        self.raw, self.unit = raw, unit

    def _type(self, raw):
        return ClangType(raw, self.unit)

    @property
    def kind(self):
        return self.raw.kind

    @property
    def spelling(self):
        unit = self.unit
        return _text(unit.ffi, unit.lib, unit.lib.clang_getTypeSpelling(self.raw))

    def canonical(self):
        return self._type(self.unit.lib.clang_getCanonicalType(self.raw))

    def pointee(self):
        return self._type(self.unit.lib.clang_getPointeeType(self.raw))

    def declaration(self):
        return Cursor(self.unit.lib.clang_getTypeDeclaration(self.raw), self.unit)

    def element(self):
        return self._type(self.unit.lib.clang_getArrayElementType(self.raw))

    def extent(self):
        return self.unit.lib.clang_getArraySize(self.raw)

    def result(self):
        return self._type(self.unit.lib.clang_getResultType(self.raw))

    def arguments(self):
        lib = self.unit.lib
        return [self._type(lib.clang_getArgType(self.raw, index))
                for index in range(max(0, lib.clang_getNumArgTypes(self.raw)))]

    def template_arguments(self):
        """The types that a class template was given; one of kind 0 (invalid) for each argument that is no type."""
        lib = self.unit.lib
        return [self._type(lib.clang_Type_getTemplateArgumentAsType(self.raw, index))
                for index in range(max(0, lib.clang_Type_getNumTemplateArguments(self.raw)))]

    def member_class(self):
        """The class of a pointer to member."""
        return self._type(self.unit.lib.clang_Type_getClassType(self.raw))

    @property
    def const(self):
        return bool(self.unit.lib.clang_isConstQualifiedType(self.raw))

    @property
    def volatile(self):
        return bool(self.unit.lib.clang_isVolatileQualifiedType(self.raw))

    @property
    def variadic(self):
        return bool(self.unit.lib.clang_isFunctionTypeVariadic(self.raw))

    @property
    def reference_qualifier(self):
        return self.unit.lib.clang_Type_getCXXRefQualifier(self.raw)


class Cursor:
    """A CXCursor.  Two cursors are equal when libclang says that they are."""

    __slots__ = ("raw", "unit")

    def __init__(self, raw, unit):
        # A struct returned by value owns its memory; one that a visitor is handed must be copied first.
        self.raw, self.unit = raw, unit

    def __eq__(self, other):
        return isinstance(other, Cursor) and bool(self.unit.lib.clang_equalCursors(self.raw, other.raw))

    __hash__ = None

    def _cursor(self, raw):
        return Cursor(raw, self.unit)

    def _string(self, function):
        return _text(self.unit.ffi, self.unit.lib, function(self.raw))

    @property
    def kind(self):
        return self.raw.kind

    @property
    def null(self):
        return bool(self.unit.lib.clang_Cursor_isNull(self.raw))

    @property
    def spelling(self):
        return self._string(self.unit.lib.clang_getCursorSpelling)

    @property
    def display_name(self):
        """With parameters and template arguments: 'Chain<T, Rest...>' of a partial specialisation."""
        return self._string(self.unit.lib.clang_getCursorDisplayName)

    @property
    def usr(self):
        """libclang's unified symbol resolution: equal for all declarations of one entity."""
        return self._string(self.unit.lib.clang_getCursorUSR)

    @property
    def mangled(self):
        return self._string(self.unit.lib.clang_Cursor_getMangling)

    @property
    def complete_object_mangled(self):
        """Of a constructor or destructor: the variant for complete objects (C1, D1; Itanium C++ ABI 5.1.4.3)."""
        ffi, lib = self.unit.ffi, self.unit.lib
        found = lib.clang_Cursor_getCXXManglings(self.raw)
        if found == ffi.NULL:
            return ""
        names = [ffi.string(lib.clang_getCString(found[0].Strings[index])).decode() for index in range(found[0].Count)]
        lib.clang_disposeStringSet(found)
        return next((name for name in names if "C1" in name or "D1" in name), "")

    @property
    def comment(self):
        return self._string(self.unit.lib.clang_Cursor_getRawCommentText)

    @property
    def location(self):
        unit = self.unit
        return Location(unit.ffi, unit.lib, unit.lib.clang_getCursorLocation(self.raw))

    def extent(self):
        """(file, offset of the first byte, offset behind the last) of what is written here; None where a macro is
        part of it."""
        unit = self.unit
        lib, range_ = unit.lib, unit.lib.clang_getCursorExtent(self.raw)
        first, last = lib.clang_getRangeStart(range_), lib.clang_getRangeEnd(range_)
        ends = [_offset(unit, function, place) for place in (first, last)
                for function in (lib.clang_getExpansionLocation, lib.clang_getSpellingLocation)]
        if ends[0] != ends[1] or ends[2] != ends[3] or ends[0][0] != ends[2][0]:
            return None
        return ends[0][0], ends[0][1], ends[2][1]

    def evaluate(self):
        """The value of a variable's initializer or an expression: int, float or bytes; None where it is no constant."""
        ffi, lib = self.unit.ffi, self.unit.lib
        result = lib.clang_Cursor_Evaluate(self.raw)
        if result == ffi.NULL:
            return None
        try:
            kind = lib.clang_EvalResult_getKind(result)
            if kind == 1:
                return int(lib.clang_EvalResult_getAsUnsigned(result) if lib.clang_EvalResult_isUnsignedInt(result)
                           else lib.clang_EvalResult_getAsLongLong(result))
            if kind == 2:
                return float(lib.clang_EvalResult_getAsDouble(result))
            text = lib.clang_EvalResult_getAsStr(result) if kind == 4 else ffi.NULL
            return ffi.string(text) if text != ffi.NULL else None
        finally:
            lib.clang_EvalResult_dispose(result)

    def pretty(self):
        """The declaration as clang prints it from its syntax tree."""
        unit = self.unit
        policy = unit.lib.clang_getCursorPrintingPolicy(self.raw)
        try:
            return _text(unit.ffi, unit.lib, unit.lib.clang_getCursorPrettyPrinted(self.raw, policy))
        finally:
            unit.lib.clang_PrintingPolicy_dispose(policy)

    def children(self):
        """The direct children, in source order."""
        unit = self.unit
        found = []
        handle = unit.ffi.new_handle(found)
        unit.lib.clang_visitChildren(self.raw, _visitor(unit.ffi), handle)
        return [Cursor(raw, unit) for raw in found]

    def parent(self):
        return self._cursor(self.unit.lib.clang_getCursorSemanticParent(self.raw))

    def definition(self):
        """The cursor of the definition, a null one if there is none in this translation unit."""
        return self._cursor(self.unit.lib.clang_getCursorDefinition(self.raw))

    def first_declaration(self):
        return self._cursor(self.unit.lib.clang_getCanonicalCursor(self.raw))

    def template(self):
        """What a specialisation or instance was made from, a null cursor for what is neither."""
        return self._cursor(self.unit.lib.clang_getSpecializedCursorTemplate(self.raw))

    def referenced(self):
        return self._cursor(self.unit.lib.clang_getCursorReferenced(self.raw))

    def overloaded(self):
        """The declarations an OVERLOADED_DECL_REF stands for."""
        lib = self.unit.lib
        return [self._cursor(lib.clang_getOverloadedDecl(self.raw, index))
                for index in range(lib.clang_getNumOverloadedDecls(self.raw))]

    def arguments(self):
        lib = self.unit.lib
        return [self._cursor(lib.clang_Cursor_getArgument(self.raw, index))
                for index in range(max(0, lib.clang_Cursor_getNumArguments(self.raw)))]

    @property
    def type(self):
        return ClangType(self.unit.lib.clang_getCursorType(self.raw), self.unit)

    @property
    def underlying_type(self):
        """Of a typedef."""
        return ClangType(self.unit.lib.clang_getTypedefDeclUnderlyingType(self.raw), self.unit)

    @property
    def integer_type(self):
        """Of an enum."""
        return ClangType(self.unit.lib.clang_getEnumDeclIntegerType(self.raw), self.unit)

    @property
    def access(self):
        return self.unit.lib.clang_getCXXAccessSpecifier(self.raw)

    @property
    def storage(self):
        return self.unit.lib.clang_Cursor_getStorageClass(self.raw)

    @property
    def linkage(self):
        return self.unit.lib.clang_getCursorLinkage(self.raw)

    @property
    def exception_specification(self):
        return self.unit.lib.clang_getCursorExceptionSpecificationType(self.raw)

    @property
    def template_argument_count(self):
        """-1 for what is no specialisation of a function template."""
        return self.unit.lib.clang_Cursor_getNumTemplateArguments(self.raw)

    def template_value(self, index):
        """The template argument at that place where it is an integer, an enumerator or a bool, as an integer of 64
        bits; else None.  Of class templates libclang tells it since version 16."""
        lib = self.unit.lib
        if lib.clang_Cursor_getTemplateArgumentKind(self.raw, index) != _INTEGRAL:
            return None
        return lib.clang_Cursor_getTemplateArgumentValue(self.raw, index)

    def test(self, question):
        """Whether libclang's predicate clang_<question> holds, such as 'CXXMethod_isConst'."""
        return bool(getattr(self.unit.lib, "clang_" + question)(self.raw))

    def test_if_known(self, question):
        """`test`, or None where this libclang has no such predicate."""
        try:
            predicate = getattr(self.unit.lib, "clang_" + question)
        except AttributeError:
            return None
        return bool(predicate(self.raw))


def is_intrinsic(location):
    """Whether it is in a header such as <emmintrin.h>."""
    return location.system and location.file.endswith("intrin.h")


class TranslationUnit:
    """A parsed source, owned here and disposed with the last cursor into it."""

    _SKIP_BODIES = 0x40         # CXTranslationUnit_SkipFunctionBodies
    _WITH_PLACE = 0x0B          # CXDiagnostic_DisplaySourceLocation, DisplayColumn, DisplayOption
    _FAILURES = {1: "libclang failed", 2: "libclang crashed", 3: "invalid arguments", 4: "cannot read the source"}

    def __init__(self, source_name, source, arguments, skip_bodies=True, files=()):
        """Parse `source` (text) under the name `source_name` with compiler arguments (a list of str).
        Function bodies are not looked at unless `skip_bodies` is False.  `files`: (name, text) pairs of further files
        that the source may include, whether they exist or not.

        Raises ValueError if libclang refuses to parse at all; errors in the source are in `diagnostics`.
        """
        self.ffi, self.lib = ffi, lib = library.load()
        self.nominal_types = {}             # of `types`: what is known of classes and enums, by spelling
        self.unnamed = {}                   # of `declarations`: names given to unnamed classes, by clang's description
        self.instances = {}                 # of `types`: {name: (instance, template)} of class templates
        self.inline_definitions = set()     # of `declarations`: USRs of members defined as inline after their class
        self.partly_specialized = set()     # of `declarations`: USRs of class templates with partial specialisations
        self._unit = ffi.NULL
        # What a precompiled header declares is there, but not visited.
        self._index = lib.clang_createIndex(1, 0)
        texts = [[ffi.new("char[]", part.encode("utf-8", "surrogateescape")) for part in pair]
                 for pair in ((source_name, source),) + tuple(files)]
        unsaved = ffi.new("CXUnsavedFile[]", len(texts))
        for entry, (name, text) in zip(unsaved, texts):
            entry.Filename, entry.Contents, entry.Length = name, text, len(text) - 1
        name = texts[0][0]
        kept = [ffi.new("char[]", argument.encode("utf-8")) for argument in arguments]
        unit = ffi.new("CXTranslationUnit *")
        code = lib.clang_parseTranslationUnit2(self._index, name, ffi.new("const char *[]", kept), len(kept),
                                               unsaved, len(texts), self._SKIP_BODIES if skip_bodies else 0, unit)
        self._unit = unit[0]
        if code:
            raise ValueError("%s: %s" % (source_name, self._FAILURES.get(code, "libclang error %d" % code)))

    def __del__(self):
        # After a failed __init__ there may be nothing, or only the index.
        if getattr(self, "_unit", None):
            self.lib.clang_disposeTranslationUnit(self._unit)
        if getattr(self, "_index", None):
            self.lib.clang_disposeIndex(self._index)

    @property
    def cursor(self):
        return Cursor(self.lib.clang_getTranslationUnitCursor(self._unit), self)

    def save(self, path):
        """Write a precompiled header of what was parsed; whether that went well."""
        name = self.ffi.new("char[]", path.encode("utf-8", "surrogateescape"))
        return self.lib.clang_saveTranslationUnit(self._unit, name, 0) == 0

    def included_files(self):
        """{name of each file that was read: name of the file that the source itself included to get there}."""
        ffi, lib, found = self.ffi, self.lib, {}

        def visit(file, stack, depth, data):
            name = _text(ffi, lib, lib.clang_getFileName(file))
            # The last place is in the source, the one before it in what the source includes.
            outer = _offset(self, lib.clang_getFileLocation, stack[depth - 2])[0] if depth > 1 else name
            found.setdefault(name, outer)
        callback = ffi.callback("void(CXFile, CXSourceLocation *, unsigned, void *)", visit)
        lib.clang_getInclusions(self._unit, callback, ffi.NULL)
        return found

    def formatted_diagnostics(self):
        """[(severity, text)] of the diagnostics as a compiler prints them, with their places."""
        ffi, lib = self.ffi, self.lib
        result = []
        for index in range(lib.clang_getNumDiagnostics(self._unit)):
            diagnostic = lib.clang_getDiagnostic(self._unit, index)
            result.append((lib.clang_getDiagnosticSeverity(diagnostic),
                           _text(ffi, lib, lib.clang_formatDiagnostic(diagnostic, self._WITH_PLACE))))
            lib.clang_disposeDiagnostic(diagnostic)
        return result

    def explained_errors(self):
        """The errors in clang's words without places, each followed by its notes: [[text, note, ...]].

        Those in the compiler's own intrinsics are left out: GCC defines there what clang has built in.
        """
        ffi, lib, result = self.ffi, self.lib, []
        for index in range(lib.clang_getNumDiagnostics(self._unit)):
            diagnostic = lib.clang_getDiagnostic(self._unit, index)
            place = Location(ffi, lib, lib.clang_getDiagnosticLocation(diagnostic))
            if lib.clang_getDiagnosticSeverity(diagnostic) >= 3 and not is_intrinsic(place):
                notes = lib.clang_getChildDiagnostics(diagnostic)       # belongs to the diagnostic
                result.append([_text(ffi, lib, lib.clang_getDiagnosticSpelling(diagnostic))] + [
                    _text(ffi, lib, lib.clang_getDiagnosticSpelling(lib.clang_getDiagnosticInSet(notes, place)))
                    for place in range(lib.clang_getNumDiagnosticsInSet(notes))])
            lib.clang_disposeDiagnostic(diagnostic)
        return result

    def diagnostics(self):
        """[(severity, Location, text)]; severity 2 is a warning, 3 an error, 4 fatal."""
        ffi, lib = self.ffi, self.lib
        result = []
        for index in range(lib.clang_getNumDiagnostics(self._unit)):
            diagnostic = lib.clang_getDiagnostic(self._unit, index)
            result.append((lib.clang_getDiagnosticSeverity(diagnostic),
                           Location(ffi, lib, lib.clang_getDiagnosticLocation(diagnostic)),
                           _text(ffi, lib, lib.clang_getDiagnosticSpelling(diagnostic))))
            lib.clang_disposeDiagnostic(diagnostic)
        return result

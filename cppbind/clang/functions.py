"""Turns cursors of functions, member functions and constructors into `model.Function`.

Used by `declarations`; sits on `cursor` and `types`.
"""

from dataclasses import replace

from .. import format as fmt
from .. import model
from . import cursor as cx
from .comments import clean_comment
from .types import convert, nominal_name

_ACCESS = {cx.PUBLIC: model.PUBLIC, cx.PROTECTED: model.PROTECTED, cx.PRIVATE: model.PRIVATE}
_KINDS = {cx.FUNCTION: fmt.FUNCTION_FREE, cx.CONSTRUCTOR: fmt.FUNCTION_CONSTRUCTOR,
          cx.CONVERSION: fmt.FUNCTION_CONVERSION}
FRAGMENTS = "/cppbind/"  # where libclang finds C++ that was given as text: nothing has to exist there
_DYNAMIC_NONE = 1       # throw()


def access_of(cursor):
    """'public' for what is not a member of a class."""
    return _ACCESS.get(cursor.access, model.PUBLIC)


def location_of(cursor):
    place = cursor.location
    return model.Location(user_path(place.file), place.line, place.column)


def user_path(path):
    """A path as the user would write it: clang puts './' before what it found in the current directory."""
    if path.startswith(FRAGMENTS):
        return path[len(FRAGMENTS):]
    return path[2:] if path.startswith("./") else path


def read_function(cursor, scope_name, adl_only=False, location=None):
    """The model.Function of a function cursor that is declared in the scope of that qualified name."""
    type_ = cursor.type if cursor.type.kind == 111 else cursor.type.canonical()
    kind = _KINDS.get(cursor.kind)
    if kind is None:
        kind = fmt.FUNCTION_STATIC if cursor.test("CXXMethod_isStatic") else fmt.FUNCTION_METHOD
    name = cursor.spelling
    result = _result(type_.result())
    if kind == fmt.FUNCTION_CONSTRUCTOR:
        name = name.split("<", 1)[0]
    elif kind == fmt.FUNCTION_CONVERSION:
        name = "operator " + result.spelling
    member = cursor.kind != cx.FUNCTION
    tail = type_.canonical().spelling.rsplit(")", 1)[-1]
    attributes = {child.kind for child in cursor.children()} if member else ()
    return model.Function(
        name=name,
        qualified_name=scope_name + "::" + name if scope_name else name,
        kind=kind,
        result=result,
        parameters=_parameters(cursor, type_),
        const=member and cursor.test("CXXMethod_isConst"),
        volatile="volatile" in tail,
        virtual=member and cursor.test("CXXMethod_isVirtual"),
        pure=member and cursor.test("CXXMethod_isPureVirtual"),
        override=cx.OVERRIDE_ATTRIBUTE in attributes,
        final=cx.FINAL_ATTRIBUTE in attributes,
        noexcept=_noexcept(cursor, tail),
        explicit=_explicit(cursor),
        reference_qualifier=("", "&", "&&")[type_.reference_qualifier],
        inline=cursor.test("Cursor_isFunctionInlined"),
        variadic=type_.variadic,
        deleted=is_deleted(cursor),
        defaulted=member and cursor.test("CXXMethod_isDefaulted"),
        external=is_external(cursor),
        copy=member and cursor.test("CXXConstructor_isCopyConstructor"),
        move=member and cursor.test("CXXConstructor_isMoveConstructor"),
        adl_only=adl_only,
        access=access_of(cursor),
        mangled=cursor.complete_object_mangled if kind == fmt.FUNCTION_CONSTRUCTOR else cursor.mangled,
        doc=clean_comment(cursor.comment),
        location=location or location_of(cursor))


def _result(type_):
    """The type of a result.  A closure, whose class has no name, is returned as the std::function of its signature."""
    result, canonical = convert(type_), type_.canonical()
    if not result.problem or "(lambda" not in canonical.spelling or canonical.kind != cx.RECORD_TYPE:
        return result
    calls = [child for child in canonical.declaration().children()
             if child.kind == cx.METHOD and child.spelling == "operator()"]
    if len(calls) != 1:         # a generic one
        return result
    call = calls[0].type.canonical()
    parts = [convert(part) for part in [call.result()] + call.arguments()]
    if any(part.problem for part in parts):
        return result
    name = "std::function<%s (%s)>" % (parts[0].spelling, ", ".join(part.spelling for part in parts[1:]))
    return model.Type(fmt.TYPE_CLASS, name, name=name)


def is_external(cursor):
    """Whether the definition is left to a library.

    Bodies are skipped when headers are parsed, so libclang tells of no definitions, but a function that is defined in
    a header must be inline or have internal linkage.  One that is neither and is defined there all the same is found
    like any other: the dictionary itself is the library.
    """
    return (not cursor.test("Cursor_isFunctionInlined") and cursor.linkage != cx.INTERNAL_LINKAGE
            and cursor.usr not in cursor.unit.inline_definitions)


def is_deleted(cursor):
    """Whether a function is `= delete`."""
    known = cursor.test_if_known("CXXMethod_isDeleted") if cursor.kind != cx.FUNCTION else None
    if known is None:
        return cursor.unit.lib.clang_getCursorAvailability(cursor.raw) == cx.NOT_AVAILABLE
    return known


def _noexcept(cursor, tail):
    """Whether a function says that it throws nothing; `tail` is what follows the parameters in its type."""
    specification = cursor.exception_specification
    # noexcept(expression): since C++17 its value shows in the canonical type.
    return (specification in (_DYNAMIC_NONE, cx.BASIC_NOEXCEPT, cx.NOTHROW)
            or (specification == cx.COMPUTED_NOEXCEPT and "noexcept" in tail))


def _explicit(cursor):
    if cursor.kind not in (cx.CONSTRUCTOR, cx.CONVERSION):
        return False
    known = cursor.test_if_known("CXXMethod_isExplicit")
    if known is None:
        known = "explicit" in cursor.pretty().split("(", 1)[0].split()
    return known


def _parameters(cursor, type_):
    names = cursor.arguments()
    parameters = []
    for index, argument in enumerate(type_.arguments()):
        name, default = "", None
        if index < len(names):
            name = names[index].spelling
            default = _default(names[index])
        parameters.append(model.Parameter(name, convert(argument), default))
    return tuple(parameters)


def _default(parameter):
    """The default argument as clang prints it, or None.

    Only parameters with an expression below them can have one; the text comes from the syntax tree, so macros and
    comments do not disturb it.  No type contains '=', so the first one begins the default.
    """
    if not any(100 <= child.kind < 300 for child in parameter.children()):
        return None
    _, equals, text = parameter.pretty().partition(" = ")
    return text.strip() if equals else None


def merge_redeclaration(first, later):
    """One Function of two declarations of the same one: what either adds, default arguments included."""
    parameters = tuple(
        model.Parameter(a.name or b.name, a.type, a.default if a.default is not None else b.default)
        for a, b in zip(first.parameters, later.parameters))
    return replace(first, parameters=parameters, doc=first.doc or later.doc, external=first.external and later.external,
                   inline=first.inline or later.inline, deleted=first.deleted or later.deleted,
                   adl_only=first.adl_only and later.adl_only)


def class_name(cursor):
    """The qualified name of a class or enum, template arguments included."""
    return nominal_name(cursor.type.canonical())

"""Can a class be copied or moved, can it be made without arguments?  Asked of template arguments of library containers.

Members of std::vector<T> that need one of these are declared for every T, but do not compile for every one, and the
compiler's error often names no line of ours.  So `instantiate` leaves them out.  The answer is about what people write:
where a class hides it behind templates it is yes, and the compiler has the last word.
"""

from .. import format as fmt
from .. import stl
from ..analysis.overloads import required_count
from .functions import is_deleted, read_function
from . import cursor as cx

_MOVE_ONLY = ("std::unique_ptr<", "std::thread", "std::mutex", "std::atomic<", "std::future<", "std::promise<")
_DEPTH = 8
_MOVED = ("std::unique_ptr<", "std::thread", "std::future<", "std::promise<")
# Functions of `stl` that copy an item into the container, or move it where it cannot be copied.
_COPYING = ("_stl_put", "_stl_append", "_stl_insert", "_stl_insert_at", "_stl_add")


def can_copy(type_, depth=0):
    """Whether an object of this type can be copied."""
    type_ = type_.canonical()
    if type_.kind != cx.RECORD_TYPE or depth > _DEPTH:
        return True
    spelling = type_.spelling.replace("const ", "")
    if spelling.startswith(_MOVE_ONLY):
        return False
    if not all(can_copy(argument, depth + 1) for argument in type_.template_arguments() if argument.kind):
        return spelling.startswith(("std::shared_ptr<", "std::function<", "std::weak_ptr<"))
    copies = moves = 0
    for child in type_.declaration().definition().children():
        if child.kind == cx.CONSTRUCTOR and child.test("CXXConstructor_isCopyConstructor"):
            if is_deleted(child) or child.access != cx.PUBLIC:
                return False
            copies += 1
        elif child.kind == cx.CONSTRUCTOR:
            moves += child.test("CXXConstructor_isMoveConstructor")
        elif child.kind in (cx.FIELD, cx.BASE_SPECIFIER) and not can_copy(child.type, depth + 1):
            return False
    return bool(copies) or not moves


def can_move(type_, depth=0):
    """Whether an object that cannot be copied can be moved, into a new one and into one that is there."""
    type_ = type_.canonical()
    spelling = type_.spelling.replace("const ", "")
    if type_.kind != cx.RECORD_TYPE or depth > _DEPTH or spelling.startswith(_MOVED) or can_copy(type_):
        return True
    if spelling.startswith(_MOVE_ONLY):
        return False
    children = type_.declaration().definition().children()
    constructor = [child for child in children if child.kind == cx.CONSTRUCTOR
                   and child.test("CXXConstructor_isMoveConstructor")]
    assignment = [child for child in children if child.spelling == "operator=" and "&&" in child.type.spelling]
    if constructor or assignment:
        return bool(constructor and assignment) and not any(
            is_deleted(child) or child.access != cx.PUBLIC for child in constructor + assignment)
    if any(child.kind == cx.DESTRUCTOR or child.spelling == "operator=" or (
            child.kind == cx.CONSTRUCTOR and child.test("CXXConstructor_isCopyConstructor")) for child in children):
        return False
    return all(can_move(child.type, depth + 1) for child in children
               if child.kind in (cx.FIELD, cx.BASE_SPECIFIER))


def _gives(function, moves):
    """Whether a function of `stl` that puts an item into a container can do it for an item that is not copied."""
    return not function.name.startswith(_COPYING) or (
        moves and function.parameters[-1].type.kind == fmt.TYPE_RVALUE_REF)


def can_default(type_):
    """Whether an object of this type can be made without arguments."""
    type_ = type_.canonical()
    if type_.kind != cx.RECORD_TYPE or "<" in type_.spelling:
        return True
    constructors = [child for child in type_.declaration().definition().children() if child.kind == cx.CONSTRUCTOR]
    return not constructors or any(not required_count(read_function(child, "")) and not is_deleted(child)
                                   and child.access == cx.PUBLIC for child in constructors)


def usable_members(name, instance, functions):
    """Those of the functions of a container instance that its items allow."""
    if stl.template_of(name) is None or name.startswith(("std::shared_ptr<", "std::unique_ptr<", "std::complex<")):
        return functions
    items = [argument for argument in instance.type.canonical().template_arguments() if argument.kind]
    # Of a map, the values: keys are looked up, and copied by nothing that stays.
    item = items[-1 if name.startswith(("std::pair<", "std::tuple<")) else
                 1 if name.startswith(("std::map<", "std::unordered_map<")) else 0] if items else None
    if item is None:
        return functions
    if not all(map(can_copy, items)):
        own, value = "const %s &" % name, "const %s &" % item.canonical().spelling
        moves = can_move(item)
        functions = [function for function in functions if _gives(function, moves) and (
            function.name.startswith("_stl_") or not any(
                parameter.type.spelling in (own, value) for parameter in function.parameters))]
    if not can_default(item):
        functions = [function for function in functions if not (
            (function.name in ("resize", "vector", "deque", "list") and [
                parameter.type.spelling for parameter in function.parameters] == ["unsigned long"])
            or (function.name == "operator[]" and len(items) > 1 and "map<" in name))]
    return functions

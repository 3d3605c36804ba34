"""What dictionaries know of the standard library: which templates and classes they read, and what Python needs of them.

`clang.instantiate` reads the public members of an instance such as `std::vector<int>`, and with them the static
functions of `stl_text`, which do in one call what C++ does with iterators.  That text is compiled into the dictionary,
so it works with every standard library.  Neighbour: runtime/pythonize, which builds Python's methods from both.
"""

from collections import namedtuple

from . import stl_text
from .stl_text import TUPLE_LIMIT

NAMESPACE = "cppbind_stl"
_INCLUDES = frozenset(("cstddef", "cstring", "iterator", "memory", "new", "stdexcept", "string", "type_traits",
                       "utility"))
# header: what declares the template or class.  helper: the class template of `stl_text` for it.  names: its functions.
# members: those of its own members that are read, without constructors but the implicit ones; None: all, with them.
Known = namedtuple("Known", "header helper names members")

_SEQUENCE = "_stl_item _stl_put _stl_begin _stl_end"
_LIST = _SEQUENCE + " _stl_append _stl_insert _stl_erase _stl_holds"
_ERASE = " _stl_erase_at"
_STEPS = " _stl_step _stl_between"
_GROWING = _LIST + " _stl_insert_at" + _ERASE
_SET = "_stl_has _stl_drop _stl_add _stl_find _stl_begin _stl_end _stl_holds" + _ERASE
_MAP = "_stl_has _stl_drop _stl_get _stl_put _stl_find _stl_begin _stl_end _stl_holds" + _ERASE
_MULTIMAP = _SET
_QUEUE = "_stl_append"
_POINTER = "_stl_get"


def _known(header, helper=None, names="", members=None):
    return Known(header, helper, tuple(names.split()), None if members is None else tuple(members.split()))


TEMPLATES = {
    "std::vector": _known("vector", "growing", _GROWING + _STEPS),
    "std::deque": _known("deque", "growing", _GROWING + _STEPS), "std::list": _known("list", "growing", _GROWING),
    "std::array": _known("array", "sequence", _SEQUENCE + _STEPS),
    "std::forward_list": _known("forward_list", "forward", _LIST + " _stl_size",
                                "empty clear front push_front pop_front"),
    "std::span": _known("span", "span", "_stl_item _stl_put _stl_make", "size size_bytes empty data"),
    "std::initializer_list": _known("initializer_list", "initializer", "_stl_item _stl_open _stl_append _stl_close",
                                    "size"),
    "std::bitset": _known("bitset", "bits", "_stl_item _stl_put _stl_text",
                          "all any none count size set reset flip test to_ulong to_ullong"),
    "std::set": _known("set", "set", _SET), "std::multiset": _known("set", "set", _SET),
    "std::unordered_set": _known("unordered_set", "set", _SET),
    "std::unordered_multiset": _known("unordered_set", "set", _SET, "size empty clear count"),
    "std::map": _known("map", "map", _MAP), "std::unordered_map": _known("unordered_map", "map", _MAP),
    "std::multimap": _known("map", "multimap", _MULTIMAP, "size empty clear count"),
    "std::unordered_multimap": _known("unordered_map", "multimap", _MULTIMAP, "size empty clear count"),
    "std::queue": _known("queue", "queue", _QUEUE, "size empty front back push pop"),
    "std::stack": _known("stack", "queue", _QUEUE, "size empty top push pop"),
    "std::priority_queue": _known("queue", "queue", _QUEUE, "size empty top push pop"),
    "std::pair": _known("utility"), "std::tuple": _known("tuple", "tuple"),
    "std::variant": _known("variant", "variant", members="index valueless_by_exception"),
    "std::optional": _known("optional", "optional", "_stl_get _stl_put _stl_clear _stl_holds"),
    "std::complex": _known("complex"),
    "std::function": _known("functional", "function", "_stl_has _stl_bind _stl_from _stl_plain", "operator()"),
    "std::unique_ptr": _known("memory", "unique", _POINTER + " _stl_release _stl_take"),
    "std::shared_ptr": _known("memory", "shared", _POINTER + " _stl_owner _stl_adopt _stl_take _stl_uses"),
    "std::weak_ptr": _known("memory", "weak", "_stl_put", "expired use_count lock reset"),
    "std::chrono::duration": _known("chrono", "duration", "_stl_put", "count"),
    "std::chrono::time_point": _known("chrono", "moment", "_stl_put _stl_since"),
}
# Classes that are no templates.
CLASSES = {
    "std::filesystem::path": _known(
        "filesystem", "path", "_stl_put",
        "string filename stem extension parent_path root_path relative_path empty is_absolute is_relative has_filename"
        " has_extension lexically_normal clear replace_extension remove_filename"),
    "std::monostate": _known("variant", members=""),
}

# Members that mean the implementation's own types: iterators, nodes, allocators.
HIDDEN_TYPES = ("std::_", "__gnu_cxx::", "std::__", "initializer_list", "reverse_iterator", "allocator", "_Node_handle",
                "node_type", "std::less", "std::hash", "std::equal_to", "value_compare", "std::default_delete",
                "_Complex", "node_handle")


def template_of(name):
    """The Known of a class's name, or None: that of 'std::vector' for 'std::vector<int>'."""
    return TEMPLATES.get(name.partition("<")[0]) if name.endswith(">") else CLASSES.get(name)


def members_of(name):
    """The names of the members to be read of a class; None: all that it has."""
    known = template_of(name)
    return None if known is None else known.members


def helper_of(name, argument_count):
    """(class of `stl_text`, names of its functions) for an instance; (None, ()) where it needs none."""
    known = template_of(name)
    if known is None or known.helper is None or name.partition("<")[2].split(",")[0].rstrip(">").endswith("[]"):
        return None, ()
    names = known.names if not name.startswith("std::span<const ") else known.names[:1] + known.names[2:]
    if known.helper in ("tuple", "variant"):
        names = tuple("_stl_%s%d" % (what, place) for place in range(min(argument_count, TUPLE_LIMIT))
                      for what in ("get", "put"))
    return "%s::%s<%s>" % (NAMESPACE, known.helper, "::" + name), names


def is_support(name):
    """Whether a class is one of `stl_text`."""
    return name.startswith(NAMESPACE + "::")


# The standard since which a header declares anything; before that, including it does no harm.
_SINCE = {"optional": 201703, "variant": 201703, "string_view": 201703, "filesystem": 201703, "span": 202002}


def _guarded(header, part):
    """C++ text that is seen by compilers that know its header."""
    return "#if __cplusplus >= %dL\n%s#endif\n" % (_SINCE[header], part) if header in _SINCE else part


def position_text(name):
    """The C++ text of the class of a position in a container, by its name."""
    bools = stl_text.BOOL_POSITION if "<std::vector<bool" in name else ""
    includes = "".join("#include <%s>\n" % header for header in ("iterator", "memory", "stdexcept", "type_traits"))
    return "%snamespace %s {\n%s%s}\n" % (includes, NAMESPACE, stl_text.POSITIONS, bools)


def is_position(name):
    """Whether a class is one that begin() and end() of a container return in Python."""
    return name.startswith((NAMESPACE + "::position<", NAMESPACE + "::map_position<"))


def support_text(headers):
    """The C++ text for instances of the templates that these headers (a set of names) declare."""
    text = "".join("#include <%s>\n" % header for header in sorted(_INCLUDES | set(headers)))
    text += "namespace %s {\n%s" % (NAMESPACE, stl_text.CONTAINERS)
    text += "".join(dict.fromkeys(_guarded(header, part) for header, part in stl_text.PARTS if header in headers))
    return text + "}\n"

"""Which functions of the library's containers move or drop items, and how an item is known to be still there.

The core refuses such functions while items are viewed or in use, and looks for an item before it uses one
(c_backend/cpp_item.c, portable/items.py).  Neighbours: pythonize.py, which asks before its rules; stl.py, which has
`_stl_holds`.
"""

from .. import format as fmt
from . import methods, native

_READING = frozenset(
    "begin end cbegin cend rbegin rend crbegin crend at operator[] __getitem__ front back top data find count contains"
    " lower_bound upper_bound equal_range size empty max_size get_allocator value operator* operator-> __deref__ get"
    " index visit _stl_item _stl_begin _stl_end _stl_has _stl_get _stl_find _stl_holds _stl_size _stl_uses _stl_owner"
    " _stl_step _stl_between"
    # These ask themselves (iterators.py), once their iterators are known to be good.
    " _stl_erase_at _stl_insert_at".split())
# Items in nodes stay where they are when others come.
_ADDING = frozenset(
    "push_back push_front push emplace emplace_back emplace_front emplace_hint try_emplace insert insert_after reserve"
    " rehash reverse sort max_load_factor _stl_append _stl_insert _stl_add".split())
_EXCHANGING = frozenset(("swap", "merge", "splice"))
_REPLACING = frozenset(("_stl_put", "insert_or_assign", "__setitem__"))

_RULES = {"std::vector": native.LIES_IN_VECTOR, "std::unique_ptr": native.LIES_BEHIND,
          "std::shared_ptr": native.LIES_BEHIND}
_RULES.update(("std::" + name, native.LIES_IN_NODES) for name in (
    "deque list forward_list map multimap unordered_map unordered_multimap set multiset unordered_set"
    " unordered_multiset queue stack priority_queue optional variant".split()))


def prepare(cls, template):
    """Before the rules of a class run: tell the core of the functions of a container."""
    if template.startswith("cppbind_stl::"):
        # An iterator: into a node it stays good while that is there.
        stays = cls.__dict__.get("_stl_holds")
        if stays is not None:
            native.set_items(cls, native.LIES_NOWHERE, methods.address_of(stays.token[0])[0][0])
        return
    rule = _RULES.get(template)
    if rule is None or cls.__cpp_name__ == "std::vector<bool>":
        return
    # Of a std::unique_ptr with a deleter of some size nobody knows where the pointer is.
    if native.sizeof(cls) != {"std::vector": 24, "std::unique_ptr": 8, "std::shared_ptr": 16}.get(
            template, native.sizeof(cls)):
        rule = native.LIES_IN_NODES
    holds = cls.__dict__.get("_stl_holds")
    native.set_items(cls, rule, methods.address_of(holds.token[0])[0][0] if holds is not None else 0)
    harmless = _READING if rule == native.LIES_IN_VECTOR or template == "std::priority_queue" else _READING | _ADDING
    for name, method in list(cls.__dict__.items()):
        if isinstance(method, (native.Method, native.Function)) and name not in harmless and not (
                name.startswith("_stl_get") or _is_reading(method)):
            if name in _REPLACING and template != "std::variant":
                method.__replaces_items__ = True
            else:
                method.__drops_items__ = True
    for name in _EXCHANGING & set(cls.__dict__):
        native.store(cls, name, _exchanging(cls.__dict__[name]))


def _exchanging(method):
    """A method that takes the items of other containers, too."""
    def call(self, *arguments):
        for other in arguments:
            if type(other) is type(self):
                native.check_items(other, True)
        return method(self, *arguments)
    call.__name__, call.__doc__ = method.__name__, method.__doc__
    return call


def _is_reading(method):
    return bool(method.token) and all(function.flags & fmt.FUNCTION_CONST for function in method.token)

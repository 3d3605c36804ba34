"""The three roles behind every proxy: instance, data member, method.

The one place of runtime/ that knows who plays them: the C types of the compiled
core, or on PyPy, and with another engine, the classes of portable/.  The numbers
below are those of the C headers named beside them.
"""

from cffi_like import engine as _engines

# The C types keep C data (pointers, arrays) as cdata of the same core, so its types are needed, not another engine's.
engine = _engines.load()

if hasattr(engine, "start_cpp"):
    _backend = engine
    try:
        # Gives the core what is compiled as C++; others do not load it, because of libstdc++.
        import _cffi_like_cpp  # noqa: F401
    except ImportError as problem:
        raise ImportError("cppbind needs a core that was compiled with a C++ compiler, and there was none when "
                          "cffi_like was installed: install one (apt, apk: g++, dnf: gcc-c++), then cffi_like again "
                          "(%s)" % problem) from problem
else:
    from . import portable as _backend
# Of which the portable core has nothing: None there.
_compiled = _backend if _backend is engine else None

Instance = _backend.CppInstance
Class = _backend.CppClass
Method = _backend.CppMethod
Function = _backend.CppFunction

new_class = _backend.cpp_new_class
# The bases that a class which was made before may be given: any but on PyPy (portable/roots.py).
plain_bases = getattr(_backend, "cpp_plain_bases", tuple)
setup_class = _backend.cpp_setup_class
new_type = _backend.cpp_new_type
new_member = _backend.cpp_new_member
new_method = _backend.cpp_new_method
setup_director = _backend.cpp_setup_director
mark_virtual = _backend.cpp_mark_virtual
new_closure = _backend.cpp_new_closure
string_parts = _backend.cpp_string_parts
set_hooks = _backend.cpp_set_hooks
store = _backend.cpp_store_attribute
bind = _backend.cpp_bind
addressof = _backend.cpp_addressof
sizeof = _backend.cpp_sizeof
keep_alive = _backend.cpp_keep_alive
set_items = _backend.cpp_set_items
keep_item = _backend.cpp_keep_item
bind_iterator = _backend.cpp_bind_iterator
check_items = _backend.cpp_check_items
hold = _backend.cpp_hold
cast_address = _backend.cpp_cast_address
base_offset = _backend.cpp_base_offset
new_capsule = _backend.cpp_new_capsule
set_source = _backend.cpp_set_source
set_mapping = _backend.cpp_set_mapping
set_regulator = _backend.cpp_set_regulator
proxies = _backend.cpp_proxies
object_deleted = _backend.cpp_object_deleted
api_capsule = _backend._cpp_api
set_buffer = _backend.cpp_set_buffer
set_view = _backend.cpp_set_view
set_pointee = _backend.cpp_set_pointee
item_format = _backend.cpp_item_format
new_callable = _backend.cpp_new_callable
get_item = _backend.cpp_get_item
get_items = _backend.cpp_get_items
iterate = _backend.cpp_iterate
put_items = _backend.cpp_put_items
proxy_count = _backend.cpp_proxy_count
new_generation = _backend.cpp_new_generation
# Exceptions in place of the objects of their C++ classes: with the compiled core alone.
has_mappings = _backend is engine
# Signals as exceptions: the compiled core alone can.
signals_policy = getattr(_compiled, "cpp_signals_policy", None)
memory_policy = _backend.cpp_memory_policy

# cpp_class.h
CLASS_ABSTRACT, CLASS_POLYMORPHIC, CLASS_INCOMPLETE, CLASS_TRIVIAL, CLASS_NAMESPACE = 1, 2, 4, 8, 16
CLASS_UNION = 128
ITEMS_VECTOR, ITEMS_SPAN, ITEMS_INLINE = 0, 1, 2
LIES_NOWHERE, LIES_IN_VECTOR, LIES_IN_NODES, LIES_BEHIND = 0, 1, 2, 3
# cpp_instance.h
OWNED, REFERENCE, PART = 2, 4, 8
# cpp_type.h, beside the TYPE_ flags of format
TYPE_STRING, TYPE_SCOPED, TYPE_VIEW, TYPE_UNIT2, TYPE_UNIT4 = 1 << 16, 1 << 17, 1 << 18, 1 << 19, 1 << 20
# cpp_member.c
MEMBER_CONST, MEMBER_STATIC, MEMBER_BY_POINTER = 1, 2, 4
# cpp_method.h
METHOD_STATIC, METHOD_CONSTRUCTOR, METHOD_MIXED, METHOD_CREATES, METHOD_OPERATOR = 1, 2, 4, 16, 64
METHOD_TEMPLATE = 512
# cpp_candidate.h
(CANDIDATE_THIS, CANDIDATE_WRAPPER, CANDIDATE_EXPLICIT, CANDIDATE_COPY, CANDIDATE_NOEXCEPT,
 CANDIDATE_CONSTRUCTOR, CANDIDATE_ASSIGN, CANDIDATE_VARIADIC, CANDIDATE_HELPER) = 1, 2, 4, 8, 16, 32, 64, 128, 256

"""The three roles of the run time (instance, data member, method) without the compiled core.

It serves on PyPy, and on CPython with the engine of the cffi package.

Has the names of the C++ part of `_cffi_like` (c_backend/cpp_*.c), its behaviour and its messages, and stands on
cffi_like's engine alone:

    memory ─► classes, instance ─► items, cpptype, convert_* ─► candidate ─► overload ─► methods, members, construct
                                                                                     └── fast: code made for plain ones

Written for a JIT: what a call or an access needs is worked out once, and code is made for it.
"""

from ... import format as _format
from .callables import cpp_new_callable
from .choose import cpp_new_type
from .classes import CppClass, cpp_new_class, cpp_new_generation, cpp_setup_class, cpp_sizeof, cpp_store_attribute
from .convert_function import cpp_new_closure
from .director import cpp_mark_virtual, cpp_setup_director
from .hooks import cpp_set_hooks
from .instance import (CppInstance, cpp_addressof, cpp_base_offset, cpp_bind, cpp_cast_address, cpp_exports,
                       cpp_keep_alive, cpp_new_capsule, cpp_object_deleted, cpp_proxies, cpp_proxy_count,
                       cpp_set_regulator)
from .items import cpp_bind_iterator, cpp_check_items, cpp_hold, cpp_keep_item, cpp_set_items
from .members import cpp_new_member
from .memory import cpp_string_parts
from .methods import CppFunction, CppMethod, cpp_memory_policy, cpp_new_method
from .roots import cpp_plain_bases
from .sequence import (cpp_get_item, cpp_get_items, cpp_item_format, cpp_iterate, cpp_put_items, cpp_set_buffer,
                       cpp_set_mapping, cpp_set_pointee, cpp_set_source, cpp_set_view)

_cpp_api = None             # the C interface of the compiled core
CPP_TYPE_KINDS = tuple(_format.TYPE_KINDS.values())

__all__ = [
    "CPP_TYPE_KINDS", "CppClass", "CppFunction", "CppInstance", "CppMethod", "cpp_addressof", "cpp_base_offset",
    "cpp_bind", "cpp_bind_iterator", "cpp_cast_address", "cpp_check_items", "cpp_exports", "cpp_get_item",
    "cpp_get_items", "cpp_hold", "cpp_item_format", "cpp_iterate", "cpp_keep_alive", "cpp_keep_item",
    "cpp_mark_virtual", "cpp_memory_policy", "cpp_new_callable", "cpp_new_capsule", "cpp_new_class",
    "cpp_new_closure", "cpp_new_generation", "cpp_new_member", "cpp_new_method", "cpp_new_type",
    "cpp_object_deleted", "cpp_plain_bases", "cpp_proxies", "cpp_proxy_count", "cpp_put_items", "cpp_set_buffer",
    "cpp_set_hooks", "cpp_set_items", "cpp_set_mapping", "cpp_set_pointee", "cpp_set_regulator", "cpp_set_source",
    "cpp_set_view", "cpp_setup_class", "cpp_setup_director", "cpp_sizeof", "cpp_store_attribute", "cpp_string_parts"]

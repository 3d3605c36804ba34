"""std::span and std::initializer_list: items that lie elsewhere.

A span of numbers is a buffer, and is made from one without copying.  Neighbours: pythonize.py, the table;
pythonize_sequence.py, which has what all sequences have; stl.py, the functions `_stl_...`.
"""

import array

from .. import format as fmt
from . import native
from .buffers import NUMBERS, add_buffer, has_buffer
from .pythonize_sequence import class_of_item, fixed, item_type
from .records import address_of, check_records, is_record_array
from .templates import template_arguments

_DYNAMIC = 2**64 - 1


def span(cls):
    """std::span: a sequence of fixed length, a buffer where its items are numbers.

    It is made from anything with a buffer of such items (NumPy arrays, structured ones for structs of numbers,
    array.array, bytes for const ones), or from a vector, array or span of C++; it shares their memory and keeps them
    alive.  A list is copied, for const items only.
    """
    make = cls.__dict__.get("_stl_make")
    if make is None or "_stl_item" not in cls.__dict__:
        return
    arguments = template_arguments(cls.__cpp_name__)
    is_const, extent = arguments[0].startswith("const "), _DYNAMIC
    if len(arguments) > 1:
        extent = int(arguments[1].rstrip("UL"))
    fixed(cls)
    items, record = item_type(cls)
    letter = native.item_format(items) if record.kind in NUMBERS else None

    def counted(first, count, owner):
        if extent not in (_DYNAMIC, count):
            raise ValueError("%d items for '%s'" % (count, cls.__name__))
        self = make(first, count)
        if isinstance(owner, native.Instance):
            owner = native.hold(owner)      # its items must not move
        native.keep_alive(self, owner)
        return self

    def from_python(kind, value):
        if isinstance(value, (list, tuple)):
            value = array.array(letter, value)
        if record.kind == fmt.TYPE_CLASS and is_record_array(value):
            view = check_records(record.name, value)
            address, held = address_of(view, not is_const)
            first = native.bind(class_of_item(record), address, 0, None, False) if len(view) else None
            return counted(first, len(view), held)
        if letter is None or not has_buffer(value):
            return counted(value.data() if len(value) else None, len(value), value)
        view = memoryview(value)
        if view.ndim != 1:
            raise TypeError("'%s' is made from a buffer of one dimension, not of %d" % (cls.__name__, view.ndim))
        return counted(view if view.nbytes else None, len(view), view)

    def takes(value):
        if isinstance(value, (list, tuple)):
            return is_const and letter is not None
        return hasattr(type(value), "data") if isinstance(value, native.Instance) else (
            has_buffer(value) if letter is not None else record.kind == fmt.TYPE_CLASS and is_record_array(value))
    native.set_source(cls, from_python, (takes,), None)
    native.set_view(cls)
    if extent == _DYNAMIC:
        add_buffer(cls, native.ITEMS_SPAN, is_const)


# ---- initializer lists -----------------------------------------------------------------------------

class _Closing:
    """Destroys the items of an initializer_list when nothing looks at them any more.

    And the object that holds them: of objects that are collected together Python finalizes any one first.
    """

    def __init__(self, store, count, close):
        self._store, self._count, self._close = store, count, close
        store.__python_owns__ = False

    def __del__(self):
        self._close(self._store, self._count)
        self._store.__python_owns__ = True
        self._store.__destruct__()


def initializer_list(cls):
    """std::initializer_list: made from a list or tuple, read like a tuple."""
    start, append, close = (cls.__dict__.get(name) for name in ("_stl_open", "_stl_append", "_stl_close"))
    if start is None or close is None or "_stl_item" not in cls.__dict__:
        return
    fixed(cls)
    native.set_view(cls)
    if append is None:
        return          # the items cannot be copied

    def from_python(kind, values):
        values, store = list(values), kind()
        start(store, len(values))
        closing = _Closing(store, len(values), close)
        for value in values:
            append(store, value)
        self = kind(store)
        native.keep_alive(self, closing)
        return self
    native.set_source(cls, from_python, (list, tuple, range), None)

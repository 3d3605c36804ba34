"""The values that Python gets of the arguments that C++ gives.

What C++ passes by value is destroyed behind the call: Python gets a copy.  What it passes by reference may be a local
variable, or an item that moves: if Python keeps the proxy it is empty afterwards (ReferenceError), unless the object
was known before.  A pointer is taken for one to an object that stays, as one that a function returns, except where it
points into the caller's stack.  Neighbours: answers.py; director.py, callables.py and convert_function.py, where C++
calls.
"""

import sys
import threading

from ... import format as fmt
from . import classes, memory
from .cpptype import TEXT
from .hooks import hooks
from .instance import CHANGEABLE, LENT, OWNED, READONLY, SIMPLE, expire, find, use
from .memory import engine

_thread = threading.local()


# ---- the thread's stack ---------------------------------------------------------------------------

def _ask_stack():
    """(first, last) address of this thread's stack; (0, 0) where nobody can tell."""
    library, word, pointer = engine.load_library(None), memory.word, memory.void_pointer
    own = library.load_function(engine.new_function_type((), word), "pthread_self")()
    if sys.platform == "darwin":
        asking = engine.new_function_type((word,), word)
        last = library.load_function(asking, "pthread_get_stackaddr_np")(own)
        return last - library.load_function(asking, "pthread_get_stacksize_np")(own), last
    attributes = memory.newp(memory.words, 32)          # more than any pthread_attr_t has
    asking = engine.new_function_type((word, pointer), memory.int_type)
    if library.load_function(asking, "pthread_getattr_np")(own, attributes):
        return 0, 0
    found = memory.newp(memory.words, 2)
    at = memory.address_of(found)
    getting = engine.new_function_type((pointer, word, word), memory.int_type)
    failed = library.load_function(getting, "pthread_attr_getstack")(attributes, at, at + memory.WORD_SIZE)
    library.load_function(engine.new_function_type((pointer,), memory.int_type), "pthread_attr_destroy")(attributes)
    return (0, 0) if failed else (found[0], found[0] + found[1])


def _is_local(address):
    """Whether the address lies in this thread's stack: a local variable of some caller."""
    stack = getattr(_thread, "stack", None)
    if stack is None:
        try:
            stack = _thread.stack = _ask_stack()
        except (AttributeError, OSError):               # no such functions
            stack = _thread.stack = 0, 0
    return stack[0] <= address < stack[1]


# ---- what Python gets -------------------------------------------------------------------------------

def is_temporary(type_):
    """Whether C++ destroys the object after the call: Python gets a copy, or, where it cannot be copied, a proxy that
    is empty afterwards."""
    if type_.kind == fmt.TYPE_RVALUE_REF:
        type_ = type_.target
    return type_.kind == fmt.TYPE_CLASS and not type_.flags & TEXT


def is_lent(type_):
    """Whether an object of a class is passed by reference or pointer."""
    return type_.kind in (fmt.TYPE_LVALUE_REF, fmt.TYPE_POINTER) and type_.target.kind == fmt.TYPE_CLASS \
        and not type_.target.flags & TEXT


_NUMBERS = frozenset(range(fmt.TYPE_SHORT, fmt.TYPE_ULONGLONG + 1)) | {fmt.TYPE_FLOAT, fmt.TYPE_DOUBLE}


def is_number(type_):
    """Whether a number is passed by reference, which Python may change."""
    return (type_.kind == fmt.TYPE_LVALUE_REF and type_.ctype is not None and type_.target.kind in _NUMBERS
            and not type_.target.flags & fmt.TYPE_CONST)


def value_of(type_, register):
    """The value of an argument that came in a register."""
    if is_lent(type_):
        return _lent(type_, register)
    if is_number(type_):
        return hooks.number_reference(type_.result(register, None), engine.cast(type_.ctype, register))
    return _copied(type_, type_.result(register, None))


def value_at(type_, address):
    """That of one that lies at an address (of a reference: where a pointer lies)."""
    if type_.kind == fmt.TYPE_ARRAY:        # a parameter that is an array is a pointer
        address = memory.read_word(address)
    if is_lent(type_):
        return _lent(type_, memory.read_word(address))
    if is_number(type_):
        return value_of(type_, memory.read_word(address))
    return _copied(type_, type_.load(address))


def _copied(type_, value):
    if is_temporary(type_) and hasattr(value, "__cppbind_life__"):
        try:
            return value.__copy__()
        except TypeError:
            pass
    return value


def _lent(type_, address):
    """An object that was not known before is in use until the outermost call is over that C++ gave it to."""
    known = find(*classes.dynamic_class(type_.target.info(), address))
    value, constant = type_.result(address, None), type_.target.flags & fmt.TYPE_CONST
    life = getattr(value, "__cppbind_life__", None)
    if life is None:
        return value
    is_new = known is not value and life.lifeline is None and life.flags & (SIMPLE | OWNED) == SIMPLE
    if is_new and not life.handle and (type_.kind == fmt.TYPE_LVALUE_REF or _is_local(address)):
        life.flags |= LENT | READONLY if constant else LENT
    if life.flags & LENT:
        use(value, 1)
    if not constant:
        life.flags |= CHANGEABLE
    return value


def give_back(types, values):
    """After the call: nothing of what C++ may destroy now stays reachable."""
    for type_, value in zip(types, values):
        life = getattr(value, "__cppbind_life__", None)
        if life is None:
            if is_number(type_):
                value.pointer = None
            continue
        if is_temporary(type_):
            if not life.flags & OWNED:
                expire(value)
        elif is_lent(type_):
            _end(value, life)


def _end(value, life):
    if life.flags & LENT:
        use(value, -1)
        if life.uses > 0:
            return              # lent further up, too
        life.flags &= ~(LENT | READONLY | CHANGEABLE)
        if not life.flags & OWNED and not life.handle:
            expire(value)
    life.flags &= ~CHANGEABLE

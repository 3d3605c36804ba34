"""C++ calls Python: what is to be called, how an answer goes back, and what is raised on the way.

A dictionary's C++ code calls the functions here by a table of pointers (cppbind/emit_answers.py, `cppbind_python`).
They cannot throw, so they tell what was raised, and the dictionary throws.  Neighbours: director.py (virtual
functions), callables.py (std::function), given.py (arguments), memory.py (`Guards`, which gets the exceptions that
come back).
"""

import atexit
import itertools
import threading

from ... import format as fmt
from . import memory
from .cpptype import VIEW, Call
from .memory import engine

_word, _void, _int = memory.word, memory.void, memory.int_type
_said = engine.new_struct_type("struct cppbind_said")
engine.complete_struct_or_union(_said, [("id", _word, -1), ("text", memory.word, -1), ("value", _word, -1)])
_said_pointer = engine.new_pointer_type(_said)
_uint32 = engine.new_primitive_type("uint32_t")

# ORDER: cppbind_python.
_FUNCTIONS = (
    ("answer", (_word, _uint32, memory.word_pointer, _word, _uint32, _said_pointer), _int),
    ("gone", (_word,), _void),
    ("run", (_word, memory.word_pointer, _word, _said_pointer), _int),
    ("release", (_word,), _void), ("done", (_word,), _void), ("caught", (_word,), _void), ("dropped", (_word,), _void))

_BY_POINTER = (fmt.TYPE_CLASS, fmt.TYPE_LONGDOUBLE, fmt.TYPE_INT128, fmt.TYPE_UINT128)
_REFERENCES = (fmt.TYPE_POINTER, fmt.TYPE_LVALUE_REF, fmt.TYPE_RVALUE_REF)
KEPT = 8                    # answers that C++ may go on looking at: it may call again before it looks

_numbers = itertools.count(1)
_raised = {}                # id -> (exception, its text as cdata)
_caught = threading.local()  # what a guard of this thread has caught
_needed = {}                # id -> what an answer needs until C++ has copied it
_table = []                 # the address of the cppbind_python, and what it is made of
targets = {}                # name in _FUNCTIONS -> function: director.py and callables.py set theirs


# ---- exceptions ---------------------------------------------------------------------------------

def tell_raised(said, error):
    """Tell C++ of an exception; the status to be returned."""
    text, number = str(error), next(_numbers)
    text = type(error).__name__ + (": " + text if text else "")
    held = memory.newp(memory.chars, text.encode("utf-8", "replace"))
    _raised[number] = error, held
    said.id, said.text = number, memory.address_of(held)
    return -1


def _was_caught(number):
    _caught.error = _raised[number][0]


def take_caught():
    """The exception that this thread's guard caught, for `Guards`."""
    error, _caught.error = _caught.error, None
    return error


# ---- results -----------------------------------------------------------------------------------------

def store_result(type_, value, result, said, keep):
    """Put an answer where C++ wants it; `keep(what)` is given what C++ may go on looking at."""
    kind = type_.kind
    if kind == fmt.TYPE_VOID:
        return
    if kind not in _BY_POINTER and kind not in _REFERENCES:
        type_.store(result, value)
        return
    call = Call()
    try:
        image = type_.argument(value, call)
    except BaseException:
        call.clean()
        raise
    if kind in _REFERENCES:
        memory.write_word(result, image)
        keep(_Kept(call, value))
        return
    said.value = image
    if type_.flags & VIEW:
        keep(_Kept(call, value))
        return
    said.id = number = next(_numbers)
    _needed[number] = _Kept(call, value)


class _Kept:
    """What an answer refers to."""

    __slots__ = ("call", "value")

    def __init__(self, call, value):
        self.call, self.value = call, value

    def __del__(self):
        self.call.clean()


# ---- the table -------------------------------------------------------------------------------------------

def _forget(number):
    _raised.pop(number, None)


def _is_done(number):
    _needed.pop(number, None)


targets.update(caught=_was_caught, dropped=_forget, done=_is_done)


def _stop(table):
    """C++ that is destroyed later than Python does not reach it any more."""
    for at in range(len(_FUNCTIONS)):
        table[at] = 0


def start():
    """Let the dictionary's C++ reach Python; before its helpers "answers" and "callable_new" are used."""
    if not _table:
        from . import callables, director  # noqa: F401     they set their targets
        memory_of = memory.helpers.allocate(len(_FUNCTIONS) * memory.WORD_SIZE, memory.WORD_SIZE)
        table = memory.cast(memory.word_pointer, memory_of)
        closures = []
        for at, (name, parameters, result) in enumerate(_FUNCTIONS):
            function_type = engine.new_function_type(parameters, result)
            error = (-1,) if result is _int else ()
            closures.append(engine.callback(function_type, targets[name], *error))
            table[at] = memory.address_of(closures[-1])
        _table.extend((memory_of, closures))
        atexit.register(_stop, table)
    memory.write_word(memory.helpers.python, _table[0])

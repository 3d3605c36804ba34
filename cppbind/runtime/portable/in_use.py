"""Which objects C++ is running on: they cannot be destroyed by hand.

Calls do not count what they use, since that would cost every one of them.  Where Python that C++ called asks, the
frames
below it tell: those of calls (overload.py, code of fast.py) have the object and the arguments as locals.  Neighbours:
instance.py (`__destruct__`), answers.py (C++ calls Python).
"""

import sys

from .classes import info_of
from .cpptype import Call
from .hooks import hooks
from .instance import PART, checks

GENERATED = "<cppbind "     # how the file names of generated code begin
call_codes = set()          # code objects whose frames are calls of C++
answer_codes = set()        # and those whose frames C++ calls
answering = [0]             # how many of the latter there are, on any thread


def answers(function):
    """A decorator: C++ calls the function."""
    def counted(*arguments):
        answering[0] += 1
        try:
            return function(*arguments)
        finally:
            answering[0] -= 1
    answer_codes.add(counted.__code__)
    return counted


def calls(function):
    """A decorator: the function calls C++."""
    call_codes.add(function.__code__)
    return function


def _is_part_of(value, proxy):
    if type(value) is hooks.moved_class:
        value = value.object
    while info_of(type(value)) is not None:
        if value is proxy:
            return True
        life = value.__cppbind_life__
        if not life.flags & PART:
            return False
        value = life.lifeline
    return False


def _leads_to(value, proxy, depth):
    """The same for the arguments of a call, what a list among them became, and what else the call keeps."""
    kind = type(value)
    if kind is Call:
        value, kind = value.kept, list
    if kind is tuple or kind is list:
        return depth > 0 and any(_leads_to(one, proxy, depth - 1) for one in value)
    return _is_part_of(value, proxy)


def is_running(proxy):
    """Whether a call of C++ below this one, on this thread, has the object or a part of it."""
    if not answering[0]:
        return False
    frame, through_cpp = sys._getframe(1), False
    while frame is not None:
        code = frame.f_code
        if code in answer_codes:
            through_cpp = True
        elif through_cpp and (code in call_codes or code.co_filename.startswith(GENERATED)):
            if any(_leads_to(value, proxy, 3) for value in frame.f_locals.values()):
                return True
        frame = frame.f_back
    return False


checks.is_running = is_running

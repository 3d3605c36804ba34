"""Results whose C++ type has no name that anybody could write: generic lambdas, and views made of lambdas.

A class with a name is derived from such a type, by decltype of the call that gives it, and the call returns that.
Neighbours: function_templates.py, which compiles calls; pythonize.py, which knows these classes by their name.
"""

import re

from .. import format as fmt

PREFIX = "cppbind_calls::result_"
_CLASS = """\
#ifndef cppbind_result_%(key)s
#define cppbind_result_%(key)s
namespace cppbind_calls {
struct result_%(key)s : decltype(%(typed)s) {
    typedef decltype(%(typed)s) nameless;
    result_%(key)s(nameless &&value) : nameless(static_cast<nameless &&>(value)) {}
    template <class... A> decltype(auto) operator()(A &&...a) {
        return static_cast<nameless &>(*this)(static_cast<A &&>(a)...);
    }
};
}
#endif
"""
_FUNCTION = """\
namespace cppbind_calls { inline result_%(key)s %(function)s(%(declared)s) { return result_%(key)s(%(call)s); } }"""

_classes = {}               # key -> the C++ text of its class


def is_nameless(function):
    """Whether a function of a dictionary cannot be called because its result's type has no name."""
    return function.call == fmt.CALL_UNAVAILABLE and function.reason == "it returns an unnamed type"


def all_nameless(value):
    """Whether that is so of all functions behind a callable."""
    records = getattr(value, "token", None) or ()
    return bool(records) and all(is_nameless(record) for record in records)


def gives_nameless(function):
    """Whether a function of this module's making gives an object of such a class."""
    record = function.token[0]
    result = record.dictionary.record("types", record.result)
    return result is not None and (result.name or "").startswith(PREFIX)


def keeping(function):
    """The function, whose result, an object of its own, keeps those of the arguments alive."""
    from . import native

    def call(*arguments):
        value = function(*arguments)
        if isinstance(value, native.Instance) and value.__python_owns__ and any(
                isinstance(argument, native.Instance) for argument in arguments):
            native.keep_alive(value, arguments)
        return value
    return call


def classes_in(name):
    """The definitions of those of these classes that a name, or one of them, has in it."""
    text = with_classes(name)
    return text[:len(text) - len(name)]


def helper(key, function, declared, call, typed):
    """C++ that defines the function, whose result's class is named after `key`.

    `declared`: its parameters; `call`: an expression of them; `typed`: the same of the types alone.
    """
    _classes[key] = _CLASS % {"key": key, "typed": typed}
    return _classes[key] + _FUNCTION % {"key": key, "function": function, "declared": declared, "call": call}


def with_classes(text):
    """C++ text after the definitions of those of these classes that it names."""
    wanted, found = [text], {}
    while wanted:
        for key in re.findall(r"cppbind_calls::result_(\w+)", wanted.pop()):
            if key in _classes and key not in found:
                found[key] = _classes[key]
                wanted.append(found[key])
    return "".join(reversed(list(found.values()))) + text


def result(cls):
    """The rule for such a class: what it gives one by one, where it is a range."""
    from . import native
    from .walk import walk

    def __iter__(self):
        walked = walk(self)
        if walked is None:
            raise TypeError("'%s' object is not iterable" % cls.__name__)
        return walked
    native.store(cls, "__iter__", __iter__)

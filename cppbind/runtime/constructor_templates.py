"""Constructors that are templates, such as those of std::variant: instantiated for the types of the arguments.

The core asks when no other constructor takes the arguments.  Neighbours: function_templates.py (the same for
functions), methods.py (what a candidate is), on_demand.py (which compiles).
"""

import hashlib

from .. import format as fmt
from . import native
from .cpp_types import argument_forms, argument_text, class_name
from .state import lock, registry, types_of

_made = {}                  # (class name, types) -> constructor, or None where there is none


def instantiate(method, arguments):
    """The hook of the core: a constructor of the method's class that takes these arguments, or None."""
    from .. import on_demand
    if not on_demand.can_know(class_name(method.__objclass__)):
        return None
    try:
        key = (class_name(method.__objclass__),) + tuple(map(argument_text, arguments))
    except TypeError:
        return None
    with lock:
        if key not in _made:
            _made[key] = _make(method.__objclass__, key[0], arguments, key[1:])
        return _made[key]


def _make(owner, name, arguments, texts):
    from .. import on_demand
    for form in argument_forms(arguments, texts):
        declared = "".join(", %s a%d" % (type_, index) for index, (type_, _passed) in enumerate(form))
        passed = ", ".join(expression % ("a%d" % index) for index, (_type, expression) in enumerate(form))
        body = "(void *storage%s) { ::new (storage) ::%s(%s); }" % (declared, name, passed)
        function = "make_" + hashlib.blake2b(body.encode("utf-8"), digest_size=10).hexdigest()
        text = "namespace cppbind_calls { inline void %s%s }" % (function, body)
        if not on_demand.compile_helper(text, "%s(%s)" % (name, ", ".join(texts)),
                                        [name] + [type_ for type_, _passed in form]):
            return _constructor(owner, "cppbind_calls::" + function, "%s(%s)" % (name, ", ".join(texts)))
    return None


def _constructor(owner, function, signature):
    """A constructor that calls `void function(void *storage, arguments...)`."""
    from .methods import address_of
    for dictionary, kind, index in registry.find(function, ask=False):
        if kind == fmt.NAME_FUNCTION:
            record = dictionary.record("functions", index)
            types = types_of(dictionary)
            params = dictionary.records("params", record.params_first + 1, record.params_count - 1)
            (pointer, adjustment), reason = address_of(record)
            constructor = native.new_method("__init__", owner, native.METHOD_CONSTRUCTOR, ())
            constructor.set_candidates([(
                signature, native.CANDIDATE_CONSTRUCTOR | native.CANDIDATE_WRAPPER, pointer, adjustment,
                types[record.result], tuple(types[param.type] for param in params), ("",) * len(params), reason)], "")
            return constructor
    return None

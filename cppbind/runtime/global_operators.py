"""Operators that are no members: found in the namespaces round a class, as C++ does ([basic.lookup.argdep])."""

from .. import format as fmt
from . import native
from .methods import AsMethod, make_callable
from .operators import SYMMETRIC, reversed_method, special_method
from .state import registry

_operators = {}             # (dictionary, scope index) -> records of its operator functions


def _operators_of(scope):
    """The operator functions of a namespace: its functions are sorted by name, so they lie together."""
    key = scope.dictionary, scope.index
    known = _operators.get(key)
    if known is None:
        dictionary, low, end = scope.dictionary, scope.functions_first, scope.functions_first + scope.functions_count
        high = end
        while low < high:
            middle = (low + high) // 2
            if dictionary.record("functions", middle).name < "operator":
                low = middle + 1
            else:
                high = middle
        known = []
        while low < end and dictionary.record("functions", low).name.startswith("operator"):
            function = dictionary.record("functions", low)
            if function.flags & fmt.FUNCTION_OPERATOR:
                known.append(function)
            low += 1
        _operators[key] = known
    return known


def _operand_classes(function):
    """The class name of each parameter, None where it is no class."""
    dictionary = function.dictionary
    names = []
    for param in dictionary.records("params", function.params_first, function.params_count):
        record = dictionary.record("types", param.type)
        if record is not None and record.kind in (fmt.TYPE_LVALUE_REF, fmt.TYPE_RVALUE_REF):
            record = dictionary.record("types", record.target)
        names.append(record.name if record is not None and record.kind == fmt.TYPE_CLASS else None)
    return names


def add_global_operators(cls, name):
    """Give a class the operators that take it as one of their operands and that it has not itself."""
    found = {}
    space = name
    while space:
        space = space.rpartition("::")[0]
        for scope in registry.scopes(space, ask=False):
            if scope.kind != fmt.SCOPE_NAMESPACE:
                continue
            for function in _operators_of(scope):
                operands = _operand_classes(function)
                special = special_method(function.name, len(operands))
                if special is None or special == "__call__":
                    continue
                if operands[0] == name:
                    found.setdefault(special, []).append(function)
                elif len(operands) == 2 and operands[1] == name and reversed_method(special):
                    found.setdefault(reversed_method(special), []).append(function)
    for special, functions in found.items():
        own = cls.__dict__.get(special)
        if special.startswith("__r") and special not in SYMMETRIC:
            if own is None:
                native.store(cls, special, _swapped(make_callable(special, cls, functions), special))
        else:
            native.store(cls, special, _operator(cls, special, own, functions))


def _operator(cls, special, own, functions):
    """The operator of a class: C++ chooses among its own ones, `own`, and those beside it."""
    lasting = [AsMethod(function) for function in functions if not _takes_temporary(function)]
    if not lasting:
        return own or _caught(make_callable(special, cls, functions), special)
    if isinstance(own, native.Method):
        return make_callable(special, cls, [*own.token, *lasting], operator=special in SYMMETRIC)
    beside = make_callable(special, cls, lasting, operator=special in SYMMETRIC)
    inherited = own or next((base.__dict__[special] for base in cls.__mro__[1:] if special in base.__dict__
                             and base.__dict__.get("__cpp_name__")), None)
    return beside if inherited is None or special not in SYMMETRIC else _either(beside, inherited, special)


def _takes_temporary(function):
    param = function.dictionary.record("params", function.params_first)
    return function.dictionary.record("types", param.type).kind == fmt.TYPE_RVALUE_REF


def _either(first, second, special):
    """The first method, or, where that takes no such operand, the second."""
    def method(self, *others):
        found = first(self, *others)
        return second(self, *others) if found is NotImplemented else found
    method.__name__ = special
    return method


def _caught(function, special):
    def method(self, *others):
        try:
            return function(self, *others)
        except TypeError:
            return NotImplemented
    method.__name__ = special
    return method


def _swapped(function, special):
    """A function of (left, right) as a special method of the right operand."""
    def method(self, *others):
        try:
            return function(*others, self)
        except TypeError:
            return NotImplemented
        except ReferenceError:
            if special not in ("__eq__", "__ne__") or native.addressof(self) and native.addressof(others[0]):
                raise
            return getattr(native.Instance, special)(self, others[0])       # a null pointer can be compared
    method.__name__ = special
    return method

"""functions.py: libraries, functions and prototypes of ctypes_compat.

A prototype becomes a function type of model.py.  Calls without `argtypes` choose types as
ctypes does.  Neighbours: data.py, records.py, pointers.py.
"""

from .. import model as _m
from .data import (ArgumentError, _address, _address_of, _Data, _ffi, _Meta, _SimpleCData, _type, c_char_p, c_int,
                   c_void_p, c_wchar_p)
from .pointers import Array, byref
from .records import Structure


class _Function(_Data):
    """A function of a library or of a prototype; `argtypes`, `restype` and `errcheck` as in ctypes."""

    def __init__(self, source, name=None):
        self.__dict__.update(argtypes=None, restype=c_int, errcheck=None, _source=source, __name__=name, _calls={})

    def _pointer(self, arguments, ellipsis=False):
        result = self.restype._node if isinstance(self.restype, _Meta) else \
            _m.Void() if self.restype is None else c_int._node
        key = result, arguments, ellipsis
        found = self._calls.get(key)
        if found is None:
            node = _m.Pointer(_m.Function(result, arguments, ellipsis))
            found = self._calls[key] = self._source(node)
        return found

    def _stands_for(self):
        return _address(self._source(_m.Pointer(_m.Function(_m.Void(), ()))))

    def __call__(self, *values):
        kinds = self.argtypes
        if kinds is None:
            converted = [_guess(value) for value in values]
        else:
            if len(values) < len(kinds):
                raise TypeError("this function takes at least %d argument%s (%d given)"
                                % (len(kinds), "s"[:len(kinds) != 1], len(values)))
            converted = []
            for place, value in enumerate(values):
                if place >= len(kinds):
                    converted.append(_guess(value))
                    continue
                try:
                    converted.append(_fitted(kinds[place], value))
                except (TypeError, ValueError, ArgumentError) as problem:
                    raise ArgumentError("argument %d: %s: %s" % (
                        place + 1, type(problem).__name__, problem)) from None
        value = self._call(converted, len(kinds or ()))
        if isinstance(self.restype, _Meta):
            value = self.restype._result(value)
        elif self.restype is not None:
            value = self.restype(value)
        return value if self.errcheck is None else self.errcheck(value, self, values)


    def _call(self, converted, known):
        """Call with (type, value) pairs, the first `known` of which have a prototype.

        A function with an ellipsis wants to be told of floating arguments (System V AMD64 ABI 3.5.7), so one without a
        prototype is called as if it had it from the last of them on.
        """
        nodes, values = [node for node, _ in converted], [value for _, value in converted]
        floating = [place for place in range(max(known, 1), len(nodes)) if nodes[place] in _FLOATING]
        if not floating:
            return self._pointer(tuple(nodes))(*values)
        fixed = floating[-1]
        more = [_as_cdata(node, value) for node, value in converted[fixed:]]
        return self._pointer(tuple(nodes[:fixed]), ellipsis=True)(*values[:fixed], *more)


_FLOATING = (_m.Primitive("float"), _m.Primitive("double"), _m.Primitive("long double"))


def _as_cdata(node, value):
    """What stands behind the dots has its type from itself."""
    if isinstance(value, _ffi.CData):
        return value
    if isinstance(value, bytes):
        return _ffi.new("char[]", value)
    return _ffi.cast(_type(node), value)


_OWN_FROM_PARAM = _Data.from_param.__func__


def _fitted(kind, value):
    """(type, value) of an argument for the entry `kind` of `argtypes`."""
    if getattr(kind.from_param, "__func__", None) is not _OWN_FROM_PARAM:
        return _guess(kind.from_param(value))       # a method of the user
    if not isinstance(value, _Data):
        value = getattr(value, "_as_parameter_", value)
    node = _m.Pointer(kind._type_._node) if issubclass(kind, Array) else kind._node
    return node, kind._argument(value)


def _guess(value):
    """(type, value) of an argument without a prototype, as ctypes chooses it."""
    if value is None:
        return c_void_p._node, _ffi.NULL
    if isinstance(value, int):
        return c_int._node, c_int._convert(value)
    if isinstance(value, bytes):
        return c_char_p._node, c_char_p._convert(value)
    if isinstance(value, str):
        return c_wchar_p._node, _ffi.new("wchar_t[]", value)
    if not isinstance(value, _Data) and hasattr(value, "_as_parameter_"):
        return _guess(value._as_parameter_)
    if isinstance(value, (_SimpleCData, Structure)):
        return type(value)._node, value._memory[0]
    try:
        return c_void_p._node, _ffi.cast("void *", _address_of(value))
    except TypeError:
        raise ArgumentError("Don't know how to convert parameter of type %s" % type(value).__name__) from None


_MISSING = object()
_NO_FLAG = (1, None, _MISSING)
_prototypes = {}


def CFUNCTYPE(result, *arguments, use_errno=False, use_last_error=False):
    """The class of C functions of a type: call it with a Python function (a callback),
    or with an address."""
    found = _prototypes.get((result, arguments))
    if found is None:
        node = _m.Pointer(_m.Function(_m.Void() if result is None else result._node,
                                      tuple([kind._node for kind in arguments])))
        found = _prototypes[result, arguments] = _Meta("CFunctionType", (_Callback,), {
            "_node": node, "_restype": result, "_argtypes": arguments})
    return found


PYFUNCTYPE = CFUNCTYPE      # calls take the GIL themselves


class _Callback(_Function):
    _restype, _argtypes = None, ()

    def __init__(self, source=0, paramflags=None):
        name = None
        if isinstance(source, tuple):
            name, library = source
            pointer = library._pointer(self._node, name)
        elif callable(source):
            self.__dict__["_kept"] = pointer = _ffi.callback(self._node, self._answering(source))
        else:
            pointer = _ffi.cast(self._node, source)
        self._start(pointer, name)
        self.__dict__["_flags"] = paramflags and [(*flag, *_NO_FLAG[len(flag):]) for flag in paramflags]

    def __call__(self, *values, **named):
        if not self.__dict__.get("_flags"):
            return super().__call__(*values, **named)
        values, outputs = self._with_flags(list(values), named)
        check, self.__dict__["errcheck"] = self.errcheck, None
        try:
            result = super().__call__(*values)
        finally:
            self.__dict__["errcheck"] = check
        if check is not None:
            checked = check(result, self, values)
            if checked is not values:
                return checked
        if not outputs:
            return result
        found = [output.value if isinstance(output, _SimpleCData) else output for output in outputs]
        return found[0] if len(found) == 1 else tuple(found)

    def _with_flags(self, given, named):
        """(all arguments, those that C fills in) as `paramflags` describe them."""
        values, outputs = [], []
        for kind, (flag, name, default) in zip(self._argtypes, self._flags):
            if flag & 2 and not flag & 1:
                outputs.append(kind._type_() if not issubclass(kind, Array) else kind())
                values.append(outputs[-1] if issubclass(kind, Array) else byref(outputs[-1]))
            elif flag & 4:
                values.append(0 if default is _MISSING else default)
            elif given:
                values.append(given.pop(0))
            elif name in named:
                values.append(named.pop(name))
            elif default is not _MISSING:
                values.append(default)
            else:
                raise TypeError("required argument '%s' missing" % name)
            if flag & 3 == 3:
                outputs.append(values[-1])
        if given or named:
            raise TypeError("call takes exactly %d arguments (%d given)" % (
                len(values) - len(outputs), len(values) - len(outputs) + len(given) + len(named)))
        return tuple(values), outputs

    def _start(self, pointer, name=None):
        super().__init__(lambda node: _ffi.cast(node, pointer), name)
        self.__dict__.update(argtypes=self._argtypes, restype=self._restype, _pointer_value=pointer)

    def _answering(self, function):
        kinds, result = self._argtypes, self._restype

        def answer(*values):
            found = function(*[kind._result(value) for kind, value in zip(kinds, values)])
            return None if result is None else result._argument(found)

        return answer

    def _stands_for(self):
        return _address(self._pointer_value)

    def __bool__(self):
        return bool(self._pointer_value)

    @classmethod
    def _argument(cls, value):
        if value is None:
            return _ffi.cast(cls._node, 0)
        if not isinstance(value, cls):
            raise ArgumentError("expected %s instance instead of %s" % (cls.__name__, type(value).__name__))
        return value._pointer_value

    @classmethod
    def _result(cls, value):
        self = cls.__new__(cls)
        self._start(value)
        return self

    @classmethod
    def _get(cls, memory, owner):
        return cls._result(memory[0])

    @classmethod
    def _set(cls, memory, value):
        memory[0] = cls._argument(value)
        return value


class CDLL:
    """A library; its functions are attributes.  `None` is the program itself."""

    def __init__(self, name, mode=0, handle=None, use_errno=False, use_last_error=False, winmode=None):
        from ..library import _load
        self._name = name
        self._library = _load(_ffi._engine, name, mode)

    def _symbol(self, node, name):
        try:
            return self._library.load_function(_type(node), name)
        except AttributeError:
            raise ValueError("%s: undefined symbol: %s" % (self._name, name)) from None

    def _pointer(self, node, name):
        """A function pointer of the type; AttributeError if there is no such symbol."""
        return self._library.load_function(_type(node), name)

    def __repr__(self):
        return "<%s '%s'>" % (type(self).__name__, self._name)

    def _function(self, name):
        address = self._library.load_function(_type(_m.Pointer(_m.Void())), name)
        return _Function(lambda node: _ffi._engine.function_at(_type(node), _address(address), name), name)

    def __getattr__(self, name):
        if name[:2] == "__" or name == "_library":
            raise AttributeError(name)
        found = self.__dict__[name] = self._function(name)
        return found

    def __getitem__(self, name):
        return self._function(name)


class LibraryLoader:
    """`cdll.LoadLibrary(name)`, `cdll.name`."""

    def __init__(self, kind):
        self._kind = kind

    def LoadLibrary(self, name):
        return self._kind(name)

    def __getitem__(self, name):
        return self._kind(name)

    def __getattr__(self, name):
        if name[:1] == "_":
            raise AttributeError(name)
        return self._kind(name)


cdll = LibraryLoader(CDLL)


def get_errno():
    return _ffi.errno


def set_errno(value):
    before, _ffi.errno = _ffi.errno, value
    return before

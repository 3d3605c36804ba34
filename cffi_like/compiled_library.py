"""compiled_library.py: the `lib` of a module compiled out of line.

An attribute is made from the symbol table when it is first named.  Functions
and constants then stay in the instance's dictionary; a variable becomes a
property of a class made for this library, because C may change it.
Neighbour: library.py, the same for ABI mode.
"""

import sys

from .code_table import is_const, split_function, unquote
from .errors import FFIError
from .parameters import python_names


class _State:
    """What a CompiledLibrary knows, behind one name so that C names are free."""

    __slots__ = ("ffi", "module_name", "symbols", "codes", "realizer", "included",
                 "answers")

    def __init__(self, ffi, module_name, realizer, included):
        self.ffi = ffi
        self.module_name = module_name
        self.realizer = realizer
        self.codes = realizer.codes
        self.symbols = realizer.codes.symbols
        self.included = included        # CompiledLibrary objects
        self.answers = []               # callbacks that C may still be calling

    def missing(self, name):
        return AttributeError("cffi library '%s' has no function, constant or global "
                              "variable named '%s'" % (self.module_name, name))


library_state = _State
_set_class = object.__dict__["__class__"].__set__


class CompiledLibrary:
    """Attributes are the functions, variables and constants of a module.

    Raises AttributeError for an unknown name and for writing anything but a
    variable, FFIError where the cdef contradicts the compiler.
    """

    def __getattr__(self, name):
        if name == "__cffi_state__":
            raise AttributeError(name)
        variable = type(self).__dict__.get(name)
        if variable is not None:
            # Python comes here when reading the property failed; fail again.
            return variable.fget(self)
        state = self.__cffi_state__
        if name[:2] == "__":
            return _module_attribute(state, name)
        with state.realizer.lock:
            found = _make(state, name)
            if isinstance(found, property):
                _add_property(self, name, found)
                return found.fget(self)
            self.__dict__[name] = found
        return found

    def __setattr__(self, name, value):
        variable = type(self).__dict__.get(name)
        if not isinstance(variable, property):
            state = self.__cffi_state__
            with state.realizer.lock:
                variable = _make(state, name)
                if isinstance(variable, property):
                    _add_property(self, name, variable)
        if not isinstance(variable, property) or variable.fset is None:
            raise AttributeError("cannot write to function or constant '%s'" % name)
        object.__setattr__(self, name, value)

    def __delattr__(self, name):
        raise AttributeError("C attribute cannot be deleted")

    def __dir__(self):
        return sorted(_names(self.__cffi_state__, True))

    def __repr__(self):
        return "<Lib object for '%s'>" % self.__cffi_state__.module_name

    @property
    def __class__(self):
        # As CFFI's: it stands in sys.modules.
        return type(sys)

    def __cffi_addressof__(self, name, *path):
        """A pointer to a function or variable; AttributeError for the others."""
        state = self.__cffi_state__
        with state.realizer.lock:
            pointer = make_address(state, name)
        if pointer is None:
            for library in state.included:
                if name in _names(library.__cffi_state__, True):
                    return library.__cffi_addressof__(name, *path)
            if name not in _names(state, True):
                raise state.missing(name)
            value = getattr(self, name)
            if isinstance(value, state.ffi.CData) and state.ffi.typeof(value).kind == "function":
                return value        # `int (*const f)(int)` declares a function, too
            raise AttributeError("cannot take the address of the constant '%s'" % name)
        return state.ffi.addressof(pointer[0], *path) if path else pointer

    def __cffi_close__(self):
        """Nothing: the library is part of its module, which stays loaded."""


def make_library(ffi, module_name, realizer, included):
    """The `lib` of a module; `included` are the libs of included modules."""
    lib = CompiledLibrary.__new__(CompiledLibrary)
    lib.__dict__["__cffi_state__"] = _State(ffi, module_name, realizer, list(included))
    return lib


def _add_property(lib, name, variable):
    if type(lib) is CompiledLibrary:
        own = type("CompiledLibrary", (CompiledLibrary,),
                   {"__module__": CompiledLibrary.__module__})
        _set_class(lib, own)
    setattr(type(lib), name, variable)


def _module_attribute(state, name):
    """A library is also in sys.modules, as `_demo.lib`."""
    if name == "__all__":
        return sorted(_names(state, False))
    if name == "__name__":
        return state.module_name + ".lib"
    if name == "__package__":
        return state.module_name
    if name in ("__spec__", "__loader__"):
        return None
    with state.realizer.lock:
        found = _make(state, name)      # C names may begin like this, too
    return found.fget(None) if isinstance(found, property) else found


def _names(state, variables):
    codes = state.codes
    names = set(codes.functions) | set(codes.constants)
    names.update(codes.extern_python, codes.enumerators())
    if variables:
        names.update(codes.variables)
    for library in state.included:
        names |= _names(library.__cffi_state__, variables)
    return names


def make_attribute(state, name):
    """The attribute `name` of the module itself or of one that it includes: a callable, a
    value, or a property for a variable.  AttributeError if there is none."""
    found = _make_own(state, name)
    if found is None:
        raise state.missing(name)
    return found


def _make(state, name):
    """The same, with modules that are included."""
    found = _make_own(state, name)
    if found is not None:
        return found
    for library in state.included:
        if not issubclass(type(library), CompiledLibrary):      # the native core's
            try:
                getattr(library, name)
            except AttributeError:
                continue
            return _elsewhere(library, name)
        if name in library.__dict__:
            return library.__dict__[name]
        other = library.__cffi_state__
        try:
            with other.realizer.lock:
                found = _make(other, name)
        except AttributeError:
            continue
        if not isinstance(found, property):
            library.__dict__[name] = found
        return found
    raise state.missing(name)


def _elsewhere(library, name):
    return property(lambda self: getattr(library, name),
                    lambda self, value: setattr(library, name, value))


def _make_own(state, name):
    codes = state.codes
    found = codes.functions.find(name)
    if found is not None:
        return _function(state, name, *found)
    if name in codes.variables:
        return _variable(state, name)
    if name in codes.constants:
        return _constant(state, name)
    if name in codes.extern_python:
        return make_address(state, name)
    return codes.enumerator(name)


def _function(state, name, code, indices):
    code, names, flags, _ = code.split("|")
    names = tuple(map(unquote, names.split(","))) if names else ()
    release_gil = "g" not in flags.partition("=")[0]
    realizer = state.realizer
    if len(indices) == 2:
        result, parameters, _, _ = split_function(code)
        if not all(map(state.codes.goes_by_value, [result, *parameters])):
            from .extern_python import PointerCall
            return PointerCall(realizer, name, code, state.symbols.address(indices[1]),
                               release_gil, names)
    ctype = realizer.type(code)
    return realizer.engine.function_at(ctype, state.symbols.address(indices[0]), name,
                                       release_gil, python_names(names, len(ctype.args)))


def _variable_type(state, name):
    """(type of a pointer to the variable, its type code, index of its address)"""
    code, address, size = state.codes.variable(name)
    realizer = state.realizer
    declared = realizer.engine.sizeof(realizer.type(code)) if size else 0
    if declared != size:
        raise FFIError(
            "global variable '%s' should be %d bytes according to the cdef, but is "
            "actually %d" % (name, declared, size))
    return realizer.type("P" + code), code, address


def _variable_pointer(state, name, ctype, address):
    """A pointer to the variable.  Its address is asked for at each access, once:
    the variable may be a macro, or one for each thread."""
    pointer = state.symbols.pointer(address)
    if not pointer:
        refuse_null(name)
    return state.realizer.engine.cast(ctype, pointer)


def refuse_null(name):
    raise FFIError("global variable '%s' is at address NULL" % name)


def _variable(state, name):
    """A property for the variable."""
    ctype, code, address = _variable_type(state, name)
    if code.startswith("A_"):
        # Its length is nobody's knowledge: a pointer to the first item.
        first = state.realizer.type("P" + code[2:])
        return property(lambda self: _variable_pointer(state, name, first, address))

    def read(self):
        return _variable_pointer(state, name, ctype, address)[0]

    def write(self, value):
        _variable_pointer(state, name, ctype, address)[0] = value

    return property(read, None if is_const(code) else write)


def _constant(state, name):
    """The value of a constant; integers were read and checked by the tables."""
    known, expected, code, index = state.codes.constant(name)
    if known and isinstance(expected, int):
        return expected
    realizer = state.realizer
    if not code:
        code = "d" if isinstance(expected, float) else "Pc"
    try:
        place = realizer.engine.newp(realizer.type("P" + code), None)
    except TypeError:
        raise FFIError("constant '%s' is of type '%s', whose size is not known"
                       % (name, realizer.type(code).cname)) from None
    state.symbols.read_constant(index, place)
    value = place[0]
    if not known:
        return value
    if isinstance(expected, bytes) and not isinstance(value, bytes):
        value = realizer.engine.string(value)
    if value != expected:
        raise FFIError("the C compiler says '%s' is equal to %r, but the cdef "
                       "disagrees (%r)" % (name, value, expected))
    return value


def make_address(state, name):
    """A pointer cdata, or None for what has no address here."""
    codes, realizer = state.codes, state.realizer
    if name in codes.variables:
        ctype, _, address = _variable_type(state, name)
        return _variable_pointer(state, name, ctype, address)
    for table, which in ((codes.functions, 0), (codes.extern_python, 1)):
        found = table.find(name)
        if found is not None:
            code, indices = found
            return realizer.engine.cast(realizer.type(code[:code.index("|")]),
                                        state.symbols.address(indices[which]))
    return None


def answer_extern(lib, name, python_callable, error, onerror):
    """Attach a Python function to `extern "Python"` function `name`.

    It is attached for as long as the process runs: C may hold on to the
    function.  Raises FFIError for an unknown name, TypeError as `make_answer`.
    """
    from .extern_python import make_answer
    if not isinstance(name, str):
        raise TypeError("expected a string or None for 'name', not %s" % type(name).__name__)
    state = lib.__cffi_state__
    found = state.codes.extern_python.find(name)
    if found is None:
        raise FFIError("ffi.def_extern('%s'): no 'extern \"Python\"' function with "
                       "this name" % name)
    code, (slot, _) = found
    realizer = state.realizer
    with realizer.lock:
        answer = make_answer(realizer, code[:code.index("|")], python_callable, error,
                             onerror)
        state.answers.append(answer)
        state.symbols.set_slot(slot, answer)


__all__ = ["CompiledLibrary", "answer_extern", "library_state", "make_address", "make_attribute",
           "make_library", "refuse_null"]

"""compiled_library.py: the `lib` of a module compiled out of line.

An attribute is made from the symbol table when it is first named.  Functions
and constants then stay in the instance's dictionary; a variable becomes a
property of a class made for this library, because C may change it.
Neighbour: library.py, the same for ABI mode.
"""

from . import model as m
from .c_spelling import is_const
from .errors import FFIError
from .extern_python import PointerCall, make_answer


class _State:
    """What a CompiledLibrary knows, behind one name so that C names are free."""

    __slots__ = ("ffi", "module_name", "symbols", "declarations", "included",
                 "answers")

    def __init__(self, ffi, module_name, symbols, declarations, included):
        self.ffi = ffi
        self.module_name = module_name
        self.symbols = symbols
        self.declarations = declarations
        self.included = included        # CompiledLibrary objects
        self.answers = []               # callbacks that C may still be calling

    def missing(self, name):
        return AttributeError("cffi library '%s' has no function, constant or global "
                              "variable named '%s'" % (self.module_name, name))


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
        with state.ffi._lock:
            found = _make(self, state, name)
            if isinstance(found, property):
                _add_property(self, name, found)
                return found.fget(self)
            self.__dict__[name] = found
        return found

    def __setattr__(self, name, value):
        variable = type(self).__dict__.get(name)
        if not isinstance(variable, property):
            state = self.__cffi_state__
            variable = _make(self, state, name)
            if not isinstance(variable, property) or variable.fset is None:
                raise AttributeError("cannot write to function or constant '%s'" % name)
            _add_property(self, name, variable)
        object.__setattr__(self, name, value)

    def __delattr__(self, name):
        raise AttributeError("C attribute cannot be deleted")

    def __dir__(self):
        return sorted(_names(self.__cffi_state__, True))

    def __repr__(self):
        return "<Lib object for '%s'>" % self.__cffi_state__.module_name

    def __cffi_addressof__(self, name, *path):
        """A pointer to a function or variable; AttributeError for the others."""
        state = self.__cffi_state__
        with state.ffi._lock:
            pointer = _address(state, name)
        if pointer is None:
            for library in state.included:
                if name in _names(library.__cffi_state__, True):
                    return library.__cffi_addressof__(name, *path)
            if name not in _names(state, True):
                raise state.missing(name)
            raise AttributeError("cannot take the address of the constant '%s'" % name)
        return state.ffi.addressof(pointer[0], *path) if path else pointer

    def __cffi_close__(self):
        raise TypeError("the library of module '%s' is part of it and cannot be closed"
                        % self.__cffi_state__.module_name)


def make_library(ffi, module_name, symbols, declarations, included):
    """The `lib` of a module; `included` are the libs of included modules."""
    lib = CompiledLibrary.__new__(CompiledLibrary)
    lib.__dict__["__cffi_state__"] = _State(ffi, module_name, symbols, declarations,
                                            list(included))
    return lib


def _add_property(lib, name, variable):
    if type(lib) is CompiledLibrary:
        own = type("CompiledLibrary", (CompiledLibrary,),
                   {"__module__": CompiledLibrary.__module__})
        object.__setattr__(lib, "__class__", own)
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
    found = _make(None, state, name)    # C names may begin like this, too
    return found.fget(None) if isinstance(found, property) else found


def _names(state, variables):
    declarations = state.declarations
    names = set(declarations.functions) | set(declarations.constants)
    names.update(declarations.extern_python, declarations.enumerator_names())
    if variables:
        names.update(declarations.variables)
    for library in state.included:
        names |= _names(library.__cffi_state__, variables)
    return names


def _make(lib, state, name):
    """The attribute `name`: a callable, a value, or a property for a variable."""
    declarations = state.declarations
    if name in declarations.functions:
        return _function(state, name)
    if name in declarations.variables:
        return _variable(state, name)
    if name in declarations.constants:
        return _constant(state, name)
    if name in declarations.extern_python:
        return _address(state, name)
    value = declarations.enumerator(name)
    if value is not None:
        return value
    for library in state.included:
        try:
            found = _make(library, library.__cffi_state__, name)
        except AttributeError:
            continue
        return found
    raise state.missing(name)


def _function(state, name):
    declaration = state.declarations.functions[name]
    indices = state.declarations.index("functions", name)
    ffi = state.ffi
    ctype = ffi._lowering.lower(declaration.type)
    address = state.symbols.address(indices[-1])
    if len(indices) == 1:
        return ffi._engine.function_at(ctype, address, name, declaration.release_gil)
    return PointerCall(ffi, name, declaration.type, ctype, address,
                       declaration.release_gil)


def _variable_pointer(state, name):
    """(pointer cdata to the variable, its declaration)"""
    declaration = state.declarations.variables[name]
    address, first = state.declarations.index("variables", name)
    ffi = state.ffi
    ctype = ffi._lowering.lower(declaration.type)
    size = state.symbols.number(first)
    if size and ffi._engine.sizeof(ctype) != size:
        raise FFIError(
            "global variable '%s' should be %d bytes according to the cdef, but is "
            "actually %d" % (name, ffi._engine.sizeof(ctype), size))
    pointer = ffi._lowering.lower(m.Pointer(declaration.type))
    return ffi._engine.cast(pointer, state.symbols.address(address)), declaration


def _variable(state, name):
    pointer, declaration = _variable_pointer(state, name)
    if isinstance(declaration.type, m.Array) and declaration.type.length is None:
        # Its length is nobody's knowledge: a pointer to the first item.
        ffi = state.ffi
        first = ffi._engine.cast(
            ffi._lowering.lower(m.Pointer(declaration.type.item)), pointer)
        return property(lambda self: first)

    def read(self):
        return pointer[0]

    def write(self, value):
        pointer[0] = value

    return property(read, None if is_const(declaration.type) else write)


def _constant(state, name):
    """The value of a constant; integers were read and checked by the tables."""
    declaration = state.declarations.constants[name]
    if isinstance(declaration.value, int):
        return declaration.value
    type_ = declaration.type
    if type_ is None:
        type_ = (m.Primitive("double") if isinstance(declaration.value, float) else
                 m.Pointer(m.Primitive("char")))
    ffi = state.ffi
    place = ffi._engine.newp(ffi._lowering.lower(m.Pointer(type_)), None)
    state.symbols.constant(state.declarations.index("constants", name)[0], place)
    value = place[0]
    expected = declaration.value
    if expected is m.DOTS:
        return value
    if isinstance(expected, bytes) and isinstance(value, ffi.CData):
        value = ffi._engine.string(value)
    if value != expected:
        raise FFIError("the C compiler says '%s' is equal to %r, but the cdef "
                       "disagrees (%r)" % (name, value, expected))
    return value


def _address(state, name):
    """A pointer cdata, or None for what has no address here."""
    declarations, ffi = state.declarations, state.ffi
    if name in declarations.variables:
        return _variable_pointer(state, name)[0]
    for kind, which in (("functions", 0), ("extern_python", 1)):
        if name in getattr(declarations, kind):
            ctype = ffi._lowering.lower(getattr(declarations, kind)[name].type)
            index = declarations.index(kind, name)[which]
            return ffi._engine.cast(ctype, state.symbols.address(index))
    return None


def answer_extern(lib, name, python_callable, error, onerror):
    """Attach a Python function to `extern "Python"` function `name`.

    It is attached for as long as the process runs: C may hold on to the
    function.  Raises FFIError for an unknown name, TypeError as `make_answer`.
    """
    state = lib.__cffi_state__
    declaration = state.declarations.extern_python.get(name)
    if declaration is None:
        raise FFIError("ffi.def_extern('%s'): no 'extern \"Python\"' function with "
                       "this name" % name)
    slot = state.declarations.index("extern_python", name)[0]
    with state.ffi._lock:
        answer = make_answer(state.ffi, declaration.type, python_callable, error, onerror)
        state.answers.append(answer)
        state.symbols.slots[slot] = state.ffi._engine.cast(state.symbols.types.void_p,
                                                           answer)


__all__ = ["CompiledLibrary", "answer_extern", "make_library"]

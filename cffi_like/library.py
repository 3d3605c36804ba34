"""The `lib` object of ABI mode: a shared library with the names of a cdef.

Functions and constants are put into the instance's dictionary at their first
use, so later uses cost a plain attribute access.  Variables are properties of
a class made for the library, because they are read and written in C.
"""

from . import model
from .errors import FFIError, VerificationMissing
from .library_file import problem_with
from .parameters import python_names


class MissingSymbol(FFIError, AttributeError):
    """The library has no symbol of a declared name.  CFFI raises one class in line
    and the other out of line; this is both."""

    __module__ = "cffi_like"


class MissingVariable(MissingSymbol, KeyError):
    """The same for a variable, which in line is CFFI's KeyError."""

    __module__ = "cffi_like"

    def __str__(self):
        return self.args[0]


class ClosedLibrary(FFIError, ValueError):
    """A library is used after dlclose(); both classes for the same reason."""

    __module__ = "cffi_like"


def open_library(ffi, name, flags=0):
    """Open `name` (str, None or a `void *` cdata) for the declarations of `ffi`."""
    handle = _load(ffi._engine, name, flags)
    cls = type("Library", (Library,), {"__module__": Library.__module__})
    if name is None:
        shown = "<None>"
    else:
        shown = name if isinstance(name, str) else "<handle>"
    lib = cls.__new__(cls)
    object.__setattr__(lib, "__cffi_state__", _State(ffi, handle, shown))
    # Functions outlive the lib object that they were taken from; the library
    # they lie in stays open as long as the FFI.
    ffi._libraries.append(lib)
    return lib


def _load(engine, name, flags):
    """The engine's library.  A name with a dot or a slash is a file; anything else,
    or a file that is not there, is searched as the linker would search it."""
    if not isinstance(name, str):
        return engine.load_library(name, flags)
    failures = []
    if "." in name or "/" in name or "\\" in name:
        problem = problem_with(name) if "/" in name else None
        if problem is not None:
            raise OSError("cannot load library '%s': %s" % (name, problem))
        try:
            return engine.load_library(name, flags)
        except OSError as problem:
            failures.append(str(problem))
    tried = []
    if "/" not in name:
        from . import find_library      # not needed by those who know the file
        for path in find_library.candidates(name):
            try:
                return engine.load_library(path, flags)
            except OSError as problem:
                tried.append(path)
                if "/" in path:
                    failures.append(str(problem))
    message = "cannot load library '%s'" % name
    if tried:
        message += ": no library of this name was found (tried %s)" % ", ".join(tried)
    if failures:
        message += ": " + "; ".join(failures)
    raise OSError(message)


class _State:
    """What a Library knows, behind one name so that C names are free."""

    __slots__ = ("ffi", "handle", "name", "closed")

    def __init__(self, ffi, handle, name):
        self.ffi = ffi
        self.handle = handle
        self.name = name
        self.closed = False

    def check_open(self):
        if self.closed:
            raise ClosedLibrary("library '%s' has %sbeen closed" % (
                self.name, "" if self.ffi._resolver.strict else "already "))


class Library:
    """Attributes are the functions, variables, constants and enumerators that
    cdef declared.

    Raises AttributeError for an undeclared name, a symbol that the library does
    not have (MissingSymbol), and writing anything but a variable; ClosedLibrary, a
    ValueError, after dlclose().
    """

    def __getattr__(self, name):
        if name == "__cffi_state__":
            raise AttributeError(name)
        state = self.__cffi_state__
        variable = type(self).__dict__.get(name)
        if variable is not None:
            # Python comes here when reading the property failed; fail again.
            return variable.fget(self)
        with state.ffi._lock:
            kind, found = _find(state.ffi._resolver, name)
            if kind is None:
                raise AttributeError(
                    "%s: not declared in cdef() for library '%s'" % (name, state.name))
            if kind == "variable":
                variable = _variable(state, found)
                setattr(type(self), name, variable)
                return variable.fget(self)
            if kind == "function":
                found = _function(state, found)
            self.__dict__[name] = found
        return found

    def __setattr__(self, name, value):
        if not isinstance(getattr(type(self), name, None), property):
            state = self.__cffi_state__
            kind, found = _find(state.ffi._resolver, name)
            if kind is None:
                raise AttributeError(
                    "%s: not declared in cdef() for library '%s'" % (name, state.name))
            if kind != "variable":
                raise AttributeError("cannot write to %s '%s' of library '%s'"
                                     % (kind, name, state.name))
            with state.ffi._lock:
                setattr(type(self), name, _variable(state, found))
        object.__setattr__(self, name, value)

    def __dir__(self):
        names = set()
        _collect_names(self.__cffi_state__.ffi._resolver, names)
        return sorted(names)

    def __repr__(self):
        state = self.__cffi_state__
        return "<cffi_like library '%s'%s>" % (state.name, " (closed)" if state.closed else "")

    def __cffi_addressof__(self, name):
        """A pointer to a function or variable; AttributeError for a constant."""
        state = self.__cffi_state__
        kind, found = _find(state.ffi._resolver, name)
        if kind == "function":
            return getattr(self, name)
        if kind != "variable" or (state.ffi._resolver.strict and
                                  isinstance(found, model.ConstantDeclaration)):
            raise AttributeError("'%s' is %s: it has no address" % (
                name, "a constant" if kind else "not declared in cdef()"))
        state.check_open()
        with state.ffi._lock:
            ctype = state.ffi._lowering.lower(model.Pointer(found.type))
        return state.handle.load_function(ctype, getattr(found, "symbol", "") or name)

    def __cffi_close__(self):
        state = self.__cffi_state__
        if not state.closed:
            state.handle.close_lib()
            state.closed = True
        self.__cffi_forget__()

    def __cffi_forget__(self):
        """Forget what was looked up: declarations changed, or the library closed."""
        state = self.__cffi_state__
        self.__dict__.clear()
        object.__setattr__(self, "__cffi_state__", state)
        for name, value in list(vars(type(self)).items()):
            if isinstance(value, property):
                delattr(type(self), name)


def _find(resolver, name):
    """(kind, what) of a declared name: ('function' | 'variable', declaration),
    ('constant', value), or (None, None)."""
    found = resolver.function(name)
    if found is not None:
        return "function", found
    found = resolver.variable(name)
    if found is not None:
        return "variable", found
    value = resolver.constant(name)
    if value is not None:
        return "constant", value
    if resolver.is_unknown_enumerator(name):
        raise VerificationMissing("'%s' is in an enum declared with '...': its value is "
                                  "only known after compilation" % name)
    found = resolver.constant_declaration(name)
    if found is None:
        return None, None
    if found.type is None:
        raise AttributeError("%s: declared with '...', its value is only known after "
                             "compilation" % name)
    # `const int limit;`: its value lies in the library.
    return "variable", found


def _function(state, declaration):
    state.check_open()
    ctype = state.ffi._lowering.lower(declaration.type)
    try:
        return state.handle.load_function(
            ctype, declaration.symbol or declaration.name, release_gil=declaration.release_gil,
            parameters=python_names(declaration.parameter_names, len(declaration.type.parameters)))
    except AttributeError as problem:
        raise _missing(state, problem) from None


def _missing(state, problem, kind=MissingSymbol):
    """CFFI's words; those of a module without cdef begin otherwise."""
    message = str(problem.args[0])
    if state.ffi._resolver.strict:
        message = "symbol" + message[message.index(" '"):]
    return kind(message)


def _variable(state, declaration):
    """A property on the variable's memory.  AttributeError if there is no such
    symbol, or on writing a constant."""
    state.check_open()
    name, node = declaration.name, declaration.type
    ctype = state.ffi._lowering.lower(node)
    handle = state.handle
    symbol = getattr(declaration, "symbol", "") or name

    def read(self):
        try:
            return handle.read_variable(ctype, symbol)
        except KeyError as problem:
            raise _missing(state, problem, MissingVariable) from None

    def write(self, value):
        try:
            handle.write_variable(ctype, symbol, value)
        except KeyError as problem:
            raise _missing(state, problem, MissingVariable) from None

    def refuse(self, value):
        raise AttributeError("cannot write to constant '%s' of library '%s'"
                             % (name, state.name))

    if isinstance(declaration, model.ConstantDeclaration):
        return property(read, refuse)
    return property(read, write)


def _collect_names(resolver, names):
    declarations = resolver.declarations
    names.update(declarations.functions)
    names.update(declarations.variables)
    names.update(name for name, constant in declarations.constants.items()
                 if constant.value is not model.DOTS or constant.type is not None)
    for enum in declarations.enums.values():
        names.update(item.name for item in enum.enumerators or ())
    for other in resolver.included():
        _collect_names(other, names)

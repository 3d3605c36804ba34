"""compiled_api.py: the run-time FFI of a module built from C source.

Imported by compiled_ffi.py when such an `ffi` is used for the first time.
"""

from .compiled_library import answer_extern
from .compiled_types import CompiledDeclarations, CompiledLowering
from .errors import FFIError
from .ffi import RuntimeFFI
from .resolve import Resolver


class CompiledFFI(RuntimeFFI):
    """The `ffi` of an API-mode module; `_lib` is its library."""

    def __init__(self, realizer, included=()):
        declarations = CompiledDeclarations(
            realizer.codes, [other._declarations for other in included])
        lowering = CompiledLowering(realizer.engine, Resolver(declarations, True), realizer)
        super().__init__(declarations, lowering, included, realizer.engine)
        self._lock = realizer.lock

    def _unknown_size(self, cdecl, problem):
        ctype = cdecl if isinstance(cdecl, self.CType) else self.typeof(cdecl)
        return FFIError("don't know the size of ctype '%s'" % ctype.cname)

    def def_extern(self, name=None, error=None, onerror=None):
        """A decorator that attaches a Python function to the `extern "Python"`
        function of the same name, or of `name`.  Attaching again replaces.

        `error` is returned to C after an exception, which `onerror(type, value,
        traceback)` may handle.  Raises FFIError for an unknown name, TypeError
        if `error` does not convert to the result type.
        """
        def attach(python_callable):
            wanted = name
            if wanted is None:
                wanted = getattr(python_callable, "__name__", None)
            answer_extern(self._lib, wanted, python_callable, error, onerror)
            return python_callable

        return attach

"""extern_python.py: answers `extern "Python"` functions, and calls by pointer.

A C function that takes or returns records has a form that passes them by
pointer (symbol_plan.pointer_form), so no engine needs to know how the ABI
passes the record.  `PointerCall` calls such a form as if it took values;
`make_answer` makes the callback behind an `extern "Python"` function.
Used by compiled_library.py.
"""

from . import model as m
from .symbol_plan import passed_by_pointer, pointer_form


class PointerCall:
    """A C function called through the wrapper that passes records by pointer.

    Arguments and result are those of the function itself; each call copies.
    """

    def __init__(self, ffi, name, function, ctype, via_address, release_gil):
        engine, lower = ffi._engine, ffi._lowering.lower
        self.__name__ = name
        self.__doc__ = ctype.cname.replace("(*)", " %s" % name, 1) + ";"
        self._cffi_base_type = ctype
        self._newp = engine.newp
        self._via = engine.function_at(lower(pointer_form(function)), via_address,
                                       name, release_gil)
        self._pointers = [lower(m.Pointer(p)) if passed_by_pointer(p) else None
                          for p in function.parameters]
        self._result = (lower(m.Pointer(function.result))
                        if passed_by_pointer(function.result) else None)

    def __call__(self, *args):
        pointers = self._pointers
        if len(args) != len(pointers):
            raise TypeError("%s() takes exactly %d argument%s (%d given)" % (
                self.__name__, len(pointers), "" if len(pointers) == 1 else "s",
                len(args)))
        newp = self._newp
        passed = [a if p is None else newp(p, a) for a, p in zip(args, pointers)]
        if self._result is None:
            return self._via(*passed)
        result = newp(self._result, None)
        self._via(result, *passed)
        return result[0]

    def __repr__(self):
        return "<C function '%s' of type '%s'>" % (
            self.__name__, self._cffi_base_type.cname)


class _Answer:
    """The Python function behind an `extern "Python"` function with records:
    takes pointers, gives the function copies, stores the result."""

    def __init__(self, ffi, function, python_callable, error, onerror):
        lower, engine = ffi._lowering.lower, ffi._engine
        self._callable = python_callable
        self._newp = engine.newp
        self._onerror = onerror
        self._pointers = [lower(m.Pointer(p)) if passed_by_pointer(p) else None
                          for p in function.parameters]
        self._returns_record = passed_by_pointer(function.result)
        self._error = None
        if self._returns_record:
            pointer = lower(m.Pointer(function.result))
            # None stands for all zero, as for every other result type.
            self._error = engine.newp(pointer, error)[0]

    def __repr__(self):
        return repr(self._callable)     # what a report of an exception shows

    def _copies(self, args):
        # The C stack frame that holds the records is gone when the call ends.
        return [a if p is None else self._newp(p, a[0])[0]
                for a, p in zip(args, self._pointers)]

    def __call__(self, *args):
        if not self._returns_record:
            return self._callable(*self._copies(args))
        result = args[0]
        try:
            result[0] = self._callable(*self._copies(args[1:]))
        except BaseException as exception:
            result[0] = self._error
            if self._onerror is None:
                raise
            replacement = self._onerror(type(exception), exception,
                                        exception.__traceback__)
            if replacement is not None:
                result[0] = replacement
        return None


def make_answer(ffi, function, python_callable, error, onerror):
    """The callback cdata for the slot of an `extern "Python"` function of the
    model type `function`.  It must be kept alive as long as C may call.

    Raises TypeError if `python_callable` or `onerror` is not callable or
    `error` does not convert to the result type.
    """
    if not callable(python_callable):
        raise TypeError("expected a callable object, not %s"
                        % type(python_callable).__name__)
    if onerror is not None and not callable(onerror):
        raise TypeError("expected a callable object for 'onerror', not %s"
                        % type(onerror).__name__)
    form = pointer_form(function)
    ctype = ffi._lowering.lower(form)
    if form == function:
        return ffi._engine.callback(ctype, python_callable, error, onerror)
    answer = _Answer(ffi, function, python_callable, error, onerror)
    if passed_by_pointer(function.result):
        return ffi._engine.callback(ctype, answer)
    return ffi._engine.callback(ctype, answer, error, onerror)

"""extern_python.py: answers `extern "Python"` functions, and calls by pointer.

A C function that takes or returns records has a form that passes them by
pointer (code_table.pointer_form), so no engine needs to know how the ABI
passes the record.  `PointerCall` calls such a form as if it took values;
`make_answer` makes the callback behind an `extern "Python"` function.
Used by compiled_library.py.
"""

from .code_table import passed_by_pointer, pointer_form, split_function, unqualified
from .parameters import declaration, place_keywords, python_names, signature


def _pointer_types(realizer, codes):
    """For each code the type of a pointer to it, or None if it goes by value."""
    return [realizer.type("P" + unqualified(code)) if passed_by_pointer(code) else None
            for code in codes]


def _form(realizer, code):
    """(pointer types, pointer type of the result or None, type of the form)"""
    result, parameters, _, _ = split_function(code)
    *pointers, returned = _pointer_types(realizer, [*parameters, result])
    result, parameters = pointer_form(result, parameters)
    return pointers, returned, realizer.type("F%s%sE" % (result, "".join(parameters)))


class PointerCall:
    """A C function called through the wrapper that passes records by pointer.

    Arguments and result are those of the function itself; each call copies.
    """

    def __init__(self, realizer, name, code, via_address, release_gil, names=()):
        engine = realizer.engine
        ctype = realizer.type(code)
        self.__name__ = self.__qualname__ = name
        self._names = python_names(names, len(ctype.args))
        self.__doc__ = declaration(engine, ctype, name, self._names)
        self._cffi_base_type = ctype
        self._newp = engine.newp
        self._pointers, self._result, form = _form(realizer, code)
        self._via = engine.function_at(form, via_address, name, release_gil)

    @property
    def __signature__(self):
        return signature(self._cffi_base_type, self._names)

    def __call__(self, *args, **named):
        if named:
            args = place_keywords(self.__name__, self._names, args, named)
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

    def __init__(self, newp, pointers, result, python_callable, error, onerror):
        self._newp = newp
        self._pointers = pointers
        self._result = result
        self._callable = python_callable
        self._onerror = onerror
        # None stands for all zero, as for every other result type.
        self._error = None if result is None else newp(result, error)[0]

    def __repr__(self):
        return repr(self._callable)     # what a report of an exception shows

    def _copies(self, args):
        # The C stack frame that holds the records is gone when the call ends.
        return [a if p is None else self._newp(p, a[0])[0]
                for a, p in zip(args, self._pointers)]

    def __call__(self, *args):
        if self._result is None:
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


def make_answer(realizer, code, python_callable, error, onerror):
    """The callback cdata for the slot of an `extern "Python"` function of the
    type `code`.  It must be kept alive as long as C may call.

    Raises TypeError if `python_callable` or `onerror` is not callable or
    `error` does not convert to the result type.
    """
    if not callable(python_callable):
        raise TypeError("expected a callable object, not %s"
                        % type(python_callable).__name__)
    if onerror is not None and not callable(onerror):
        raise TypeError("expected a callable object for 'onerror', not %s"
                        % type(onerror).__name__)
    engine = realizer.engine
    pointers, result, form = _form(realizer, code)
    if result is None and not any(p is not None for p in pointers):
        return engine.callback(form, python_callable, error, onerror)
    answer = _Answer(engine.newp, pointers, result, python_callable, error, onerror)
    if result is not None:
        return engine.callback(form, answer)
    return engine.callback(form, answer, error, onerror)

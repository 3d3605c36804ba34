"""The functions by which C++ is given as text or headers, under cppyy's names.

Each begins the session of `on_demand` if there is none, so it needs a C++ compiler and libclang: CompileError or
ClangNotFoundError say what is missing, CacheError why the cache cannot be used.
"""

import os
import sysconfig

from . import on_demand
from .errors import HeaderError
from .runtime import gbl, namespaces
from .runtime.state import lock


def include(header):
    """Make what a header declares known, as `#include "header"` does; True.

    `header` (str or path object, with or without <>) is found from the current directory, through
    `add_include_path`, and where the
    compiler looks.  Nothing is compiled: what is used later is.  ImportError (IncludeError), with the compiler's
    words, where it is not found or has errors; what was known before stays.
    """
    with lock:
        _find_python(os.fspath(header))
        on_demand.session().include(os.fspath(header))
        namespaces.forget_functions()
    return True


def c_include(header):
    """`include` of a C header that does not say itself that its functions have C linkage."""
    with lock:
        on_demand.session().include(os.fspath(header), c_linkage=True)
        namespaces.forget_functions()
    return True


def cppdef(code):
    """Define C++: classes, functions, templates, variables, includes, macros; True.

    Later code sees earlier code.  A definition is compiled when something of it is used first, or at once where
    initializers run.  SyntaxError (HeaderError) with file, line and the compiler's words where it does not compile:
    nothing of it stays.  Warnings are SyntaxWarnings.
    """
    with lock:
        _define(code)
    return True


def _define(code, kind="cppdef"):
    if not isinstance(code, str):
        raise TypeError("C++ code is a str, not %s" % type(code).__name__)
    _find_python(code)
    on_demand.session().define(code, kind)
    namespaces.forget_functions()


def _find_python(text):
    """The headers of Python, for code that includes them itself."""
    if "Python.h" in text:
        folder = sysconfig.get_paths()["include"]
        if os.path.exists(os.path.join(folder, "Python.h")):
            on_demand.session().add_include_path(folder)


def cppexec(code):
    """Run C++ statements; True.  Variables that they declare outlive them, as globals.

    SyntaxError as for `cppdef`; an exception that they throw comes through as from any call.
    """
    from .fly.statements import split_statements
    with lock:
        if not isinstance(code, str):
            raise TypeError("C++ code is a str, not %s" % type(code).__name__)
        for text, function in split_statements(on_demand.session(), code):
            _define(text, "cppexec")
            if function:
                getattr(gbl, function)()
    return True


def macro(name):
    """The value of a macro that was included or defined: int, float, bool or str, else a C++ object.

    ValueError where it is no macro, or no expression.
    """
    from .fly.statements import evaluate_macro
    with lock:
        found, value = evaluate_macro(on_demand.session(), name)
        if found:
            return value
        variable = "cppbind_macro_" + name
        try:
            _define("static const auto %s = (%s);" % (variable, name), "macro")
        except HeaderError as problem:
            raise ValueError('Failed to evaluate macro "%s": %s' % (name, problem)) from None
        return getattr(gbl, variable)


def add_include_path(path):
    """Search the folder `path` (str or path object) for headers.  OSError where there is none."""
    with lock:
        on_demand.session().add_include_path(path)


def set_debug(enable=True):
    """Report on standard error what is read and compiled on the fly, and how long it takes."""
    from .fly import progress
    progress.set_debug(enable)

"""emit_extension.py: lets a compiled part be an extension module as well.

For build systems that know nothing but Python extensions (emit_c_code,
distutils_extension, Verifier.get_extension): C with the module's init function
is appended to the source that emit_c.py writes.  It runs the text of NAME.py,
which opens the very file that Python has just loaded.  It includes Python.h,
but the limited API of Python 3.5 is enough for it; it uses functions alone, so
that the library can be opened where there are none.
"""

from .code_table import FORMAT
from .emit_py import _includes_text, _tables_text

_PROGRAM = """\
import os
from cffi_like.engine import open_api
ffi, lib = open_api(__name__, __file__, %(format)d, os.path.basename(__file__), \
0x%(fingerprint)016x, %(tables)s%(includes)s)
"""

_SOURCE = """\

/* ---- the extension module '%(module)s': Python code that opens this library ---- */

%(condition)s
#include <Python.h>

static const char cffi_like_program[] =
%(program)s;

static int cffi_like_exec(PyObject *module)
{
    PyObject *names = PyModule_GetDict(module), *code, *result;
    if (names == NULL || PyDict_SetItemString(names, "__builtins__", PyEval_GetBuiltins()) < 0)
        return -1;
    code = Py_CompileString(cffi_like_program, "<generated: %(module)s>", Py_file_input);
    if (code == NULL)
        return -1;
    result = PyEval_EvalCode(code, names, names);
    Py_DECREF(code);
    if (result == NULL)
        return -1;
    Py_DECREF(result);
    return 0;
}

static PyModuleDef_Slot cffi_like_slots[] = {
    {Py_mod_exec, (void *)cffi_like_exec},
    {0, NULL}
};

static struct PyModuleDef cffi_like_module = {
    PyModuleDef_HEAD_INIT, "%(name)s", NULL, 0, NULL, cffi_like_slots, NULL, NULL, NULL
};

PyMODINIT_FUNC PyInit_%(name)s(void)
{
    return PyModuleDef_Init(&cffi_like_module);
}
%(end)s"""

# An extension module where the build system shows Python's headers, else a plain library.
_IF_HEADERS = """\
#if defined(__has_include) && !defined(CFFI_LIKE_NO_EXTENSION)
# if __has_include(<Python.h>)
#  define CFFI_LIKE_EXTENSION
# endif
#endif
#ifdef CFFI_LIKE_EXTENSION
#define PY_SSIZE_T_CLEAN"""


def c_string(text):
    """`text` as a C string literal, a line for each line."""
    lines = []
    for line in text.splitlines(True):
        quoted = "".join(_ESCAPES.get(c, c) if " " <= c <= "~" or c == "\n" else
                         "".join("\\%03o" % byte for byte in c.encode("utf-8"))
                         for c in line)
        lines.append('    "%s"' % quoted)
    return "\n".join(lines) or '    ""'


_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "?": "\\?"}


def emit_extension(module_name, tables, fingerprint, includes=(), always=True):
    """C to append to the source of a module; arguments as for emit_api_module.  Unless
    `always`, it counts only where Python.h is found, and CFFI_LIKE_NO_EXTENSION is not defined."""
    program = _PROGRAM % {"format": FORMAT, "fingerprint": fingerprint,
                          "tables": _tables_text(tables),
                          "includes": _includes_text(includes)}
    return _SOURCE % {"module": module_name, "name": module_name.rpartition(".")[2],
                      "program": c_string(program),
                      "condition": "#define PY_SSIZE_T_CLEAN" if always else _IF_HEADERS,
                      "end": "" if always else "#endif\n"}

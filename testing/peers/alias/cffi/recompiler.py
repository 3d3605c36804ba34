"""`cffi.recompiler`: builds a module, with the arguments of CFFI's function of this name."""

import io
import os

from cffi_like.build import Source, compile_module, included_modules, source_of, write_if_changed


class NativeIO(io.StringIO):
    """A text buffer that takes bytes as well."""

    def write(self, text):
        return super().write(text.decode("ascii") if isinstance(text, bytes) else text)


def _set(ffi, module_name, preamble, source_extension, keywords):
    # The tests set a source first and build with another name or text.
    ffi._source = (module_name, preamble, source_extension, keywords)


def make_c_source(ffi, module_name, preamble, target_c_file, verbose=False):
    _set(ffi, module_name, preamble, ".c", {})
    return _write(target_c_file, source_of(ffi, "make_c_source").texts()[0])


def make_py_source(ffi, module_name, target_py_file, verbose=False):
    _set(ffi, module_name, None, ".c", {})
    included = included_modules(ffi, module_name)
    source = Source(module_name, None, ".c", {}, ffi._declarations, included)
    return _write(target_py_file, source.abi_text())


def _write(target, text):
    """Write to a file or a buffer; whether something changed."""
    if hasattr(target, "write"):
        target.write(text)
        return True
    return write_if_changed(target, text)


def recompile(ffi, module_name, preamble, tmpdir=".", call_c_compiler=True, c_file=None,
              source_extension=".c", extradir=None, compiler_verbose=1, target=None, debug=None,
              uses_ffiplatform=True, **keywords):
    """The path of the compiled part; without `call_c_compiler`, (None, whether the source changed)."""
    _set(ffi, module_name, preamble, source_extension, keywords)
    if call_c_compiler:
        return compile_module(ffi, tmpdir, False, None if target == "*" else target, debug)
    source = source_of(ffi, "recompile")
    suffix = ".py" if preamble is None else source_extension
    path = c_file or source.path_in(tmpdir, suffix)
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    if preamble is None:
        changed = write_if_changed(path, source.abi_text())
    else:
        text, python_text = source.texts()
        changed = write_if_changed(path, text)
        write_if_changed(source.path_in(tmpdir, ".py"), python_text)
    return None, changed

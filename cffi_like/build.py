"""build.py: makes the files of a module compiled out of line.

`compile_module`, `emit_c_code` and `emit_python_code` are what the methods of
`FFI` with similar names call.  In API mode a module consists of NAME.py and
the compiled part NAME.lib.so beside it; in ABI mode of NAME.py alone.
Neighbours: emit_c.py and emit_py.py write the texts, compiler.py compiles.
"""

import errno
import importlib
import os

from .c_spelling import Unspellable
from .compiler import Compiler, own_temporary, plain_shared_suffix, shared_suffix
from .emit_c import emit_c
from .emit_embedding import embedding_header, embedding_options, emit_embedding
from .emit_extension import emit_extension
from .emit_py import emit_abi_module, emit_api_module
from .errors import VerificationError, VerificationMissing
from .model import DOTS, Array, UnknownFloat, UnknownInteger
from .opcodes import encode_declarations


class Source:
    """What `set_source` was given, and what the emitters need of the FFI.

    `source` is C text, or None for ABI mode; `options` its keywords;
    `includes` the names of the modules of included FFIs; `init_code` is Python
    text for embedding, else None.
    """

    def __init__(self, module_name, source, source_extension, options,
                 declarations, includes, init_code=None):
        self.module_name = module_name
        self.source = source
        self.source_extension = source_extension
        self.options = options
        self.declarations = declarations
        self.includes = includes
        self.init_code = init_code

    def c_text(self):
        """(C source, encoded declarations, fingerprint).  Raises VerificationError
        for a declaration that C cannot express."""
        try:
            before = "" if self.init_code is None else embedding_header(self.module_name)
            return emit_c(self.declarations, self.module_name, self.source, before)
        except Unspellable as error:
            raise VerificationError(
                "module '%s': C source has no name for '%s', which a function or "
                "variable needs; give it a typedef" % (self.module_name, error)) from None

    def extension_text(self, always):
        """The C source of a library that is an extension module, too (emit_extension.py)."""
        c_text, tables, fingerprint = self.c_text()
        return c_text + emit_extension(self.module_name, tables, fingerprint, self.includes, always)

    def texts(self, library=None):
        """(C source, text of NAME.py)"""
        c_text, tables, fingerprint = self.c_text()
        if library is None:
            library = self.base_name() + shared_suffix()
        return c_text, emit_api_module(self.module_name, tables, library,
                                       fingerprint, self.includes)

    def abi_text(self):
        check_abi(self.declarations)
        return emit_abi_module(self.module_name,
                               encode_declarations(self.declarations), self.includes)

    def base_name(self):
        return self.module_name.rpartition(".")[2]

    def path_in(self, folder, suffix):
        """`folder`/pkg/NAME + suffix, for the module pkg.NAME."""
        return os.path.join(folder, *self.module_name.split(".")) + suffix


def check_abi(declarations):
    """Raises VerificationError for what only a C compiler could find out."""
    for constant in declarations.constants.values():
        if constant.value is DOTS and constant.type is None:
            raise VerificationError(
                "macro %s: cannot use the syntax '...' in '#define %s ...' when "
                "using the ABI mode (%s)" % (constant.name, constant.name,
                                             constant.location))
    for name, type_ in declarations.typedefs.items():
        if isinstance(type_, (UnknownInteger, UnknownFloat)):
            raise VerificationError("typedef %s: '...' needs a C compiler, which "
                                    "the ABI mode does not use" % name)
        _check_length("typedef " + name, type_)
    for variable in declarations.variables.values():
        _check_length("%s: variable %s" % (variable.location, variable.name),
                      variable.type)
    for extern in declarations.extern_python.values():
        raise VerificationError("extern_python %s: cannot use 'extern \"Python\"' in "
                                "the ABI mode (%s)" % (extern.name, extern.location))
    for enum in declarations.enums.values():
        if enum.partial or any(e.value is None for e in enum.enumerators or ()):
            raise VerificationMissing("%s: %s has '...', which needs a C compiler"
                                      % (enum.location, enum.name))


def _check_length(what, type_):
    while isinstance(type_, Array):
        if type_.length is DOTS:
            raise VerificationError("%s: '[...]' needs a C compiler, which the ABI "
                                    "mode does not use" % what)
        type_ = type_.item


def write_if_changed(path, text, make_folder=True):
    """Write `text`, unless the file already holds it: then its time of change
    stays, and build tools see that nothing happened.  Returns whether written."""
    try:
        with open(path, encoding="utf-8", newline="") as file:
            if file.read() == text:
                return False
    except (OSError, UnicodeDecodeError):
        pass
    folder = os.path.dirname(path)
    if folder and make_folder:
        os.makedirs(folder, exist_ok=True)
    elif folder and not os.path.isdir(folder):
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), folder)
    temporary = own_temporary(path)
    with open(temporary, "w", encoding="utf-8", newline="") as file:
        file.write(text)
    os.replace(temporary, path)
    return True


def source_of(ffi, caller):
    """The `Source` of an FFI; ValueError if set_source() was not called."""
    given = ffi._source
    if given is None:
        raise ValueError("set_source() must be called before %s()" % caller)
    module_name, text, extension, options = given
    return Source(module_name, text, extension, options, ffi._declarations,
                  included_modules(ffi, module_name), ffi._init_code)


def included_modules(ffi, module_name):
    """The names of the modules that the generated module must import."""
    names = []
    for included in ffi._included:
        given = getattr(included, "_source", None)
        if given is None:
            raise VerificationError(
                "module '%s' includes an FFI on which set_source() was not called, so "
                "the generated module could not import it" % module_name)
        if (given[1] is None) != (ffi._source[1] is None):
            raise VerificationError(
                "module '%s' includes '%s': one has C source and the other has none, "
                "but both must be of one kind" % (module_name, given[0]))
        names.append(given[0])
    return names


def emit_c_code(ffi, path):
    """Write the C source of an API-mode module to `path`, in a folder that exists.
    Built as an extension module, with Python's headers, it is complete.  NAME.py, which
    a plain library needs, is written beside it.  Returns `path`, which may also be an
    open text file: then only the C source is written."""
    source = source_of(ffi, "emit_c_code")
    if source.source is None:
        raise TypeError("emit_c_code() is only for C extension modules, not for "
                        "dlopen()-style pure Python modules")
    c_text, python_text = source.extension_text(False), source.texts()[1]
    if hasattr(path, "write"):
        path.write(c_text)
        return path
    write_if_changed(path, c_text, make_folder=False)
    write_if_changed(os.path.join(os.path.dirname(path), source.base_name() + ".py"),
                     python_text, make_folder=False)
    return path


def emit_python_code(ffi, path):
    """Write the NAME.py of an ABI-mode module to `path`, a file name in a folder that
    exists or an open text file; returns `path`."""
    source = source_of(ffi, "emit_python_code")
    if source.source is not None:
        raise TypeError("emit_python_code() is only for dlopen()-style pure Python "
                        "modules, not for C extension modules")
    text = source.abi_text()
    if hasattr(path, "write"):
        path.write(text)
        return path
    write_if_changed(path, text, make_folder=False)
    importlib.invalidate_caches()
    return path


def compile_module(ffi, tmpdir=".", verbose=0, target=None, debug=None):
    """Build the module given to `set_source` below the folder `tmpdir`.

    Returns the path of the shared library (API mode) or of NAME.py (ABI mode).
    `target` is the file name of the library, where a final `.*` stands for the
    platform's suffix and another `*` for the module's name.  Raises ValueError without
    `set_source`, VerificationError with the compiler's text if it complains.
    """
    source = source_of(ffi, "compile")
    if source.source is None:
        path = source.path_in(tmpdir, ".py")
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        return emit_python_code(ffi, path)
    return build_files(source, tmpdir, tmpdir, tmpdir, debug, verbose, target)


def build_files(source, work_folder, out_folder, folder=".", debug=None, verbose=0, target=None):
    """Write the C source of an API-mode module below `work_folder`, its library
    and NAME.py below `out_folder`; returns the path of the library.

    Paths in the options of `source` count from `folder`; objects are made
    beside the C source.  `debug`, `verbose`, `target` as for `compile_module`.
    """
    library = library_name(source, target)
    c_text, tables, fingerprint = source.c_text()
    c_path = source.path_in(work_folder, source.source_extension)
    if verbose:
        print("generating %s" % c_path)
    write_if_changed(c_path, c_text)
    sources, options = [c_path], source.options
    if source.init_code is not None:
        sources.append(source.path_in(work_folder, "_embedding.c"))
        write_if_changed(sources[1], emit_embedding(source.module_name, tables, fingerprint,
                                                    source.init_code, source.includes))
        options = embedding_options(options)
    library_path = os.path.join(os.path.dirname(source.path_in(out_folder, "")), library)
    os.makedirs(os.path.dirname(library_path) or ".", exist_ok=True)
    compiler = Compiler(folder, options, debug, verbose,
                        None if work_folder == folder else os.path.relpath(work_folder, folder))
    compiler.for_programs = source.init_code is not None
    compiler.build([os.path.relpath(path, folder) for path in sources],
                   os.path.relpath(library_path, folder))
    if source.init_code is None:
        # Last, so that a failed build leaves no module that cannot be imported.
        write_if_changed(source.path_in(out_folder, ".py"), emit_api_module(
            source.module_name, tables, library, fingerprint, source.includes))
    importlib.invalidate_caches()       # so that this process can import it at once
    return os.path.abspath(library_path)


def make_extension(ffi, tmpdir="build", verbose=True):
    """What FFI.distutils_extension() does."""
    from setuptools import Extension
    source = source_of(ffi, "distutils_extension")
    if source.source is None:
        raise ValueError("distutils_extension() is only for C extension modules")
    path = source.path_in(tmpdir, source.source_extension)
    written = write_if_changed(path, source.extension_text(True))
    if verbose:
        print("%s %r" % ("regenerated" if written else "not modified:", path))
    options = dict(source.options)
    return Extension(source.module_name, [path, *options.pop("sources", ())], **options)


def library_name(source, target=None):
    """The file name of the compiled part; `target` as for `compile_module`."""
    base, plain = source.base_name(), plain_shared_suffix()
    name = target
    if name is None:
        name = base + (shared_suffix() if source.init_code is None else plain)
    if name.endswith(".*"):
        name = name[:-2] + plain
    name = name.replace("*", base)
    if name == base + plain and source.init_code is None:
        name = base + shared_suffix()       # or Python took it for an extension module
    if os.path.basename(name) != name:
        raise ValueError("target must be a file name without a folder, not %r" % target)
    return name


__all__ = ["build_files", "compile_module", "emit_c_code", "emit_python_code"]

"""`cffi.ffiplatform`: compile one extension, and helpers for its arguments."""

import os

from cffi_like.errors import VerificationError  # noqa: F401

LIST_OF_FILE_NAMES = ["sources", "include_dirs", "library_dirs", "extra_objects", "depends"]


def get_extension(srcfilename, modname, sources=(), **kwds):
    from setuptools import Extension
    return Extension(name=modname, sources=[srcfilename, *map(os.path.normpath, sources)], **kwds)


def compile(tmpdir, ext, compiler_verbose=0, debug=None):
    """The path of the extension module built from `ext` below `tmpdir`."""
    from setuptools import Distribution
    dist = Distribution({"ext_modules": [ext]})
    dist.parse_config_files()
    options = dist.get_option_dict("build_ext")
    options["force"] = ("cffi", True)
    options["build_lib"] = options["build_temp"] = ("cffi", tmpdir)
    if debug is not None:
        options["debug"] = ("cffi", debug)
    try:
        dist.run_command("build_ext")
        return os.path.abspath(dist.get_command_obj("build_ext").get_outputs()[-1])
    except Exception as problem:
        raise VerificationError("%s: %s" % (type(problem).__name__, problem)) from problem


def maybe_relative_path(path):
    """`path` counted from the current folder if it lies below it."""
    if not os.path.isabs(path):
        return path
    relative = os.path.relpath(path)
    return path if relative.startswith(os.pardir) else relative


def flatten(value):
    """A text that is different for different nested values of str, int, list, tuple and dict."""
    if isinstance(value, str):
        return "%ds%s" % (len(value), value)
    if isinstance(value, int):
        return "%di" % value
    if isinstance(value, dict):
        return "%dd%s" % (len(value), "".join(flatten(k) + flatten(value[k]) for k in sorted(value)))
    if isinstance(value, (list, tuple)):
        return "%dl%s" % (len(value), "".join(map(flatten, value)))
    raise TypeError("the keywords to verify() contains unsupported object %r" % (value,))

"""setuptools_commands.py: builds modules within setuptools' own commands.

`add_modules` makes `build_py` write the modules of ABI mode, `build_ext`
compile those of API mode, `bdist_wheel` name the platform and no interpreter
(what is compiled has no Python API in it), and `sdist` carry the generated
sources.  The commands of the project, if it has its own, stay: each is
subclassed when it is asked for.  Neighbours: setuptools_ext.py finds the
FFIs, build.py makes the files.
"""

import os
import sys

from setuptools import Extension

from .build import build_files, emit_c_code, emit_python_code, library_name, source_of

#: Where an sdist has the generated sources.  A leading underscore keeps
#: setuptools from taking the folder for a package.
GENERATED = "_cffi_like_generated"


class Module:
    """One module to build: its FFI, and what `pre_run` may still change.

    `package` is `setup(ext_package=...)`, the package that setuptools puts all
    compiled modules into.  As with CFFI, modules of ABI mode stay outside.
    """

    def __init__(self, ffi, package=None):
        self.ffi = ffi
        self.source = source_of(ffi, "cffi_modules")
        self.compiled = self.source.source is not None
        self.package = package.split(".") if package and self.compiled else []
        self.name = ".".join([*self.package, self.source.module_name])

    def files(self):
        """Paths of the products, relative to the folder of top-level modules."""
        base = os.path.join(*self.name.split("."))
        files = [base + ".py"] if self.source.init_code is None else []
        if self.compiled:
            files.append(os.path.join(os.path.dirname(base), library_name(self.source)))
        return files

    def extension(self):
        """Its options as the Extension that a hook `pre_run(ext, ffi)` gets."""
        options = dict(self.source.options)
        sources = ["$PLACEHOLDER", *options.pop("sources", ())]
        return Extension(self.source.module_name, sources, **options)


def add_modules(dist, ffis):
    """Make `dist` build the modules of `ffis`, which are FFI objects with
    set_source() called."""
    modules = [Module(ffi, dist.ext_package) for ffi in ffis]
    if hasattr(dist, "cffi_like_modules"):
        dist.cffi_like_modules.extend(modules)
        return
    dist.cffi_like_modules = modules
    makers = {"build_ext": _build_ext, "build_py": _build_py, "sdist": _sdist,
              "bdist_wheel": _bdist_wheel}
    made = {}
    original = dist.get_command_class

    def get_command_class(name):
        base = original(name)
        if name not in makers:
            return base
        if name not in made:
            made[name] = makers[name](base)
        return made[name]

    dist.get_command_class = get_command_class
    # These decide which commands `build` runs, and whether a wheel is pure.
    has_ext_modules, has_pure_modules = dist.has_ext_modules, dist.has_pure_modules
    dist.has_ext_modules = lambda: (has_ext_modules()
                                    or any(m.compiled for m in dist.cffi_like_modules))
    dist.has_pure_modules = lambda: (has_pure_modules()
                                     or any(not m.compiled for m in dist.cffi_like_modules))


def _modules(command, compiled):
    return [m for m in command.distribution.cffi_like_modules if m.compiled == compiled]


def _in_source(command, module, path):
    """Where a product stands in the source tree, for in-place builds."""
    package = module.name.rpartition(".")[0]
    folder = command.get_finalized_command("build_py").get_package_dir(package)
    return os.path.join(folder, os.path.basename(path))


def _mapping(command, modules):
    """{path in the build folder: path in the source tree} of all products."""
    return {os.path.join(command.build_lib, path): _in_source(command, module, path)
            for module in modules for path in module.files()}


def _announce_top_level(command, modules):
    """An editable install finds top-level modules by their names."""
    dist = command.distribution
    names = [m.name for m in modules if "." not in m.name]
    if names:
        dist.py_modules = list(dist.py_modules or []) + names


def _scripts(command, compiled):
    """The build scripts of modules, without which an sdist could not be built."""
    paths = {getattr(module.ffi, "_built_by", None) for module in _modules(command, compiled)}
    return [path for path in sorted(filter(None, paths))
            if not os.path.isabs(path) and not path.startswith(os.pardir)]


# ---- API mode --------------------------------------------------------------

def _build_ext(base):
    class BuildModules(base):
        """Compiles after the project's own extensions are built."""

        def run(self):
            super().run()
            self._link_to_c_libraries()
            modules = _modules(self, True)
            inplace = self.inplace or getattr(self, "editable_mode", False)
            for module in modules:
                self._build_cffi_like(module)
                for path in module.files() if inplace else ():
                    target = _in_source(self, module, path)
                    self.mkpath(os.path.dirname(target) or ".")
                    self.copy_file(os.path.join(self.build_lib, path), target)
            if inplace:
                # `build_ext -i` makes the whole project importable.
                _write_abi(self, _modules(self, False),
                           lambda module, path: _in_source(self, module, path))
            if getattr(self, "editable_mode", False):
                _announce_top_level(self, modules)

        def _link_to_c_libraries(self):
            """What `setup(libraries=[...])` builds; setuptools adds it for
            extensions only, and returns early where the project has none."""
            if self.distribution.has_c_libraries() and not self.extensions:
                build_clib = self.get_finalized_command("build_clib")
                self.libraries = [*(self.libraries or ()), *build_clib.get_library_names()]
                self.library_dirs = [*(self.library_dirs or ()), build_clib.build_clib]

        def _build_cffi_like(self, module):
            extension = module.extension()
            pre_run = getattr(self, "pre_run", None)
            if pre_run is not None:
                self.mkpath(self.build_temp)    # where the hook may put things
                pre_run(extension, module.ffi)
            # Again, since the hook may have declared more.
            source = source_of(module.ffi, "cffi_modules")
            source.options = self._cffi_like_options(module, extension)
            build_files(source, os.path.join(self.build_temp, GENERATED),
                        os.path.join(self.build_lib, *module.package), ".",
                        debug=self.debug, verbose=self.verbose and 1)

        def _cffi_like_options(self, module, extension):
            """The options of the FFI, of the hook and of the command line."""
            options = dict(module.source.options)
            options["sources"] = [s for s in extension.sources if s != "$PLACEHOLDER"]
            for name in ("include_dirs", "library_dirs", "libraries", "define_macros",
                         "undef_macros", "runtime_library_dirs", "extra_objects",
                         "extra_compile_args", "extra_link_args", "language"):
                options[name] = getattr(extension, name)
            # setuptools put Python's own folders into the first two.
            python = _python_folders()
            for name, more in (("include_dirs", self.include_dirs),
                               ("library_dirs", self.library_dirs),
                               ("runtime_library_dirs", self.rpath),
                               ("libraries", self.libraries),
                               ("define_macros", self.define)):
                options[name] = list(options[name] or ()) + [
                    value for value in more or () if value not in python]
            options["undef_macros"] = (list(options["undef_macros"] or ())
                                       + list(self.undef or ()))
            return options

        def get_outputs(self):
            return sorted({*super().get_outputs(), *_mapping(self, _modules(self, True))})

        def get_output_mapping(self):       # setuptools 64 and newer
            mapping = super().get_output_mapping()
            if self.inplace:
                mapping.update(_mapping(self, _modules(self, True)))
            return mapping

        def get_source_files(self):
            files = [*super().get_source_files(), *_scripts(self, True)]
            for module in _modules(self, True):
                for name in ("sources", "depends"):
                    files += [path for path in module.source.options.get(name) or ()
                              if os.path.exists(path) and not os.path.isabs(path)]
            return files

    return _renamed(BuildModules, base)


def _python_folders():
    """Folders that build_ext adds for Python's headers and library."""
    import sysconfig
    paths = sysconfig.get_paths()
    return {paths["include"], paths["platinclude"], os.path.join(sys.exec_prefix, "include")}


# ---- ABI mode --------------------------------------------------------------

def _write_abi(command, modules, place):
    for module in modules:
        path, = module.files()
        target = place(module, path)
        command.mkpath(os.path.dirname(target) or ".")
        emit_python_code(module.ffi, target)


def _build_py(base):
    class BuildModules(base):
        def run(self):
            modules = _modules(self, False)
            if getattr(self, "editable_mode", False):
                _announce_top_level(self, modules)
                _write_abi(self, modules,
                           lambda module, path: _in_source(self, module, path))
            super().run()
            if not getattr(self, "editable_mode", False):
                _write_abi(self, modules,
                           lambda module, path: os.path.join(self.build_lib, path))

        def get_outputs(self, include_bytecode=True):
            return list(dict.fromkeys([*super().get_outputs(include_bytecode),
                                       *_mapping(self, _modules(self, False))]))

        def get_output_mapping(self):
            mapping = super().get_output_mapping()
            mapping.update(_mapping(self, _modules(self, False)))
            return mapping

        def get_source_files(self):
            return [*super().get_source_files(), *_scripts(self, False)]

    return _renamed(BuildModules, base)


# ---- what is shipped -------------------------------------------------------

def _sdist(base):
    class CarryGenerated(base):
        def make_release_tree(self, base_dir, files):
            super().make_release_tree(base_dir, files)
            for module in self.distribution.cffi_like_modules:
                path = os.path.join(base_dir, GENERATED, *module.name.split("."))
                self.mkpath(os.path.dirname(path))
                if module.compiled:
                    emit_c_code(module.ffi, path + module.source.source_extension)
                else:
                    emit_python_code(module.ffi, path + ".py")

    return _renamed(CarryGenerated, base)


def _bdist_wheel(base):
    class OneForAll(base):
        def get_tag(self):
            tag = super().get_tag()
            if self.root_is_pure or self.distribution.ext_modules:
                return tag      # an extension of the project's own is for one Python
            return "py3", "none", tag[2]

    return _renamed(OneForAll, base)


def _renamed(made, base):
    """Commands show the name of their class in messages."""
    made.__name__ = made.__qualname__ = base.__name__
    return made

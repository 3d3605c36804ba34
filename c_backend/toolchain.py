"""Finds what the C core needs to be built and says what is missing.

Used by setup.py and by the Makefile: `python c_backend/toolchain.py` prints a
report and exits with 1 when something is missing; `--venv` looks for that
module too; `--install` gets what is missing where apt-get and root are there.
Standard library only: it runs before anything is installed.  Environment:
CC, CXX, CFLAGS, CPPFLAGS, LDFLAGS, PKG_CONFIG, LIBFFI_CFLAGS, LIBFFI_LIBS.
"""

import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile

# One row per thing the core needs: the packages that bring it.
PACKAGES = {
    "C compiler": {
        "apt": "gcc libc6-dev", "dnf": "gcc glibc-devel",
        "apk": "gcc musl-dev", "brew": "gcc"},
    "C++ compiler": {
        "apt": "g++", "dnf": "gcc-c++", "apk": "g++", "brew": "gcc"},
    "Python.h": {
        "apt": "python3-dev", "dnf": "python3-devel",
        "apk": "python3-dev", "brew": "python"},
    "ffi.h": {
        "apt": "libffi-dev pkg-config", "dnf": "libffi-devel pkgconf-pkg-config",
        "apk": "libffi-dev pkgconf", "brew": "libffi pkg-config"},
    "venv": {
        "apt": "python3-venv", "dnf": "python3", "apk": "python3",
        "brew": "python"},
}
INSTALL = {"apt": "apt-get install -y", "dnf": "dnf install -y",
           "apk": "apk add", "brew": "brew install"}


def is_pypy():
    return sys.implementation.name == "pypy"


def c_compiler():
    """The C compiler as a list of words; it need not exist."""
    chosen = os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc"
    words = shlex.split(chosen)
    if not os.environ.get("CC") and not shutil.which(words[0]):
        # The compiler that built this Python need not be on this machine.
        words = ["cc"]
    return words


def cxx_compiler():
    """The C++ compiler as a list of words; it need not exist."""
    if os.environ.get("CXX"):
        return shlex.split(os.environ["CXX"])
    configured = shlex.split(sysconfig.get_config_var("CXX") or "")
    for words in (configured, ["c++"], ["g++"], ["clang++"]):
        if words and shutil.which(words[0]):
            return words
    return ["c++"]


def _environment_flags(*names):
    return [flag for name in names
            for flag in shlex.split(os.environ.get(name, ""))]


def _output_of(command, environment=None):
    """What the command prints, as words, or None where it does not run."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, env=environment,
                              stderr=subprocess.DEVNULL, check=False)
    except OSError:
        return None
    return shlex.split(done.stdout.decode()) if done.returncode == 0 else None


def _keg_environment():
    """Homebrew does not link libffi into its prefix, so name its folder."""
    environment = dict(os.environ)
    prefix = _output_of(["brew", "--prefix", "libffi"]) if sys.platform == "darwin" else None
    if prefix:
        folder = os.path.join(prefix[0], "lib", "pkgconfig")
        known = environment.get("PKG_CONFIG_PATH")
        environment["PKG_CONFIG_PATH"] = folder + (os.pathsep + known if known else "")
    return environment


def libffi_flags():
    """(compile flags, link flags) of libffi.

    LIBFFI_CFLAGS and LIBFFI_LIBS win, then pkg-config, then plain `-lffi`.  Where the latter
    two mean the system's own and it comes as position-independent objects as well, these are
    taken: opening a shared library more is a tenth of the time that importing the core takes.
    """
    pkg_config = os.environ.get("PKG_CONFIG", "pkg-config")
    environment = _keg_environment()
    flags = []
    for variable, option, default in (("LIBFFI_CFLAGS", "--cflags", []),
                                      ("LIBFFI_LIBS", "--libs", ["-lffi"])):
        if variable in os.environ:
            flags.append(shlex.split(os.environ[variable]))
            continue
        found = _output_of([pkg_config, option, "libffi"], environment)
        flags.append(default if found is None else found)
    if "LIBFFI_LIBS" not in os.environ and flags[1] == ["-lffi"]:
        flags[1] = _static_libffi() or flags[1]
    return flags[0], flags[1]


def _static_libffi():
    """Link flags, or None.  Debian has the objects in an archive of this name; a plain libffi.a
    need not be fit for a shared library.  Its symbols stay inside."""
    found = _output_of(c_compiler() + ["-print-file-name=libffi_pic.a"])
    if sys.platform == "linux" and found and os.path.isabs(found[0]) and os.path.exists(found[0]):
        return [found[0], "-Wl,--exclude-libs,libffi_pic.a"]
    return None


def python_include_flags():
    paths = sysconfig.get_paths()
    return ["-I" + path for path in sorted({paths["include"], paths["platinclude"]})]


def _compiles(compiler, suffix, source, flags=(), link_flags=None):
    """None when the source compiles (and links), else what the compiler said."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "probe" + suffix)
        with open(path, "w", encoding="ascii") as file:
            file.write(source)
        command = list(compiler) + list(flags) + [path, "-o", os.path.join(folder, "probe.out")]
        command += ["-c"] if link_flags is None else list(link_flags)
        try:
            done = subprocess.run(command, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, check=False)
        except OSError as error:
            return "%s: %s" % (compiler[0], error.strerror or error)
        said = done.stdout.decode(errors="replace").strip()
        return None if done.returncode == 0 else said or "%s failed" % compiler[0]


def missing(need_cxx=True, need_core=None):
    """{what: the compiler's words} for everything that was not found.

    `need_core` tells whether the core is to be built (default: not on PyPy,
    which has its own); without it only the compilers are looked for.
    """
    if need_core is None:
        need_core = not is_pypy()
    flags = _environment_flags("CPPFLAGS", "CFLAGS")
    link = _environment_flags("LDFLAGS")
    found = {}
    said = _compiles(c_compiler(), ".c", "#include <stdio.h>\nint main(void) { return 0; }\n",
                     flags, link)
    if said:
        found["C compiler"] = said
    if need_cxx:
        found.update(missing_cxx())
    if need_core and "C compiler" not in found:
        found.update(_missing_headers(flags, link))
    return found


def missing_cxx():
    """As `missing`, for the C++ compiler and its standard library alone."""
    said = _compiles(cxx_compiler(), ".cpp", "#include <string>\nint main() { return 0; }\n",
                     _environment_flags("CPPFLAGS", "CXXFLAGS"), _environment_flags("LDFLAGS"))
    return {"C++ compiler": said} if said else {}


def _missing_headers(flags, link):
    found = {}
    said = _compiles(c_compiler(), ".c", "#include <Python.h>\n", flags + python_include_flags())
    if said:
        found["Python.h"] = said
    ffi_compile, ffi_link = libffi_flags()
    source = ("#include <ffi.h>\n"
              "int main(void) { ffi_cif cif;\n"
              "return ffi_prep_cif(&cif, FFI_DEFAULT_ABI, 0, &ffi_type_void, 0); }\n")
    said = _compiles(c_compiler(), ".c", source, flags + ffi_compile, link + ffi_link)
    if said:
        found["ffi.h"] = said
    return found


def install_commands(things):
    """One line per package manager that installs `things` (rows of PACKAGES)."""
    lines = []
    for manager, command in INSTALL.items():
        packages = []
        for thing in things:
            for package in PACKAGES[thing][manager].split():
                if package not in packages:
                    packages.append(package)
        lines.append("  %-5s %s %s" % (manager + ":", command, " ".join(packages)))
    return "\n".join(lines)


def explain(found):
    """The message for people: what is missing, why we think so, what to do."""
    lines = []
    for thing, said in found.items():
        lines.append("missing: %s (%s)" % (thing, said.splitlines()[0]))
    lines += ["Install what is missing with one of", install_commands(found)]
    if sys.platform == "darwin" and "C compiler" in found:
        lines.append("  or:   xcode-select --install")
    if "Python.h" in found:
        lines.append("(this is Python %d.%d; where several are installed, take the package of "
                     "that version, such as python%d.%d-dev)" % (sys.version_info[:2] * 2))
    return "\n".join(lines)


def _missing_venv():
    try:
        import ensurepip
        import venv
    except ImportError as error:
        return {"venv": str(error)}
    return {} if ensurepip and venv else {}


def _apt_install(found):
    """Installs what is missing; True when the commands succeeded."""
    packages = sorted({package for thing in found for package in PACKAGES[thing]["apt"].split()})
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    for command in (["apt-get", "update", "-q"],
                    ["apt-get", "install", "-q", "-y", "--no-install-recommends"] + packages):
        print("+", " ".join(command), flush=True)
        if subprocess.run(command, env=environment, check=False).returncode != 0:
            return False
    return True


def _find_all(arguments):
    found = missing()
    if "--venv" in arguments:
        found.update(_missing_venv())
    return found


def main(arguments):
    if sys.version_info < (3, 9):
        print("Python 3.9 or newer is needed; this is %s" % sys.version.split()[0], file=sys.stderr)
        return 1
    found = _find_all(arguments)
    may_install = "--install" in arguments and shutil.which("apt-get") and os.geteuid() == 0
    if found and may_install and _apt_install(found):
        found = _find_all(arguments)
    if not found:
        print("toolchain: all there (%s, %s)" % (" ".join(c_compiler()), " ".join(cxx_compiler())))
        return 0
    print(explain(found), file=sys.stderr)
    if "--install" not in arguments and shutil.which("apt-get"):
        print("or, as root: make deps", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

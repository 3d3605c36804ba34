"""Real C++ libraries of which dictionaries are built: where Debian has them, what goes in.

Used by the tests in testing/cppbind/libraries, by testing/bench/real_libraries.py, and by .ci/run, for which

    python testing/cpp_libraries.py

prints the Debian packages of the tests that are not installed.  Standard library only.
"""

import os
from collections import namedtuple

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "cppbind", "libraries")
SYSTEM = "/usr/include"

# package: Debian's.  headers: as after #include; the first one tells whether the package is there.  libraries: for -l.
# selection: a file in that folder, None for everything in the headers.  include_dirs: beside the compiler's own.
# flags: for the compiler.
Library = namedtuple("Library", "name package headers libraries selection include_dirs flags")


def _library(name, package, headers, libraries="", selection=None, include_dirs=(), flags=()):
    return Library(name, package, tuple(headers.split()), tuple(libraries.split()), selection, tuple(include_dirs),
                   tuple(flags))


# Those with a test, which .ci/run installs.
TESTED = (
    _library("glm", "libglm-dev", "glm/glm.hpp glm/gtc/matrix_transform.hpp glm/gtc/quaternion.hpp",
             selection="glm.xml"),
    _library("pugixml", "libpugixml-dev", "pugixml.hpp", "pugixml"),
    _library("re2", "libre2-dev", "re2/re2.h re2/stringpiece.h", "re2"),
    _library("xerces", "libxerces-c-dev",
             "xercesc/dom/DOM.hpp xercesc/parsers/XercesDOMParser.hpp xercesc/util/PlatformUtils.hpp"
             " xercesc/framework/MemBufInputSource.hpp", "xerces-c", "xerces.xml"),
)

# Those that the report builds besides, where they are installed.
_QT = "/usr/include/x86_64-linux-gnu/qt5"
_QT_PARTS = ("Core", "Gui", "Widgets", "Network", "Xml", "Sql", "PrintSupport", "DBus")
REPORTED = (
    _library("tinyxml2", "libtinyxml2-dev", "tinyxml2.h", "tinyxml2"),
    _library("yaml-cpp", "libyaml-cpp-dev", "yaml-cpp/yaml.h", "yaml-cpp", "yaml.xml"),
    _library("fmt", "libfmt-dev", "fmt/format.h", "fmt"),
    _library("log4cplus", "liblog4cplus-dev", "log4cplus/logger.h log4cplus/configurator.h log4cplus/consoleappender.h",
             "log4cplus"),
    _library("geos", "libgeos++-dev", "geos/geom/Geometry.h geos/geom/IntersectionMatrix.h geos/io/WKTReader.h", "geos"),
    # Over a thousand classes; its compiler needs 1 GB, which optimisation would multiply.
    _library("qt5", "qtbase5-dev", " ".join("Qt%s/Qt%s" % (part, part) for part in _QT_PARTS),
             " ".join("Qt5" + part for part in _QT_PARTS), "qt.xml",
             (_QT,) + tuple("%s/Qt%s" % (_QT, part) for part in _QT_PARTS), ("-O0", "-w")),
)


def is_installed(library):
    """Whether the headers of a library are there."""
    return any(os.path.isfile(os.path.join(folder, library.headers[0])) for folder in (SYSTEM,) + library.include_dirs)


def build(library, folder):
    """Build the dictionary of a library in a folder; returns cppbind.build.Built."""
    from cppbind.build import build as build_dictionary
    from cppbind.compiler import Options
    selection = library.selection and os.path.join(FOLDER, library.selection)
    return build_dictionary(library.headers, os.path.join(str(folder), "lib%sDict.so" % library.name), selection,
                            Options(include_dirs=library.include_dirs, libraries=library.libraries,
                                    flags=library.flags))


if __name__ == "__main__":
    print(" ".join(library.package for library in TESTED if not is_installed(library)))

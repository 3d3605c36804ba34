"""Which part may use which: read from the imports and includes themselves."""

import pytest
import sources

PRODUCT = sources.files(".py", under="cffi_like/") + sources.files(".py", under="cppbind/")
HEADERS = sources.files(".h", under="c_backend/")
C_SOURCES = sources.files(".c", ".cpp", ".h", under="c_backend/")

# Reading declarations and writing modules works on any machine, with no core at all.
CORE_FREE = ["cffi_like/%s.py" % name for name in
             ("errors", "model", "common_types", "preprocess", "const_eval", "parse", "lexer",
              "declarator", "record_parser", "pycparser_text", "pycparser_ast",
              "type_string", "opcodes", "emit_c", "emit_py")]


def stray_imports(name, forbidden, top_level_only=False):
    return sources.imports_any(sources.imports_of(name, top_level_only), forbidden)


@pytest.mark.parametrize("name", sources.files(".py", under="cffi_like/"))
def test_cffi_like_does_not_know_cppbind(name):
    """The C side can be used, and read, without the C++ side."""
    assert stray_imports(name, ["cppbind"]) == []


@pytest.mark.parametrize("name", PRODUCT)
def test_no_ctypes_no_clang_cindex(name):
    """The toolkit stands on its own feet: libclang too is called through cffi_like."""
    assert stray_imports(name, ["ctypes", "_ctypes", "clang.cindex", "cffi"]) == []


@pytest.mark.parametrize("name", [name for name in PRODUCT if name != "cffi_like/pycparser_ast.py"])
def test_one_user_of_pycparser(name):
    """pycparser is a second opinion: nothing else imports it, and only parse.py asks for it."""
    assert stray_imports(name, ["pycparser"]) == []
    assert stray_imports(name, ["cffi_like.pycparser_ast"], top_level_only=True) == []
    if name != "cffi_like/parse.py":
        assert stray_imports(name, ["cffi_like.pycparser_ast"]) == []


@pytest.mark.parametrize("package", ["cffi_like", "cppbind"])
def test_the_model_is_data(package):
    """The model imports nothing of ours, so that everything may import the model."""
    name = package + "/model.py"
    if name in PRODUCT:
        assert stray_imports(name, ["cffi_like", "cppbind"]) == []


@pytest.mark.parametrize("name", [name for name in CORE_FREE if name in PRODUCT])
def test_reading_and_emitting_need_no_core(name):
    """Text to model, and model to source, never touch the engine or a core."""
    assert stray_imports(name, ["cffi_like.engine", "_cffi_like", "_cffi_backend",
                                "cffi_like.lower", "cffi_like.api"]) == []


@pytest.mark.parametrize("name", sources.files(".py", under="cffi_like/"))
def test_only_the_engine_knows_the_core(name):
    """One seam between interpreters: everyone else goes through cffi_like.engine."""
    if not name.startswith("cffi_like/engine/"):
        assert stray_imports(name, ["_cffi_like", "_cffi_backend"]) == []


@pytest.mark.parametrize("name", [
    name for name in PRODUCT
    if name.startswith("cppbind/runtime/")
    or name in ("cppbind/dictionary.py", "cppbind/registry.py", "cppbind/loader.py",
                "cppbind/__init__.py")])
def test_using_a_dictionary_needs_no_libclang(name):
    """Loading a dictionary must work where neither libclang nor a compiler is."""
    assert stray_imports(name, ["cppbind.clang", "cppbind.analysis", "cppbind.emit_dictionary",
                                "cppbind.build"], top_level_only=True) == []


@pytest.mark.parametrize("name", sources.files(".py", under="cppbind/analysis/"))
def test_an_analysis_answers_from_the_model(name):
    """One analysis, one question, asked of the model and not of libclang or the run time."""
    assert stray_imports(name, ["cppbind.clang", "cppbind.runtime", "cppbind.emit_dictionary"]) == []


@pytest.mark.parametrize("name", HEADERS)
def test_headers_form_a_star(name):
    """A header includes at most core.h, ctype.h, lists (*.def) and leaves; core.h the compatibility.

    A leaf includes nothing of ours: call_regs.h is one, so that C++ code can use it
    without Python.
    """
    allowed = {"core.h", "ctype.h"} | {
        header.rpartition("/")[2] for header in HEADERS if not sources.quoted_includes(header)}
    if name == "c_backend/core.h":
        allowed = {"compat.h"}
    strays = [include for include in sources.quoted_includes(name)
              if include not in allowed and not include.endswith(".def")]
    assert strays == []


@pytest.mark.parametrize("name", C_SOURCES)
def test_no_source_is_included(name):
    """Every .c and .cpp is a unit of its own."""
    assert [include for include in sources.quoted_includes(name)
            if include.endswith((".c", ".cpp"))] == []

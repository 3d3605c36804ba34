"""Embedding: a C program that knows nothing of Python calls functions answered in Python."""

import os
import subprocess
import sys
import sysconfig

import pytest
import support

from cffi_like import FFI, VerificationError

on_cpython = pytest.mark.skipif(
    support.IS_PYPY or not sysconfig.get_config_var("Py_ENABLE_SHARED"),
    reason="embedding is for CPython with a shared library")

ADD = """
    import sys
    sys.stdout.write("preparing\\n")
    sys.stdout.flush()

    from %(name)s import ffi, lib
    @ffi.def_extern()
    def add_%(name)s(x, y):
        return x + y
"""


def plugin(folder, name="plug", api=None, source="", init=None, **compile_options):
    ffi = FFI()
    ffi.embedding_api(api or "int add_%s(int, int);" % name)
    ffi.embedding_init_code(init or ADD % {"name": name})
    ffi.set_source(name, source)
    return ffi.compile(tmpdir=str(folder), **compile_options)


def program(folder, text, *libraries):
    path = folder / "program"
    (folder / "program.c").write_text("#include <stdio.h>\n#include <pthread.h>\n" + text)
    support.run(["cc", "-pthread", "program.c", *libraries, "-o", str(path)], cwd=str(folder))
    return str(path)


def run(path, python_path=None):
    """(standard output, standard error, status) of the program."""
    env = dict(os.environ, PYTHONPATH=support.package_folder() if python_path is None else python_path)
    done = subprocess.run([path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env, check=False,
                          universal_newlines=True)
    return done.stdout, done.stderr, done.returncode


@on_cpython
def test_a_c_program_calls_python(tmp_path):
    """The first call starts Python and runs the initialisation code, once; the
    library has the name that `target` asks for, and no NAME.py beside it."""
    library = plugin(tmp_path, target="plugin-1.0.*")
    assert library == str(tmp_path / ("plugin-1.0" + support.SHARED_SUFFIX))
    assert not (tmp_path / "plug.py").exists()
    out, err, status = run(program(tmp_path, """
        int add_plug(int, int);
        int main(void) {
            printf("before\\n"); fflush(stdout);
            printf("%d %d\\n", add_plug(40, 2), add_plug(100, -5));
            return 0;
        }""", library))
    assert (out, err, status) == ("before\npreparing\n42 95\n", "", 0)


@on_cpython
def test_structs_variables_and_functions(tmp_path):
    """embedding_api() may declare types and variables, cdef() functions of the library."""
    ffi = FFI()
    ffi.embedding_api("typedef struct { int x, y; } pair_t; pair_t turn(pair_t); extern int count;")
    ffi.cdef("int halve(int);")
    ffi.embedding_init_code("""
        from shaped import ffi, lib
        @ffi.def_extern()
        def turn(p):
            lib.count += 1
            return {"x": p.y, "y": lib.halve(p.x)}
    """)
    ffi.set_source("shaped", "typedef struct { int x, y; } pair_t; CFFI_DLLEXPORT int count;"
                             "static int halve(int x) { return x / 2; }")
    library = ffi.compile(tmpdir=str(tmp_path))
    assert os.path.basename(library) == "shaped" + support.SHARED_SUFFIX
    out, err, _ = run(program(tmp_path, """
        typedef struct { int x, y; } pair_t; pair_t turn(pair_t); extern int count;
        int main(void) {
            pair_t p = {10, 3};
            p = turn(p);
            printf("%d %d %d\\n", p.x, p.y, count);
            return 0;
        }""", library))
    assert (out, err) == ("3 5 1\n", "")


@on_cpython
def test_threads_that_call_first_together(tmp_path):
    """Many threads may make the first call at once: one starts Python, all get answers."""
    library = plugin(tmp_path, init=ADD % {"name": "plug"} + "\n    import time; time.sleep(0.2)\n")
    out, err, status = run(program(tmp_path, """
        int add_plug(int, int);
        static void *work(void *sum) { *(int *)sum = add_plug(*(int *)sum, 1); return 0; }
        int main(void) {
            pthread_t threads[10]; int sums[10], i, total = 0;
            for (i = 0; i < 10; i++) { sums[i] = i; pthread_create(&threads[i], 0, work, &sums[i]); }
            for (i = 0; i < 10; i++) { pthread_join(threads[i], 0); total += sums[i]; }
            printf("%d\\n", total);
            return 0;
        }""", library))
    assert (out, err, status) == ("preparing\n55\n", "", 0)


@on_cpython
def test_two_libraries_in_one_program(tmp_path):
    """They share one Python, also when two threads start them at once."""
    first = plugin(tmp_path, "one", init="""
        from one import ffi
        import two_reader
        @ffi.def_extern()
        def add_one(x, y): return x + y + two_reader.seen
    """)
    second = plugin(tmp_path, "two")
    (tmp_path / "two_reader.py").write_text("seen = 1000\n")
    out, err, status = run(program(tmp_path, """
        int add_one(int, int), add_two(int, int);
        static void *work(void *sum) { *(int *)sum = add_one(1, 2); return 0; }
        int main(void) {
            pthread_t thread; int a, b;
            pthread_create(&thread, 0, work, &a);
            b = add_two(3, 4);
            pthread_join(thread, 0);
            printf("%d %d\\n", a, b);
            return 0;
        }""", first, second), support.package_folder() + os.pathsep + str(tmp_path))
    assert (out, err, status) == ("preparing\n1003 7\n", "", 0)


@on_cpython
def test_an_error_in_the_code_is_reported(tmp_path):
    """The traceback shows the line, each call says that it failed and returns 0;
    the program goes on."""
    library = plugin(tmp_path, init="""
        def deeper():
            raise KeyError("the reason")
        deeper()
    """)
    out, err, status = run(program(tmp_path, """
        int add_plug(int, int);
        int main(void) { printf("%d %d\\n", add_plug(1, 2), add_plug(3, 4)); return 0; }""", library))
    assert (out, status) == ("0 0\n", 0)
    assert "KeyError: 'the reason'" in err and 'raise KeyError("the reason")' in err
    assert err.count("function plug.add_plug() called, but initialization code failed.  Returning 0.") == 2
    assert "sys.path: [" in err and library in err


@on_cpython
def test_sys_exit_in_the_code_does_not_end_the_program(tmp_path):
    """An exception of any kind is a failed start."""
    library = plugin(tmp_path, init="import sys; sys.exit(3)")
    out, err, status = run(program(tmp_path, """
        int add_plug(int, int);
        int main(void) { printf("%d\\n", add_plug(1, 2)); return 0; }""", library))
    assert (out, status) == ("0\n", 0) and "SystemExit" in err


@on_cpython
def test_without_the_package_the_report_tells_where_python_looked(tmp_path):
    """cffi_like must be importable in the embedded Python."""
    library = plugin(tmp_path)
    out, err, status = run(program(tmp_path, """
        int add_plug(int, int);
        int main(void) { printf("%d\\n", add_plug(1, 2)); return 0; }""", library), "")
    if "No module named 'cffi_like'" not in err:
        assert out == "preparing\n3\n"          # it is installed in the embedded Python itself
    else:
        assert (out, status) == ("0\n", 0) and "sys.path: [" in err


@on_cpython
def test_the_code_may_call_back_into_the_library(tmp_path):
    """A call that comes back while the code still runs does not wait for it."""
    library = plugin(tmp_path, "rec", api="extern int (*hook)(int); int add_rec(int, int);", init="""
        from rec import ffi, lib
        @ffi.def_extern()
        def add_rec(x, y): return x + y
        print(lib.hook(400), flush=True)
    """, source="CFFI_DLLEXPORT int (*hook)(int);")
    out, err, _ = run(program(tmp_path, """
        int add_rec(int, int); extern int (*hook)(int);
        static int calls(int x) { return add_rec(x, 9); }
        int main(void) { hook = calls; printf("%d\\n", add_rec(40, 2)); return 0; }""", library))
    assert (out, err) == ("409\n42\n", "")


@on_cpython
def test_explicit_start(tmp_path):
    """C source of the module may call cffi_start_python() itself."""
    library = plugin(tmp_path, source="CFFI_DLLEXPORT int begin(void); int begin(void)"
                                      " { return cffi_start_python(); }")
    out, _, _ = run(program(tmp_path, """
        int begin(void);
        int main(void) { printf("%d\\n", begin()); return 0; }""", library))
    assert out == "preparing\n0\n"


@on_cpython
def test_in_a_process_that_is_python(tmp_path):
    """The library opened by Python itself: the running interpreter is used, threads included."""
    library = plugin(tmp_path)
    done = support.run_python("""
        import sys, threading
        from cffi_like import FFI
        ffi = FFI()
        ffi.cdef("int add_plug(int, int);")
        lib = ffi.dlopen(sys.argv[1])
        results = []
        threads = [threading.Thread(target=lambda: results.append(lib.add_plug(40, 2))) for _ in range(5)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        import plug
        print(results, plug.lib.add_plug(1, 2))
    """, library, env={"PYTHONPATH": support.package_folder()})
    assert done.stdout == "preparing\n[42, 42, 42, 42, 42] 3\n"


def test_mistakes():
    """Python text is checked when it is given, and only once."""
    ffi = FFI()
    with pytest.raises(SyntaxError):
        ffi.embedding_init_code("def f(:")
    with pytest.raises(TypeError, match="must be a string, not 'int'"):
        ffi.embedding_init_code(5)
    ffi.embedding_init_code("x = 1")
    with pytest.raises(ValueError):
        ffi.embedding_init_code("x = 2")
    with pytest.raises(TypeError):
        ffi.embedding_api(5)
    with pytest.raises(ValueError):
        ffi.compile()


@pytest.mark.skipif(not support.IS_PYPY, reason="only where it is not possible")
def test_pypy_says_no(tmp_path):
    """Where embedding is not possible, compile() says so."""
    with pytest.raises(VerificationError, match="CPython"):
        plugin(tmp_path)


def test_sys_executable_is_not_needed():
    """The generated code names no interpreter, so the library may move."""
    from cffi_like.emit_embedding import emit_embedding
    text = emit_embedding("m", {}, 1, "pass")
    assert sys.executable not in text and sys.prefix not in text

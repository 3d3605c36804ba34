# Every target makes its own virtual environment, builds the project, installs
# it there (not editable) and runs; none asks anything.
#
#   make demo    the three uses on real libraries, each result checked
#   make test    the test suite, on each engine of this interpreter
#   make bench   this project and its peers, measured in the same run
#   make lint    ruff, and the rules of this repository (testing/lint)
#   make deps    compilers and headers, where apt-get and root are there
#   make sanitize  the tests on a core built with AddressSanitizer and UBSan
#   make valgrind  the tests of calls and callbacks under valgrind
#
# PYTHON=... chooses the interpreter; each gets an environment of its own.
# ARGS=... is passed on to demo, pytest or the benchmarks.

SHELL := /bin/sh
PYTHON ?= python3
ifeq ($(PYTHON),python3)
VENV := .venv
else
VENV := .venv-$(shell $(PYTHON) -c 'import sys; print("%s%d.%d%s" % ((sys.implementation.name,) + sys.version_info[:2] + (getattr(sys, "abiflags", ""),)))')
endif
BIN := $(VENV)/bin
IMPLEMENTATION := $(shell $(PYTHON) -c 'import sys; print(sys.implementation.name)')

# These run a second time with pycparser in place of the own parser.
PARSER_TESTS := $(foreach name,parse_records parse_types preprocess const_eval lower emit_c ffi_cdef extern_python pycparser, \
                  testing/cffi_like/test_$(name).py)

# What uses dictionaries, on every interpreter.  PyPy has no libclang: CPython's run leaves its dictionaries for it.
CPP_TESTS := $(wildcard testing/cppbind/test_runtime_*.py testing/cppbind/test_stl_*.py) \
             $(foreach name,ownership exceptions pythonize templates directors directors_protected hidden_names mappings \
                 function_values function_pointers defaults_and_reducers variadic pointers_to_pointers \
                 language hostile_python items lent_arguments conversions copying class_members member_pointers \
                 nested_instances directors_failures py_and_ll plain_calls cppyy_overloads cppyy_temporaries,testing/cppbind/test_$(name).py)
DICTIONARIES := $(CURDIR)/build/test-dictionaries
export CPPBIND_TEST_DICTIONARIES = $(DICTIONARIES)
CPYTHON ?= python3

# What is installed: a change in any of these installs again.
SOURCES := $(shell find cffi_like cppbind c_backend -type f \
             ! -name '*.pyc' ! -name '*.so' ! -name '*.o' ! -name '_core_missing.txt') \
           setup.py pyproject.toml

# The core must compile here; only `pip install .` may go on without it.
INSTALL := rm -rf build/lib build/lib.* && \
           CFFI_LIKE_CORE=require $(BIN)/python -m pip install -q --disable-pip-version-check

ifeq ($(IMPLEMENTATION),pypy)
DEMO_EXTRAS :=
else
DEMO_EXTRAS := [cpp]
endif

# The tests check that they run against the installed package.
export CFFI_LIKE_TEST_INSTALLED = 1
unexport PYTHONPATH

.PHONY: help demo test dictionaries bench lint deps check clean sanitize valgrind
help:
	@sed -n '1,14s/^# \{0,1\}//p' Makefile

demo: $(VENV)/.for-demo
	$(BIN)/python testing/demo/run.py $(ARGS)

ifeq ($(IMPLEMENTATION),pypy)
test: $(VENV)/.for-test $(DICTIONARIES)/.made
	$(BIN)/pytest testing/cffi_like testing/docs testing/packaging $(CPP_TESTS) $(ARGS)
else
test: $(VENV)/.for-test
	rm -rf $(DICTIONARIES) && mkdir -p $(DICTIONARIES)
	CFFI_LIKE_ENGINE=native $(BIN)/pytest $(ARGS)
	CFFI_LIKE_ENGINE=cffi $(BIN)/pytest testing/cffi_like $(CPP_TESTS) $(ARGS)
	CFFI_LIKE_PARSER=pycparser $(BIN)/pytest $(PARSER_TESTS) $(ARGS)
	@touch $(DICTIONARIES)/.made
endif

# The tests of dictionaries alone, which leave them for PyPy.
dictionaries: $(VENV)/.for-test
	rm -rf $(DICTIONARIES) && mkdir -p $(DICTIONARIES)
	CFFI_LIKE_ENGINE=native $(BIN)/pytest -q $(CPP_TESTS)
	@touch $(DICTIONARIES)/.made

$(DICTIONARIES)/.made: $(SOURCES) $(wildcard testing/*.py testing/cppbind/*.py testing/fixtures/cpp/*)
	$(MAKE) dictionaries PYTHON=$(CPYTHON)

bench: $(VENV)/.for-bench
	$(BIN)/python testing/bench/run.py $(ARGS)

lint: $(VENV)/.for-test $(VENV)/.for-lint
	$(BIN)/ruff check .
	$(BIN)/pytest -q testing/lint $(ARGS)

# A core with sanitizers must not be met by accident: it has its own environment.
sanitize: $(VENV)-sanitize/.for-sanitize
	CFFI_LIKE_ENGINE=native $(VENV)-sanitize/bin/python testing/sanitize/run.py asan $(ARGS)

valgrind: $(VENV)/.for-test
	CFFI_LIKE_ENGINE=native $(BIN)/python testing/sanitize/run.py valgrind $(ARGS)

deps:
	@$(PYTHON) c_backend/toolchain.py --venv --install

check:
	@$(PYTHON) c_backend/toolchain.py --venv

clean:
	rm -rf build dist *.egg-info .venv .venv-* .pytest_cache .hypothesis .ruff_cache

$(VENV)/.made:
	@$(PYTHON) c_backend/toolchain.py --venv
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.for-demo: $(VENV)/.made $(SOURCES)
	$(INSTALL) '.$(DEMO_EXTRAS)'
	@touch $@

$(VENV)/.for-test: $(VENV)/.made $(SOURCES)
	$(INSTALL) '.[test]'
	@touch $@ $(VENV)/.for-demo

$(VENV)-sanitize/.for-sanitize: $(SOURCES) testing/sanitize/run.py
	test -e $(VENV)-sanitize || $(PYTHON) -m venv $(VENV)-sanitize
	rm -rf build/lib build/lib.*
	CFFI_LIKE_CORE=require CFLAGS="`$(PYTHON) testing/sanitize/run.py flags`" LDFLAGS=-fsanitize=address,undefined \
	  $(VENV)-sanitize/bin/python -m pip install -q --disable-pip-version-check '.[test]'
	@touch $@

$(VENV)/.for-lint: $(VENV)/.made pyproject.toml
	$(BIN)/python -m pip install -q --disable-pip-version-check 'ruff>=0.6'
	@touch $@

$(VENV)/.for-bench: $(VENV)/.made $(SOURCES)
	$(INSTALL) '.[cpp,bench]'
	@touch $@ $(VENV)/.for-demo

# Every target makes its own virtual environment, builds the project, installs
# it there (not editable) and runs; none asks anything.
#
#   make demo    the three uses on real libraries, each result checked
#   make test    the test suite, on each engine of this interpreter
#   make bench   this project and its peers, measured in the same run
#   make lint    ruff, and the rules of this repository (testing/lint)
#   make sanitize   the tests of the core under the address and undefined-behaviour sanitizers
#   make deps    compilers and headers, where apt-get and root are there
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

.PHONY: help demo test bench lint sanitize sanitized-tests deps check clean
help:
	@sed -n '1,13s/^# \{0,1\}//p' Makefile

demo: $(VENV)/.for-demo
	$(BIN)/python testing/demo/run.py $(ARGS)

ifeq ($(IMPLEMENTATION),pypy)
test: $(VENV)/.for-test
	$(BIN)/pytest testing/cffi_like testing/docs testing/packaging $(ARGS)
else
test: $(VENV)/.for-test
	CFFI_LIKE_ENGINE=native $(BIN)/pytest $(ARGS)
	CFFI_LIKE_ENGINE=cffi $(BIN)/pytest testing/cffi_like $(ARGS)
	CFFI_LIKE_PARSER=pycparser $(BIN)/pytest $(PARSER_TESTS) $(ARGS)
endif

bench: $(VENV)/.for-bench
	$(BIN)/python testing/bench/run.py $(ARGS)

lint: $(VENV)/.for-test $(VENV)/.for-lint
	$(BIN)/ruff check .
	$(BIN)/pytest -q testing/lint $(ARGS)

# The core is compiled anew, into an environment of its own.  pytest does not catch
# output here (-s): a sanitizer's report ends the process.
SANITIZE := -fsanitize=address,undefined
sanitize:
	$(MAKE) VENV=$(VENV)-sanitize sanitized-tests \
	  CFLAGS='-O1 -g -fno-omit-frame-pointer $(SANITIZE)' LDFLAGS='$(SANITIZE)'

sanitized-tests: export CFLAGS := $(CFLAGS)
sanitized-tests: export LDFLAGS := $(LDFLAGS)
sanitized-tests: $(VENV)/.for-test
	unset CFLAGS LDFLAGS; \
	LD_PRELOAD="$$(gcc -print-file-name=libasan.so) $$(gcc -print-file-name=libubsan.so) $$(gcc -print-file-name=libstdc++.so)" \
	ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1 PYTHONMALLOC=malloc CFFI_LIKE_ENGINE=native \
	$(BIN)/pytest -q -s testing/c_backend testing/cffi_like testing/cppbind $(ARGS)

deps:
	@$(PYTHON) c_backend/toolchain.py --venv --install

check:
	@$(PYTHON) c_backend/toolchain.py --venv

clean:
	rm -rf build dist *.egg-info .venv .venv-* .pytest_cache .ruff_cache

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

$(VENV)/.for-lint: $(VENV)/.made pyproject.toml
	$(BIN)/python -m pip install -q --disable-pip-version-check 'ruff>=0.6'
	@touch $@

$(VENV)/.for-bench: $(VENV)/.made $(SOURCES)
	$(INSTALL) '.[cpp,bench]'
	@touch $@ $(VENV)/.for-demo

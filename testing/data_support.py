"""C types by their C names, on our core and on CFFI's, for test_c_backend's data tests.

`core` runs a test on each core that is installed: what both do is a promise to
scripts written for CFFI.  `native` is for what only ours does.
"""

import importlib
import re

import pytest

NAMES = ("_cffi_like", "_cffi_backend")


class Core:
    """A core module with a few words added: `t` makes types, `new` memory."""

    def __init__(self, module):
        self.module = module
        self.is_ours = module.__name__ == NAMES[0]
        self._records = {}

    def __getattr__(self, name):
        return getattr(self.module, name)

    def t(self, text):
        """'int', 'char *', 'int[3]', 'int[][4]', 'struct s' (made by `struct`)."""
        text = text.strip()
        if text.endswith("*"):
            return self.new_pointer_type(self.t(text[:-1]))
        if text.endswith("]"):
            base, lengths = re.fullmatch(r"(.*?)((?:\[\d*\])+)", text).groups()
            made = self.t(base)
            for length in reversed(re.findall(r"\[(\d*)\]", lengths)):
                made = self.new_array_type(self.new_pointer_type(made),
                                           int(length) if length else None)
            return made
        if text == "void":
            return self.new_void_type()
        if text in self._records:
            return self._records[text]
        return self.new_primitive_type(text)

    def function(self, result, *args, ellipsis=False):
        return self.new_function_type(tuple(map(self.t, args)), self.t(result), ellipsis)

    def record(self, name, *fields, **options):
        """A struct or union, completed: fields are (name, type text or ctype[, bits[, offset]])."""
        made = self.opaque(name)
        rows = [(field[0], self.t(field[1]) if isinstance(field[1], str) else field[1])
                + tuple(field[2:]) for field in fields]
        self.complete_struct_or_union(made, rows, None, options.get("size", -1),
                                      options.get("align", -1), options.get("flags", 0),
                                      options.get("pack", 0))
        return made

    def opaque(self, name):
        new = self.new_union_type if name.startswith("union") else self.new_struct_type
        made = self._records[name] = new(name)
        return made

    def new(self, text, init=None):
        return self.newp(self.t(text), init)

    def cast_to(self, text, value):
        return self.cast(self.t(text), value)

    def outcome(self, action):
        """What `action(self)` gives: its repr, or the exception's class."""
        try:
            return repr(action(self))
        except Exception as problem:
            return type(problem)


def _load(name):
    try:
        return Core(importlib.import_module(name))
    except ImportError:
        return None


@pytest.fixture(params=NAMES)
def core(request):
    """Each core in turn."""
    found = _load(request.param)
    if found is None:
        pytest.skip("%s is not installed" % request.param)
    return found


@pytest.fixture
def native():
    """Our core."""
    found = _load(NAMES[0])
    if found is None:
        pytest.skip("the compiled core is not installed")
    return found


@pytest.fixture
def oracle(native):
    """CFFI's core, beside ours."""
    found = _load(NAMES[1])
    if found is None:
        pytest.skip("CFFI is not installed")
    return found

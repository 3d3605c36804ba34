"""The module as a whole: no process-wide state, several copies, clean ends."""

import support
from data_support import native  # noqa: F401

REIMPORT = """
import gc, sys, weakref
sys.path[:0] = %r

def fresh():
    for name in [name for name in sys.modules if name.startswith(("cffi_like", "_cffi_like"))]:
        del sys.modules[name]
    import _cffi_like as core
    return core
"""


def run(code):
    """What the code prints, in words, in an interpreter of its own."""
    return support.run_python(REIMPORT % [support.package_folder()] + code).stdout.split()


def test_data_outlives_its_module(native):
    """Objects hold what they need when the module is gone from sys.modules."""
    assert run("""
core = fresh()
integer = core.new_primitive_type("int")
pointer = core.newp(core.new_pointer_type(integer), 7)
array = core.newp(core.new_array_type(core.new_pointer_type(integer), 3), [1, 2, 3])
del core
other = fresh()
gc.collect()
print(pointer[0], list(array[1:3]), (array + 1)[0], len(array))
""") == ["7", "[2,", "3]", "2", "3"]


def test_two_copies_do_not_mix(native):
    """Types of another copy are other types: a TypeError, never a crash."""
    assert run("""
first, second = fresh(), fresh()
assert first is not second and first.CData is not second.CData
pointer = first.newp(first.new_pointer_type(first.new_primitive_type("int")), 7)
target = second.new_pointer_type(second.new_pointer_type(second.new_primitive_type("int")))
for action in (lambda: second.newp(target, pointer), lambda: second.sizeof(first.typeof(pointer)),
               lambda: second.newp(first.typeof(pointer)), lambda: second.new_pointer_type(first.typeof(pointer))):
    try:
        action()
    except TypeError:
        print("TypeError")
print(second.newp(second.new_pointer_type(second.new_primitive_type("int")), pointer[0])[0])
""") == ["TypeError"] * 4 + ["7"]


def test_a_module_is_collected(native):
    """Nobody but its objects keeps a copy alive."""
    assert run("""
core = fresh()
struct = core.new_struct_type("struct s")
core.complete_struct_or_union(struct, [("next", core.new_pointer_type(struct))])
core.newp(core.new_pointer_type(struct))
watch = weakref.ref(core)
del core, struct
fresh()
import cffi_like
del cffi_like
for name in [name for name in sys.modules if name.startswith(("cffi_like", "_cffi_like"))]:
    del sys.modules[name]
for _ in range(5):
    gc.collect()
print(watch() is None)
""") == ["True"]


def test_sub_interpreters(native):
    """Each has a core of its own; one that ends takes everything with it."""
    assert run('''
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters
code = """
import sys; sys.path[:0] = %r
import _cffi_like as core, builtins
integer = core.new_primitive_type("int")
struct = core.new_struct_type("struct s")
core.complete_struct_or_union(struct, [("a", integer), ("next", core.new_pointer_type(struct))])
pointer = core.newp(core.new_pointer_type(struct), [5])
function = core.load_library(None).load_function(core.new_function_type((integer,), integer), "abs")
assert function(-3) == 3 and pointer.a == 5
builtins.kept = (core.gcp(pointer, lambda _: None), function,
                 core.newp_handle(core.new_pointer_type(core.new_void_type()), pointer))
""" % (sys.path,)
for _ in range(3):
    number = interpreters.create()
    problem = interpreters.run_string(number, code)
    assert not problem, problem
    interpreters.destroy(number)
import _cffi_like as core
print(core.newp(core.new_pointer_type(core.new_primitive_type("int")), 7)[0])
''') == ["7"]

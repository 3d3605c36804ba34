"""Runs one example of fuzz_types.py on a core and tells what came out, without addresses.

Two cores agree when their outcomes are equal: a value as plain data, or the
class of an exception.
"""

import itertools
import math
import operator

COMPARE = {"==": operator.eq, "!=": operator.ne, "<": operator.lt, ">=": operator.ge}


class Runner:
    """Types and values of specs on one core.  Everything made is kept alive."""

    def __init__(self, core):
        self.core = core
        self.types = {}
        self.kept = []
        self.numbers = itertools.count()

    # ---- types and values ----------------------------------------------------

    def ctype(self, spec):
        if spec not in self.types:
            self.types[spec] = self._make(spec)
        return self.types[spec]

    def _make(self, spec):
        core, kind = self.core, spec[0]
        if kind == "prim":
            return core.new_primitive_type(spec[1])
        if kind == "void":
            return core.new_void_type()
        if kind == "ptr":
            return core.new_pointer_type(self.ctype(spec[1]))
        if kind == "array":
            return core.new_array_type(core.new_pointer_type(self.ctype(spec[1])), spec[2])
        if kind == "fn":
            return core.new_function_type(tuple(map(self.ctype, spec[1])), self.ctype(spec[2]), False)
        if kind == "enum":
            names = tuple("E%d" % i for i in range(len(spec[1])))
            return core.new_enum_type("enum e", names, spec[1], core.new_primitive_type(spec[2]))
        if kind == "opaque":
            return core.new_struct_type("struct opaque")
        new = core.new_struct_type if kind == "struct" else core.new_union_type
        made = new("%s r%d" % (kind, next(self.numbers)))
        fields = [(name, self.ctype(field), bits) for name, field, bits in spec[1]]
        core.complete_struct_or_union(made, fields, None, -1, -1, 0, spec[2])
        return made

    def value(self, value):
        """The Python object or C data that `value` describes."""
        if isinstance(value, tuple) and value[:1] in (("new",), ("cast",)):
            make = self.core.newp if value[0] == "new" else self.core.cast
            made = make(self.ctype(value[1]), self.value(value[2]))
            self.kept.append(made)
            return made
        if isinstance(value, (list, tuple)):
            return type(value)(map(self.value, value))
        if isinstance(value, dict):
            return {key: self.value(item) for key, item in value.items()}
        return value

    # ---- what is seen --------------------------------------------------------

    def show(self, value, depth=4):
        """`value` without addresses: C data by its type and content."""
        if isinstance(value, self.core._CDataBase):
            return self._show_cdata(value, depth)
        if isinstance(value, (list, tuple)):
            return [self.show(item, depth - 1) for item in value]
        if isinstance(value, float):
            return "nan" if math.isnan(value) else repr(value)
        return repr(value)

    def _show_cdata(self, value, depth):
        ctype = self.core.typeof(value)
        if ctype.kind in ("primitive", "enum"):
            return repr(value)
        content = bool(value) if ctype.kind in ("pointer", "function", "array") else None
        if depth > 0 and ctype.kind == "array" and content:
            content = [self.show(value[i], depth - 1) for i in range(len(value))]
        elif depth > 0 and ctype.kind in ("struct", "union"):
            content = [(name, self.show(getattr(value, name), depth - 1)) for name, field in ctype.fields or ()
                       if field.type.kind != "array" or field.type.length is not None]
        return (ctype.cname, content)

    def outcome(self, action):
        """("value", what `action` returns) or ("error", the class)."""
        try:
            return "value", self.show(action())
        except Exception as problem:
            return "error", type(problem).__name__, str(problem)

    # ---- examples ------------------------------------------------------------

    def make(self, spec, init):
        return self.core.newp(self.ctype(spec), self.value(init))

    def operate(self, root, operation):
        """What an operation on a part of `root` gives."""
        target = root
        for kind, key in operation[0]:
            target = target[key] if kind == "index" else getattr(target, key)
        return getattr(self, "do_" + OPERATION_METHODS.get(operation[1], operation[1]))(target, *operation[2:])

    def do_len(self, target):
        return len(target)

    def do_bool(self, target):
        return bool(target)

    def do_int(self, target):
        if isinstance(target, self.core._CDataBase) and self.core.typeof(target).kind == "pointer":
            return int(self.core.cast(self.core.new_primitive_type("size_t"), target)) != 0
        return int(target)

    def do_float(self, target):
        return float(target)

    def do_complex(self, target):
        return complex(target)

    def do_iter(self, target):
        return list(target)

    def do_hash(self, target):
        return hash(target) == hash(target)

    def do_dir(self, target):
        return [name for name in dir(target) if not name.startswith("_")]

    def do_neg(self, target):
        return -target

    def do_repr(self, target):
        text = repr(target)
        return text if "owning" in text or "NULL" in text else text.split("0x")[0]

    def do_string(self, target):
        return self.core.string(target)

    def do_stringn(self, target, most):
        return self.core.string(target, most)

    def do_sizeof(self, target):
        return self.core.sizeof(target)

    def do_alignof(self, target):
        return self.core.alignof(self.core.typeof(target))

    def do_typeof(self, target):
        ctype = self.core.typeof(target)
        return [ctype.cname, ctype.kind] + [self.show(getattr(ctype, name, None)) for name in ("length", "ellipsis")]

    def do_getcname(self, target):
        return self.core.getcname(self.core.typeof(target), "*x")

    def do_buffer(self, target):
        view = self.core.buffer(target)
        return len(view), memoryview(view).nbytes

    def do_copy(self, target):
        return self.core.newp(self.core.new_pointer_type(self.core.typeof(target)), target)[0]

    def do_self_equal(self, target):
        return target == target, target != target

    def do_self_minus(self, target):
        return target - target

    def do_release(self, target):
        return self.core.release(target)

    def do_gc(self, target):
        seen = []
        made = self.core.gcp(target, seen.append)
        text = self.core.typeof(made).cname     # CFFI loses the length of an open array
        self.core.release(made)
        return text, len(seen)

    def do_view(self, target):
        return len(self.core.from_buffer(self.ctype(("array", ("prim", "char"), None)), target))

    def do_from_handle(self, target):
        return self.core.from_handle(target) if not target else None

    def do_call(self, target):
        return target(1) if not target else None

    def do_get(self, target, key):
        return target[key]

    def do_set(self, target, key, value):
        target[key] = self.value(value)
        return target[key]

    def do_setfield(self, target, name, value):
        setattr(target, name, self.value(value))
        return getattr(target, name)

    def do_slice(self, target, start, stop):
        return target[start:stop]

    def do_setslice(self, target, start, stop, value):
        target[start:stop] = self.value(value)
        return target[start:stop]

    def do_unpack(self, target, length):
        return self.core.unpack(target, length)

    def do_add(self, target, number):
        return [(target + number) - target, (target - number) - target, (number + target) - target]

    def do_compare(self, target, name, value):
        return COMPARE[name](target, value)

    def do_cast(self, target, spec):
        made = self.core.cast(self.ctype(spec), target)
        if isinstance(target, self.core._CDataBase) and self.core.typeof(target).kind in ("pointer", "array", "function"):
            return self.core.typeof(made).cname     # the number is an address
        return made

    def do_memmove(self, target, size):
        copy = bytearray(64)
        self.core.memmove(copy, target, size)
        return bytes(copy)

    def do_identity(self, target, spec, value):
        """Through C and a callback, and back."""
        kind = self.core.new_function_type((self.ctype(spec),), self.ctype(spec), False)
        callback = self.core.callback(kind, lambda argument: argument)
        self.kept.append(callback)
        return callback(self.value(value))

    def divides_by_zero(self, target, name):
        """CFFI divides by the size of an item, and the process ends where that is zero."""
        kind = self.core.typeof(target)
        if not isinstance(name, int) or kind.kind not in ("array", "pointer"):
            return False
        try:
            return self.core.sizeof(kind.item) == 0
        except ValueError:      # void, opaque
            return False

    def do_offsetof(self, target, name):
        if self.divides_by_zero(target, name):
            return None
        ctype, offset = self.core.typeoffsetof(self.core.typeof(target), name)
        return ctype.cname, offset

    def do_addressof(self, target, name):
        if self.divides_by_zero(target, name):
            return None
        ctype, offset = self.core.typeoffsetof(self.core.typeof(target), name)
        return self.core.rawaddressof(self.core.new_pointer_type(ctype), target, offset)


OPERATION_METHODS = {"self==": "self_equal", "self-": "self_minus"}

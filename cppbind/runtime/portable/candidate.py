"""One C++ function: how its arguments are converted, how it is called, how its result comes back.

What may throw is called through a guard of its dictionary (memory.py).  Neighbours: overload.py chooses between
candidates, fast.py writes code for the plain ones.
"""

from ... import format as fmt
from . import memory, variadic
from .classes import ABSTRACT, INCOMPLETE, NAMESPACE, info_of
from .cpptype import TEXT, Call, CppType, converted_by_user
from .instance import OWNED, bind, bind_dynamic, keep
from .memory import engine

THIS, WRAPPER, EXPLICIT, COPY, NOEXCEPT, CONSTRUCTOR, ASSIGN, VARIADIC, HELPER = 1, 2, 4, 8, 16, 32, 64, 128, 256
_IN_STORAGE = (fmt.TYPE_LONGDOUBLE, fmt.TYPE_INT128, fmt.TYPE_UINT128)
_EXPLAINED = (TypeError, OverflowError, ValueError, ReferenceError)
_AARCH64 = None


def _is_aarch64():
    global _AARCH64
    if _AARCH64 is None:
        from ...dictionary import own_abi
        _AARCH64 = "aarch64" in own_abi()
    return _AARCH64


def _is_changed(type_):
    """Whether a parameter leads to an object of a class that is not const."""
    target = None if type_.kind == fmt.TYPE_CLASS else type_.target
    return target is not None and target.kind == fmt.TYPE_CLASS and not target.flags & (TEXT | fmt.TYPE_CONST)


def explain(error, signature, position):
    """The error of a conversion, with "argument 2 of 'void f(int)': " before its message."""
    if type(error) in _EXPLAINED:
        return type(error)("argument %d of '%s': %s" % (position + 1, signature, error))
    return error


class Candidate:
    """See cppbind/runtime/methods.py for the description; `guards` is None where nothing can be thrown."""

    def __init__(self, description, guards):
        self.signature, self.flags, pointer, adjustment, self.result, self.types, self.names, self.reason = description
        if not isinstance(self.result, CppType) or not all(isinstance(one, CppType) for one in self.types):
            raise TypeError("a CppType is needed")
        if len(self.names) != len(self.types):
            raise ValueError("candidate: names and types differ in number")
        self.count = len(self.types)
        self.passed = self.types[:-1] if self.flags & ASSIGN else self.types
        self.is_variadic = bool(self.flags & VARIADIC)
        # Positions of objects that C++ may change, and whether it may come to own some.
        self.changing = () if self.flags & HELPER else tuple(
            at for at, type_ in enumerate(self.passed) if _is_changed(type_))
        self.gives = any(_is_changed(type_) and type_.kind == fmt.TYPE_POINTER for type_ in self.passed)
        self._set_mode()
        self._set_target(pointer, adjustment)
        if self.address == 0 and self.slot < 0 and self.reason is None:
            self.reason = "the dictionary has no address for it"
        self.guards, self.guard, self.direct = guards, None, None
        if self.is_variadic:
            self.pending = None if guards is None else guards.pending
            if self.reason is None and guards is not None and guards.variadic() is None:
                self.reason = "it is variadic, which needs the compiled core of cffi_like on this platform"
        elif self.flags & NOEXCEPT and not self.flags & WRAPPER:
            self.guards = None
        if self.reason is None and not self.is_variadic:
            self._prepare()

    def _set_mode(self):
        result = self.result
        self.in_storage = result.kind in _IN_STORAGE or (result.kind == fmt.TYPE_CLASS and bool(result.flags & TEXT))
        self.in_object = result.kind == fmt.TYPE_CLASS and not self.in_storage
        if self.flags & CONSTRUCTOR:
            self.in_storage = self.in_object = False
            self.flags |= THIS
        self.is_void = bool(self.flags & CONSTRUCTOR) or result.kind == fmt.TYPE_VOID

    def _set_target(self, pointer, adjustment):
        """Itanium C++ ABI 2.3: the pair of a pointer to member function."""
        self.slot, self.adjust = -1, 0
        if self.flags & THIS and not self.flags & (WRAPPER | CONSTRUCTOR):
            if _is_aarch64():
                self.adjust = adjustment >> 1
                self.slot = pointer if adjustment & 1 else -1
            else:
                self.adjust = adjustment
                self.slot = pointer - 1 if pointer & 1 else -1
        self.address = pointer if self.slot < 0 else 0

    def registers(self):
        """(result, arguments) as C types."""
        arguments = [memory.word] * (self.in_storage or self.in_object) + [memory.word] * bool(self.flags & THIS)
        arguments += [one.register for one in self.passed]
        by_memory = self.is_void or self.in_storage or self.in_object
        return memory.void if by_memory else self.result.register, arguments

    def code(self):
        """Of the guard for it."""
        by_memory = self.is_void or self.in_storage or self.in_object
        leading = (self.in_storage or self.in_object) + bool(self.flags & THIS)
        return fmt.guard_code(fmt.TYPE_VOID if by_memory else self.result.kind,
                              [fmt.TYPE_POINTER] * leading + [one.kind for one in self.passed])

    def _prepare(self):
        result, arguments = self.registers()
        if self.guards is not None:
            address = self.guards.address(self.code())
            if not address:
                self.reason = "its dictionary has no guarded call for it: build it again with this version"
                return
            self.guard = memory.function(result, arguments + [memory.word], address)
            self.pending = self.guards.pending
        else:
            self.function_type = engine.new_function_type(tuple(arguments), result)
            if self.slot < 0:
                self.direct = memory.function(result, arguments, self.address)

    # ---- a call

    def takes(self, count):
        """Whether it can be called with so many arguments."""
        return count == self.count or self.is_variadic and count > self.count

    def convert(self, arguments, call):
        """What C gets for the arguments."""
        converted = []
        for position, type_ in enumerate(self.passed):
            try:
                converted.append(type_.argument(arguments[position], call))
            except _EXPLAINED as error:
                raise explain(error, self.signature, position) from None
        for position in range(self.count, len(arguments)):
            try:
                converted.append(variadic.more(arguments[position], call))
            except _EXPLAINED as error:
                raise explain(error, self.signature, position) from None
        return converted

    def plain(self, value, call):
        """What is assigned, converted before C++ tells where to: that may run code which moves the place."""
        target = self.result.target
        if target is None or info_of(type(value)) is not None or target.flags & TEXT:
            return value
        if target.kind != fmt.TYPE_CLASS:
            if target.is_number or target.kind in (fmt.TYPE_FLOAT, fmt.TYPE_DOUBLE, fmt.TYPE_BOOL):
                place = call.scratch(target.size)
                target.store(place, value)
                return target.load(place)
            return value
        cls = target.info().cls
        if type(value) is dict:
            return cls(**value)
        return cls(*value) if type(value) in (list, tuple) and target.info().aggregate is not None else value

    def invoke(self, address, registers):
        """Call it.  address: of `this`, 0 where it takes none; registers: the others, storage for the result first."""
        if self.flags & THIS:
            address += self.adjust
            registers.insert(self.in_storage or self.in_object, address)
        target = self.address
        if self.slot >= 0:
            target = memory.read_word(memory.read_word(address) + self.slot)
        if self.is_variadic:
            return self._invoke_variadic(registers, target)
        if self.guard is None:
            if self.slot >= 0:
                return memory.cast(self.function_type, target)(*registers)
            return self.direct(*registers)
        value = self.guard(*registers, target)
        if self.pending[0]:
            self.raise_thrown()
        return value

    def _invoke_variadic(self, registers, target):
        leading = (self.in_storage or self.in_object) + bool(self.flags & THIS)
        named = leading + self.count
        values = [(False, value) for value in registers[:leading]]
        values += map(variadic.fixed, self.types, registers[leading:named])
        by_memory = self.is_void or self.in_storage or self.in_object
        value = variadic.invoke(self.guards, values + registers[named:], target,
                                variadic.NOTHING if by_memory else self.result)
        if self.pending[0]:
            self.raise_thrown()
        return value

    def raise_thrown(self):
        """Raise what this thread's last call threw, if it threw."""
        exception = self.guards.thrown()
        if exception is not None:
            raise exception

    def finish(self, address, owner, registers, arguments, creates):
        """Call it with converted arguments and give the result."""
        if self.in_storage:
            return self._call_storage(address, registers)
        if self.in_object:
            return self._call_object(address, registers, owner, arguments)
        value = self.invoke(address, registers)
        if self.flags & ASSIGN:
            self._store_through(value, arguments[-1], owner)
            return None
        if self.is_void:
            return None
        if creates and value and self.result.kind == fmt.TYPE_POINTER and self.result.target.kind == fmt.TYPE_CLASS:
            return bind_dynamic(self.result.target.info(), value, OWNED)
        return self.result.result(value, owner)

    def _store_through(self, address, value, owner):
        try:
            self.result.store_through(address, value, owner)
        except TypeError:
            converted = converted_by_user(self.result, value)
            if converted is None:
                raise
            self.result.store_through(address, converted[0], owner)

    def give(self, arguments):
        """C++ owns from now on what it was given by a pointer to what is not const."""
        for type_, value in zip(self.passed, arguments):
            # A smart pointer stays the owner of what it points to.
            if type_.kind == fmt.TYPE_POINTER and _is_changed(type_) and isinstance(
                    value, type_.target.info().cls) and value.__python_owns__:
                value.__python_owns__ = False

    def _call_storage(self, address, registers):
        """std::string, long double, __int128: constructed here, read, dropped."""
        call = Call()
        place = call.scratch(memory.STRING_SIZE)
        self.invoke(address, [place] + registers)
        try:
            return self.result.load(place)
        finally:
            if self.result.kind == fmt.TYPE_CLASS:
                self.result.drop(place)

    def _call_object(self, address, registers, owner, arguments):
        """An object by value: constructed in memory that its proxy owns."""
        info = self.result.info()
        if info.flags & (INCOMPLETE | ABSTRACT | NAMESPACE):
            raise TypeError("'%s' returns a '%s' by value, which has no reflection"
                            % (self.signature, self.result.spelling))
        place = info.allocate()
        try:
            self.invoke(address, [place] + registers)
        except BaseException:
            info.release(place)
            raise
        made = bind(info, place, OWNED)
        if info.is_view:
            for held in (owner,) + tuple(arguments):
                if held is not made and type(held) not in (int, float, bool, str, type(None)):
                    keep(made, ("object", id(held)), held)
        return info.mapped(made)

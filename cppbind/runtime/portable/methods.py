"""Overload sets as callables: methods and functions.

Where one candidate has a number of arguments there is code for it that was written for its types (fast.py), and the
overload set gets a class of its own, whose __call__ chooses by that number; everything else goes by overload.py.
Neighbours: cppbind/runtime/methods.py, which describes the candidates.
"""

from . import fast, items, overload
from .bound import bind_method
from .candidate import CONSTRUCTOR as CONSTRUCTED
from .candidate import THIS, WRAPPER, Candidate
from .classes import info_of
from .convert_function import Function
from .hooks import hooks
from .instance import CppInstance, cpp_addressof, keep, subobject
from .memory import Guards

STATIC, CONSTRUCTOR, MIXED, CREATES, NO_GIL, OPERATOR, TEMPLATE = 1, 2, 4, 16, 32, 64, 512
_DIRECT = 8
HEURISTICS, STRICT = 256, 512       # cppbind/memory.py

_guards = {}                # dictionary -> Guards


def _guards_of(function):
    return _guards_by(function.dictionary)


def _guards_by(dictionary):
    found = _guards.get(dictionary)
    if found is None:
        found = _guards[dictionary] = Guards(dictionary, hooks.translate)
    return found


def _without_record(description):
    """The candidate of a function that no dictionary lists: a helper, or what a function pointer leads to."""
    candidate = Candidate(description, None)
    if candidate.flags & WRAPPER or candidate.reason is not None:
        return candidate
    from ..state import registry
    code = candidate.code()
    for dictionary in registry.dictionaries:
        known = _guards_by(dictionary)
        if known.address(code) or candidate.is_variadic and known.variadic() is not None:
            return Candidate(description, known)
    return Candidate(description[:-1] + ("no loaded dictionary has a guarded call for it",), None)


class _Overloads:
    """What methods and functions share."""

    def __init__(self, name, owner, flags, token):
        self.__name__, self.owner, self.token = name, info_of(owner), token
        self.__objclass__, self.__qualname__ = owner, "%s.%s" % (owner.__qualname__, name)
        self._flags = flags
        self.is_static, self.is_template = bool(flags & STATIC), bool(flags & TEMPLATE)
        self.creates = bool(flags & CREATES)
        self._policy = -1           # whether C++ owns what it is given by pointer
        self._moves = False         # whether it assigns to items of `self`, or moves or drops them
        self._drops = False
        self.candidates, self._doc = None, None
        self.memo = {}
        self._fallback, self._keeps_self = None, False
        self._is_directed = False   # virtual, and Python classes override it
        self._keeps_callbacks = False   # functions of Python's that it is given stay as long as its object

    # ---- candidates

    def resolve(self):
        """Ask the hook for the candidates, once."""
        if self.candidates is None:
            if hooks.resolve_method is None:
                raise RuntimeError("cppbind is not set up")
            hooks.resolve_method(self)
            if self.candidates is None:
                raise RuntimeError("the candidates of '%s' were not set" % self.__name__)

    def set_candidates(self, descriptions, doc):
        """For the hook resolve_method: once; later calls change nothing."""
        if self.candidates is not None:
            return
        if self.token:
            made = [Candidate(description, _guards_of(function))
                    for description, function in zip(descriptions, self.token)]
        else:
            made = [_without_record(description) for description in descriptions]
        self._doc, self.candidates = doc, made
        self._keeps_callbacks = any(candidate.flags & (THIS | CONSTRUCTED) and any(
            isinstance(kind, Function) for kind in candidate.types) for candidate in made)
        self._choose_fast()

    def _choose_fast(self):
        if self.candidates is None:
            return
        shift = 0 if self.is_static else 1
        chosen = {}
        if not (self._flags & (MIXED | CONSTRUCTOR | OPERATOR) or self.creates or self._fallback
                or self._keeps_self or self._keeps_callbacks):
            for count in range(_DIRECT):
                found = [candidate for candidate in self.candidates if candidate.takes(count)]
                if len(found) == 1 and (found[0].slot >= 0 or not self._is_directed) and not (
                        found[0].gives and self._policy == HEURISTICS):
                    made = fast.make(self, found[0], self._drops if self._moves else None)
                    if made is not None:
                        chosen[count + shift] = made
        self.__class__ = fast.make_class(_kind_of(self._flags), chosen)

    def mark_directed(self):
        """Called on an object of a Python class it is its base's function: super().f()."""
        if not self._is_directed:
            self._is_directed = True
            self._choose_fast()

    # ---- calls

    def __call__(self, *arguments, **keywords):
        return self.call_slow(arguments, keywords)

    def call_slow(self, arguments, keywords):
        """Every call that has no code of its own."""
        if self._moves and arguments and info_of(type(arguments[0])) is not None:
            items.check(arguments[0], self._drops)
        if self._fallback is None:
            result = self._call(arguments, keywords)
        else:
            try:
                result = self._call(arguments, keywords)
            except TypeError:
                result = NotImplemented
            if result is NotImplemented:
                return self._fallback(*arguments, **keywords)
        if self._keeps_callbacks and arguments and info_of(type(arguments[0])) is not None:
            self.keep_callbacks(arguments[0], arguments[1:], keywords)
        if self._keeps_self and not self.is_static and arguments and result is not arguments[0] and info_of(
                type(result)) is not None:
            keep(result, ("object", id(arguments[0])), arguments[0])
        return result

    def _call(self, arguments, keywords):
        if self._flags & CONSTRUCTOR:
            raise TypeError("constructors are called through the class: %s(...)" % self.owner.name)
        self.resolve()
        address, owner, has_object = 0, None, False
        if not self.is_static:
            given = info_of(type(arguments[0])) if arguments else None
            has_object = given is not None and (given is self.owner or isinstance(arguments[0], self.owner.cls))
            if has_object and self._is_directed and given.director is not None:
                own = given.cls.__dict__.get(self.__name__)
                if own is not None:
                    return own._call(arguments, keywords)
            if not has_object and not self._flags & MIXED:
                if not arguments:
                    raise TypeError("'%s.%s' needs a '%s' object to be called on" % (
                        self.owner.name, self.__name__, self.owner.name))
                subobject(self.owner, arguments[0])         # raises
            if has_object:
                owner = arguments[0]
                address = subobject(self.owner, owner)
                arguments = arguments[1:]
        found = self._only(arguments, keywords)
        if found is not None:
            return overload.run_only(self, found, address, owner, arguments)
        if owner is None or not self._flags & MIXED:
            return overload.call(self, address, owner, arguments, keywords, has_object)
        try:
            return overload.call(self, address, owner, arguments, keywords, True)
        except TypeError as error:
            # Class.f(object, ...) may mean a static function whose first argument the object is.
            try:
                return overload.call(self, 0, None, (owner, *arguments), keywords, False)
            except TypeError:
                raise error from None

    def keep_callbacks(self, proxy, arguments, keywords):
        """Those among the arguments live as long as the object, or until the next ones take their place."""
        if self._keeps_callbacks:
            for index, value in enumerate(arguments + tuple(keywords.values())):
                if callable(value) and not isinstance(value, type) and info_of(type(value)) is None:
                    keep(proxy, ("callback", id(self), index), value)

    def _only(self, arguments, keywords):
        """The candidate that alone has this number of arguments."""
        if keywords or self._flags & MIXED:
            return None
        found = None
        for candidate in self.candidates:
            if candidate.takes(len(arguments)):
                if found is not None:
                    return None
                found = candidate
        return found

    def construct(self, address, arguments, keywords):
        """Run a constructor on raw memory."""
        self.resolve()
        found = self._only(arguments, keywords)
        if found is not None:
            overload.run_only(self, found, address, None, arguments)
        else:
            overload.call(self, address, None, arguments, keywords, True)

    # ---- Python's view

    def __repr__(self):
        return "<C++ %s %s.%s>" % ("function" if self.is_static else "method", self.owner.name, self.__name__)

    @property
    def __doc__(self):
        self.resolve()
        return self._doc

    @property
    def __signature__(self):
        return None if hooks.signature is None else hooks.signature(self)

    @property
    def signatures(self):
        """The C++ signatures of all candidates."""
        self.resolve()
        return tuple(candidate.signature for candidate in self.candidates)

    def __overload__(self, signature, const=None):
        """The method with those of its overloads alone that have these parameters.  LookupError where there is none."""
        if not isinstance(signature, str):
            raise TypeError("__overload__() takes a str, not '%s'" % type(signature).__name__)
        if hooks.restrict_overloads is None:
            raise RuntimeError("cppbind is not set up")
        return hooks.restrict_overloads(self, signature, const)

    def __add_overload__(self, function):
        """A callable of Python's for what no overload takes."""
        if not callable(function):
            raise TypeError("a callable is needed, not '%s'" % type(function).__name__)
        if self._flags & CONSTRUCTOR:
            raise TypeError("constructors have no overloads in Python")
        self._fallback = function
        self._choose_fast()

    @property
    def __set_lifeline__(self):
        """Whether an object that comes back keeps `self` alive."""
        return self._keeps_self

    @__set_lifeline__.setter
    def __set_lifeline__(self, value):
        self._keeps_self = bool(value)
        self._choose_fast()

    @property
    def __creates__(self):
        """Whether Python owns what a pointer result points to."""
        return self.creates

    @__creates__.setter
    def __creates__(self, value):
        self.creates = bool(value)
        self._choose_fast()

    def gives(self):
        """Whether C++ owns from now on what Python owned and a pointer was given to."""
        return self._policy == HEURISTICS or self._policy == -1 and fast.heuristics

    def __get_policy(self):
        return self._policy

    def __set_policy(self, policy):
        if type(policy) is not int or policy not in (HEURISTICS, STRICT):
            raise ValueError("a memory policy is cppbind.memory.HEURISTICS or cppbind.memory.STRICT")
        self._policy = policy
        self._choose_fast()

    def __delete_policy(self):
        self.__set_policy(None)

    __mempolicy__ = property(__get_policy, __set_policy, __delete_policy,
                             "Whether C++ owns what it is given by a pointer to what is not const: "
                             "cppbind.memory.HEURISTICS, STRICT, or -1 where what holds for all does.")

    @property
    def __replaces_items__(self):
        """Whether it assigns to items of `self`, which is refused while they are viewed."""
        return self._moves and not self._drops

    @__replaces_items__.setter
    def __replaces_items__(self, value):
        self._moves = bool(value) or self._drops
        self._choose_fast()

    @property
    def __drops_items__(self):
        """Whether it moves or drops items of `self`, which is refused while they are viewed or in use."""
        return self._drops

    @__drops_items__.setter
    def __drops_items__(self, value):
        self._moves = self._drops = bool(value)
        self._choose_fast()

    @property
    def __sig2exc__(self):
        """Whether a signal during the call is an exception: never with this core."""
        return False

    @__sig2exc__.setter
    def __sig2exc__(self, value):
        if value:
            raise NotImplementedError("signals become exceptions in CPython only, with the compiled core of cffi_like")

    @property
    def __release_gil__(self):
        """Whether other threads run during the call.  With this core they always do; the flag is only kept."""
        return bool(self._flags & NO_GIL)

    @__release_gil__.setter
    def __release_gil__(self, value):
        self._flags = self._flags | NO_GIL if value else self._flags & ~NO_GIL


# Classes without a docstring: `__doc__` is that of the overload set.
class CppFunction(_Overloads):      # takes no object: obj.f is the function itself
    __doc__ = _Overloads.__doc__


class CppMethod(_Overloads):        # takes an object: a method descriptor
    __doc__ = _Overloads.__doc__

    def __get__(self, instance, cls=None):
        return self if instance is None else bind_method(self, instance)


class _Operator(CppMethod):         # a + b, a == b: where no overload fits Python asks the other side
    __doc__ = _Overloads.__doc__

    def __call__(self, *arguments, **keywords):
        try:
            return self.call_slow(arguments, keywords)
        except TypeError:
            return NotImplemented
        except ReferenceError:
            if self.__name__ in ("__eq__", "__ne__", "__bool__") and not all(map(cpp_addressof, arguments)):
                return getattr(CppInstance, self.__name__)(*arguments)      # of a null pointer
            raise


def _kind_of(flags):
    return CppFunction if flags & (STATIC | CONSTRUCTOR) else _Operator if flags & OPERATOR else CppMethod


def cpp_memory_policy(heuristics):
    """The policy of all methods that have none of their own: whether it is that of heuristics; what it was."""
    before, fast.heuristics = fast.heuristics, heuristics
    return before


def cpp_new_method(name, owner, flags, token):
    """An overload set whose candidates come at the first call."""
    if info_of(owner) is None:
        raise TypeError("%r is no C++ class" % (owner,))
    return _kind_of(flags)(name, owner, flags, token)

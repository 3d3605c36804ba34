"""Small library types: pair, tuple, optional, complex, smart pointers, iterators.

Neighbours: pythonize.py, the table; stl.py, which has the functions `_stl_...`.
"""

from .. import format as fmt
from . import native
from .copying import cpp_class_of
from .directors import director_of
from .pythonize_sequence import class_of_result, keeper, kept, store_all
from .state import types_of

_NONE = type(None)


# ---- pair and tuple -----------------------------------------------------------------------------

def pair(cls):
    """std::pair: a tuple of two, with `first` and `second`."""
    _tuple(cls, [lambda self: self.first, lambda self: self.second],
           [lambda self, value: setattr(self, "first", value), lambda self, value: setattr(self, "second", value)])


def tuple_like(cls):
    """std::tuple."""
    getters, setters = [], []
    while "_stl_get%d" % len(getters) in cls.__dict__:
        place = len(getters)
        getters.append(_keeping(cls.__dict__["_stl_get%d" % place]))
        setters.append(cls.__dict__.get("_stl_put%d" % place))
    _tuple(cls, getters, setters)


def _keeping(function):
    """A function of an object, whose result keeps that alive if it lies in it."""
    keep = keeper(function.token[0])
    return lambda self: keep(function(self), self)


def _tuple(cls, getters, setters):
    count = len(getters)

    def __getitem__(self, index):
        if isinstance(index, slice):
            return tuple(self)[index]
        return getters[index](self)

    def __iter__(self):
        return iter([get(self) for get in getters])

    def __eq__(self, other):
        if not isinstance(other, (tuple, cls)):
            return NotImplemented
        return tuple(self) == tuple(other)

    def __ne__(self, other):
        equal = __eq__(self, other)
        return equal if equal is NotImplemented else not equal

    store_all(cls, {"__len__": lambda self: count, "__getitem__": __getitem__, "__iter__": __iter__, "__eq__": __eq__,
                    "__ne__": __ne__, "__hash__": lambda self: hash(tuple(self)),
                    "__str__": lambda self: str(tuple(self))})
    if None in setters:
        return

    def from_python(kind, values):
        values = list(values)
        if len(values) != count:
            raise TypeError("'%s' takes %d values, %d were given" % (cls.__name__, count, len(values)))
        self = kind()
        for put, value in zip(setters, values):
            put(self, value)
        return self
    native.set_source(cls, from_python, (tuple, list), None)


# ---- optional -------------------------------------------------------------------------------------

def optional(cls):
    """std::optional: None where it is empty; true where it has a value, whatever that is."""
    has_value, find, put = (cls.__dict__.get(name) for name in ("has_value", "_stl_get", "_stl_put"))

    keep = keeper(find.token[0])

    def value(self):
        """The value; ValueError where there is none."""
        if not has_value(self):
            raise ValueError("this '%s' has no value" % cls.__name__)
        return keep(find(self), self)

    def value_or(self, default):
        """The value, or `default`."""
        return value(self) if has_value(self) else default

    def __eq__(self, other):
        if isinstance(other, cls):
            return value_or(self, None) == value_or(other, None)
        return value(self) == other if has_value(self) else other is None

    store_all(cls, {"__bool__": has_value, "value": value, "value_or": value_or, "__eq__": __eq__,
                    "__ne__": lambda self, other: not __eq__(self, other), "__hash__": None, "__deref__": value,
                    "__str__": lambda self: str(value_or(self, None))})
    if "_stl_clear" in cls.__dict__:
        clear = cls.__dict__["_stl_clear"]
        native.store(cls, "reset", lambda self: clear(self))
    if put is None:
        return

    def from_python(kind, item):
        self = kind()
        if item is not None:
            put(self, item)
        return self
    native.set_source(cls, from_python, (_NONE,) + _sources(put.token[0]), None)


def _sources(function):
    """The types of Python that the last parameter of a function takes."""
    dictionary = function.dictionary
    params = dictionary.records("params", function.params_first, function.params_count)
    record = dictionary.record("types", params[-1].type)
    if record.kind == fmt.TYPE_LVALUE_REF:
        record = dictionary.record("types", record.target)
    if record.kind == fmt.TYPE_BOOL:
        return (bool, int)
    if record.kind in (fmt.TYPE_FLOAT, fmt.TYPE_DOUBLE, fmt.TYPE_LONGDOUBLE):
        return (float, int)
    if fmt.TYPE_SHORT <= record.kind <= fmt.TYPE_UINT128:
        return (int,)
    if record.kind == fmt.TYPE_CLASS and record.name == "std::string":
        return (str, bytes)
    return (object,)


# ---- complex -----------------------------------------------------------------------------------------

def complex_like(cls):
    """std::complex: converts from and to Python's, and has its attributes."""
    if not {"real", "imag"} <= set(cls.__dict__):
        return
    real, imag = cls.__dict__["real"], cls.__dict__["imag"]

    def __complex__(self):
        return complex(real(self), imag(self))

    def conjugate(self):
        return type(self)(real(self), -imag(self))

    def __eq__(self, other):
        if not isinstance(other, (complex, float, int, cls)):
            return NotImplemented
        return __complex__(self) == complex(other)

    def __ne__(self, other):
        equal = __eq__(self, other)
        return equal if equal is NotImplemented else not equal

    store_all(cls, {"__complex__": __complex__, "__eq__": __eq__, "__ne__": __ne__,
                    "__hash__": lambda self: hash(__complex__(self)), "__abs__": lambda self: abs(__complex__(self)),
                    "__str__": lambda self: str(__complex__(self)), "conjugate": conjugate,
                    "__repr__": lambda self: repr(__complex__(self)),
                    "real": property(lambda self: real(self), lambda self, value: real(self, value)),
                    "imag": property(lambda self: imag(self), lambda self, value: imag(self, value))})
    native.set_source(cls, lambda kind, value: kind(value.real, value.imag), (complex,), None)


# ---- smart pointers -------------------------------------------------------------------------------------

def _has_director(value):
    """Whether an object is of a class derived in Python that C++ calls back: C++ keeps the Python object then, and
    tells it of the end.  If it kept the pointer as well, neither would go."""
    return "__cpp_name__" not in type(value).__dict__ and director_of(cpp_class_of(type(value))) is not None


def smart_pointer(cls):
    """std::unique_ptr and std::shared_ptr: members of what they point to are theirs; false, and equal to None,
    where they point to nothing."""
    find = cls.__dict__.get("_stl_get")
    if find is None:
        return

    def target(self):
        pointee = find(self)
        if not isinstance(pointee, native.Instance) or not pointee:
            return None
        return pointee if _has_director(pointee) else kept(pointee, self)

    def followed(self):
        pointee = target(self)
        if pointee is None:
            raise ReferenceError("this '%s' points to nothing" % cls.__name__)
        return pointee

    def __getattr__(self, name):
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError("'%s' has no attribute '%s'" % (cls.__name__, name))
        return getattr(followed(self), name)

    def __setattr__(self, name, value):
        if name.startswith("__"):
            native.Instance.__setattr__(self, name, value)
        else:
            setattr(followed(self), name, value)

    def __eq__(self, other):
        mine = target(self)
        if isinstance(other, cls):
            other = target(other)
        if other is None or mine is None:
            return mine is None and (other is None or not isinstance(other, native.Instance) and not other)
        return mine is other

    store_all(cls, {"__bool__": lambda self: target(self) is not None, "__getattr__": __getattr__, "get": target,
                    "__setattr__": __setattr__, "__smartptr__": lambda self: self, "__deref__": followed,
                    "__follow__": followed, "__eq__": __eq__, "__ne__": lambda self, other: not __eq__(self, other),
                    "__hash__": lambda self: hash(target(self)),
                    "__dir__": lambda self: sorted(set(object.__dir__(self)) | set(dir(target(self))))})

    _add_sources(cls, target)


def _add_sources(cls, target):
    """What a smart pointer is made from: None, a pointer that C++ would convert, and, asked for explicitly, an object
    that Python owns, which it owns from then on."""
    record = cls.__dict__["_stl_get"].token[0]
    types, pointer = types_of(record.dictionary), record.dictionary.record("types", record.result)
    element = record.dictionary.record("types", pointer.target)
    is_class = element is not None and element.kind == fmt.TYPE_CLASS
    if is_class and native.sizeof(cls) == (16 if "_stl_adopt" in cls.__dict__ else 8):
        native.set_pointee(cls, types[pointer.target])
    adopt, take, uses = (cls.__dict__.get("_stl_" + name) for name in ("adopt", "take", "uses"))
    if uses is not None:
        native.store(cls, "use_count", lambda self: uses(self))
    if take is not None and "reset" not in cls.__dict__:
        native.store(cls, "reset", lambda self: take(self, None))
    cls_name = "std::shared_ptr<" if adopt else "std::unique_ptr<"

    def element_class():
        from .proxy import class_for
        return class_for(element.name)

    def is_pointer(value):
        kind = type(value)
        if not is_class or not hasattr(kind, "_stl_element") or not issubclass(kind._stl_element(), element_class()):
            return False
        return kind.__cpp_name__.startswith(cls_name) or (adopt is not None and hasattr(kind, "_stl_release"))

    def takes(value):
        if isinstance(value, native.Instance):
            if is_pointer(value):
                return True
            return "explicitly" if is_class and isinstance(value, element_class()) else False
        return False

    def from_python(kind, value):
        self = kind()
        if value is None:
            return self
        if is_pointer(value) and adopt is not None and hasattr(type(value), "_stl_owner"):
            if value:
                adopt(self, type(value)._stl_owner(value), value.get())
        elif is_pointer(value):
            take(self, type(value)._stl_release(value))
        elif is_class and isinstance(value, element_class()):
            if not value.__python_owns__:
                raise TypeError("'%s' takes an object that Python owns, which this '%s' is not" % (
                    cls.__name__, type(value).__name__))
            take(self, value)
            value.__python_owns__ = False
            if not _has_director(value):
                kept(value, self)
        else:
            raise TypeError("'%s' is not made from %r" % (cls.__name__, value))
        return self
    if is_class:
        native.store(cls, "_stl_element", staticmethod(element_class))
    native.set_source(cls, from_python, (_NONE, takes), None)


def _class_of_pointee(pointer):
    element = getattr(type(pointer), "_stl_element", None)
    return type(pointer) if element is None else element()


# `__class__` of smart pointers: isinstance(pointer, Class) is true, as in cppyy.  portable/ has another use for it.
POINTER_CLASS = property(_class_of_pointee) if native.has_mappings else None


def weak_pointer(cls):
    """std::weak_ptr: made from a shared_ptr; `lock()` gives one, which is empty where the object is gone."""
    put = cls.__dict__.get("_stl_put")
    if put is None:
        return

    def from_python(kind, value):
        self = kind()
        put(self, value)
        return self
    native.store(cls, "__bool__", lambda self: not self.expired())
    native.set_source(cls, from_python, (lambda value: hasattr(type(value), "_stl_adopt"),), None)


def _gives_object(method):
    """Whether a method returns an object, or a pointer or reference to one."""
    if not isinstance(method, native.Method):
        return False
    function = method.token[0]
    record = function.dictionary.record("types", function.result)
    if record is not None and record.kind in (fmt.TYPE_POINTER, fmt.TYPE_LVALUE_REF):
        record = function.dictionary.record("types", record.target)
    return record is not None and record.kind == fmt.TYPE_CLASS


def follow(cls):
    """A class of the user's with operator->: what it has not itself is asked of what it points to."""
    step = cls.__dict__["__follow__"]
    known = []

    def target(self, name):
        if not known:
            known.append(class_of_result(step) if _gives_object(step) else None)
        # operator-> need not be good for every object, so what it cannot lead to is not asked for.
        if (name.startswith("__") and name.endswith("__")) or known[0] in (None, cls) or not (
                hasattr(known[0], name) or "__follow__" in known[0].__dict__):
            raise AttributeError("'%s' object has no attribute '%s'" % (type(self).__name__, name))
        pointee = step(self)
        if not pointee:
            raise ReferenceError("this '%s' points to nothing" % type(self).__name__)
        return pointee if _has_director(pointee) else kept(pointee, self)

    def __setattr__(self, name, value):
        try:
            native.Instance.__setattr__(self, name, value)
        except AttributeError:
            if hasattr(type(self), name):
                raise
            setattr(target(self, name), name, value)
    if "__getattr__" not in cls.__dict__:
        store_all(cls, {"__getattr__": lambda self, name: getattr(target(self, name), name),
                        "__setattr__": __setattr__})


# ---- iterators ---------------------------------------------------------------------------------------------

def iterator(cls):
    """What begin() and end() give: compared, dereferenced and advanced as in C++."""
    deref, advance = cls.__dict__.get("__deref__") or cls.__dict__.get("operator*"), cls.__dict__.get("operator++")
    if deref is None or advance is None:
        return
    keep = keeper(deref.token[0])
    store_all(cls, {"__deref__": lambda self: keep(deref(self), self),
                    "__preinc__": lambda self: (advance(self), self)[1]})

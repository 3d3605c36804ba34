"""Function templates as Python objects: called, they are instantiated for the types of their arguments.

A call is written in C++, with the types that the Python arguments stand for, compiled, and kept by those types: what
C++ would choose is what is called, other overloads included.  Neighbours: templates.py (class templates), on_demand.py
(which compiles), namespaces.py and proxy.py (where the objects are put).
"""

import hashlib
import sys

from .. import format as fmt
from . import algorithms, nameless, native
from .cpp_types import argument_forms, argument_text, declared_form, template_argument_text

_SPACE = "cppbind_calls"
_count = getattr(sys, "getrefcount", lambda value: 2)       # PyPy counts nothing
# An argument that is converted is a temporary of the call ([class.temporary]), and `std::min<double>(1, 2)` refers to
# one.  What may refer to one is returned by value: numbers, and objects that an argument of another type converts to.
_LASTING = """\
#ifndef CPPBIND_LASTING
#define CPPBIND_LASTING
#include <type_traits>
namespace cppbind_calls {
template <class A> using plain = typename std::remove_cv<typename std::remove_reference<A>::type>::type;
template <class A, class T> struct converts : std::integral_constant<bool, !std::is_same<plain<A>, T>::value
    && !std::is_base_of<T, plain<A>>::value && std::is_convertible<A, T>::value> {};
template <class T, class... A> struct any_converts : std::false_type {};
template <class T, class A, class... B> struct any_converts<T, A, B...> : std::integral_constant<bool,
    converts<A, T>::value || any_converts<T, B...>::value> {};
template <class R, class T, class... A> using lasting_of = typename std::conditional<
    std::is_scalar<T>::value || (std::is_class<T>::value && std::is_constructible<T, R>::value
                                 && any_converts<T, A...>::value), T, R>::type;
template <class R, class... A> struct lasting { typedef R type; };
template <class T, class... A> struct lasting<const T &, A...> { typedef lasting_of<const T &, T, A...> type; };
template <class T, class... A> struct lasting<T &&, A...> { typedef lasting_of<T &&, plain<T>, A...> type; };
}
#endif
"""
# What Python code sets of an overload set.
SETTINGS = ("__creates__", "__set_lifeline__", "__release_gil__", "__sig2exc__", "__mempolicy__")


class Calls:
    """The instances of calls of one callee, by the types of the arguments."""

    def __init__(self, name, callee, plain, owner="", explicit=False):
        self._name, self._callee, self._plain, self._owner = name, callee, plain, owner
        self._explicit = explicit
        self._known = {}
        self._declared = None       # the callable by the types that the parameters have; False where there is none

    def find(self, arguments):
        """The callable for these arguments; None where only functions that are no templates may take them.

        TypeError, with what the compiler says of each attempt, where nothing takes them.
        """
        from .. import on_demand
        try:
            key = tuple([argument_text(argument) for argument in arguments])
        except (TypeError, OverflowError):
            if self._plain is not None:
                return None
            declared = self._by_declaration()
            if declared:
                return declared
            raise
        known = self._known.get(key)
        if known is None:
            if not on_demand.can_know(self._owner or self._callee) and not self.is_operator:
                if self._plain is not None:
                    return None         # a dictionary has those alone
                raise TypeError("'%s' is a template of a class whose header is not included" % self._name)
            known = self._known[key] = self._make(arguments, key)
        return known or None

    def _make(self, arguments, key):
        problems = []
        for form in argument_forms(arguments, key, by_address=not self.is_operator):
            found, problem = self._compiled(form, key, self._plain is not None and nameless.all_nameless(self._plain))
            if found is not None and nameless.all_nameless(found):
                found, problem = self._compiled(form, key, True)
            if found is not None:
                return self._lasting(found, form)
            if problem not in problems:
                problems.append(problem)
        if self._plain is not None and not nameless.all_nameless(self._plain):
            return False
        declared = self._by_declaration()
        if declared:
            return declared
        raise TypeError("cannot instantiate '%s(%s)': %s%s" % (
            self._name, ", ".join(key), "; or: ".join(problems), _advice(problems)))

    def _by_declaration(self):
        """The callable whose arguments are converted to the types of the parameters, where the template arguments that
        were written leave one function; else False."""
        if self._declared is None:
            from .. import on_demand
            self._declared = False
            if self._explicit and not self._owner and on_demand.can_know(self._callee):
                # std::function's own deduction tells the types, in a name.
                form = declared_form(on_demand.type_of("decltype(std::function{&::%s})" % self._callee)
                                     .get("canonical", ""))
                if form is not None:
                    self._declared = self._compiled(form, (), False)[0] or False
        return self._declared

    def _lasting(self, function, form):
        """The function, whose result keeps alive what it may point into: containers of iterators, ranges of views."""
        if algorithms.has_positions(form) and not self._owner:
            return algorithms.keeping(function, form)
        if nameless.gives_nameless(function) or self._owner.startswith("std::ranges::") or self.is_operator:
            return nameless.keeping(function)
        return _keeping_arguments(function) if _refers_to_object(function) else function

    def _compiled(self, form, key, without_name):
        """(function, '') of a call that passes arguments in this form, or (None, why there is none)."""
        from .. import on_demand
        from .namespaces import namespace_for
        for around in ("", self._name.partition("<")[0].rpartition("::")[0]):
            text, function = self._text(form, without_name, around)
            problem = on_demand.compile_helper(text, "%s(%s)" % (self._name, ", ".join(key)), self.words(form))
            # Template arguments that were written may be names of the namespace the template lies in.
            if not (problem and self._explicit and not self._owner and "undeclared identifier" in problem):
                break
        return (None, problem) if problem else (getattr(namespace_for(_SPACE), function), "")

    is_operator = False

    def words(self, form):
        """Names of what a call uses."""
        return ([self._owner] if self._owner else []) + [self._callee] + [declared for declared, _passed in form]

    def expression(self, passed):
        """The call of these expressions; the object comes first where there is one."""
        if self._owner:
            return "%s.%s(%s)" % (passed[0], self._callee, ", ".join(passed[1:]))
        return "::%s(%s)" % (self._callee, ", ".join(passed))

    def _text(self, form, without_name, around):
        """(definition of a function that makes the call, its name).  `without_name`: so is the type of its result;
        `around`: a namespace that names may be of."""
        types = ["::%s &" % self._owner] * bool(self._owner) + [type_ for type_, _passed in form]
        names = ["self"] * bool(self._owner) + ["a%d" % index for index in range(len(form))]
        positions = algorithms.has_positions(form)
        given = ["%s"] * bool(self._owner) + [
            passed for _type, passed in (algorithms.with_iterators(form) if positions else form)]
        declared = ", ".join("%s %s" % pair for pair in zip(types, names))
        call = self.expression([expression % name for expression, name in zip(given, names)])
        if positions:
            call = algorithms.result(form, call)
        using = "using namespace ::%s; " % around if around else ""
        returned = call if positions or without_name else "static_cast<typename ::%s::lasting<%s>::type>(%s)" % (
            _SPACE, ", ".join(["decltype(%s)" % call] + [type_ for type_, _passed in form]), call)
        body = "(%s) { %sreturn %s; }" % (declared, using, returned)
        key = hashlib.blake2b((body + ";" * without_name).encode("utf-8"), digest_size=10).hexdigest()
        if without_name:
            typed = self.expression([expression % ("std::declval<std::remove_reference_t<%s> &>()" % type_)
                                     for expression, type_ in zip(given, types)])
            text = nameless.helper(key, "call_" + key, declared, call, typed)
        else:
            text = _LASTING + "namespace %s { inline decltype(auto) call_%s%s }" % (_SPACE, key, body)
        return (algorithms.support(form) + text if positions else text), "call_" + key


def _advice(problems):
    """What to do about problems of a call that is compiled when it is made."""
    if any("cannot run the C++ compiler" in problem for problem in problems):
        return " (a template's call that no dictionary has needs a C++ compiler)"
    if any("undeclared identifier" in problem for problem in problems):
        return " (what a dictionary alone declares has to be included for that: cppbind.include)"
    return ""


def _refers_to_object(function):
    """Whether what it gives is an object of C++'s, which may be a part of an argument."""
    record = function.token[0]
    result = record.dictionary.record("types", record.result)
    if result is None or result.kind not in (fmt.TYPE_LVALUE_REF, fmt.TYPE_POINTER):
        return False
    target = result.dictionary.record("types", result.target)
    return target is not None and target.kind == fmt.TYPE_CLASS


def _keeping_arguments(function):
    """The function, whose result keeps the objects that were passed, unless Python had it before.

    As cpp_lend.c does for functions that are no templates; here the arguments went through Python, so what nothing but
    the call refers to cannot be told.
    """
    def call(*arguments):
        value = function(*arguments)
        if isinstance(value, native.Instance) and not value.__python_owns__ and _count(value) <= 2:
            native.keep_alive(value, tuple(argument for argument in arguments if isinstance(argument, native.Instance)))
        return value
    return call


def operator_of(left, spelling, right, words):
    """A function of two values that applies a binary operator of C++ to parameters of the types `left` and `right`;
    compiled when it is called first.  `words`: names of what the types use.  The function raises TypeError where there
    is no such operator, or nothing can be compiled."""
    known = []

    def call(a0, a1):
        if not known:
            from .. import on_demand
            from .namespaces import namespace_for
            body = "(%s a0, %s a1) { return a0 %s a1; }" % (left, right, spelling)
            function = "operator_" + hashlib.blake2b(body.encode("utf-8"), digest_size=10).hexdigest()
            problem = on_demand.compile_helper(
                "namespace %s { inline decltype(auto) %s%s }" % (_SPACE, function, body), "operator" + spelling, words)
            if problem:
                raise TypeError("no operator%s for '%s' and '%s': %s" % (spelling, left, right, problem))
            known.append(getattr(namespace_for(_SPACE), function))
        return known[0](a0, a1)
    return call


class FunctionTemplate:
    """A function template, or several, with the functions of the same name that are none.

    `f(arguments)` calls what C++ chooses for them; `f[types]` gives the template arguments, all or the first ones.
    """

    def __init__(self, name, plain=None, explicit=""):
        self.__name__ = name.rpartition("::")[2]
        self.__cpp_name__ = name
        self.__doc__ = "The C++ function template %s." % name
        self._plain, self._explicit = plain, explicit
        self._calls = Calls(name + explicit, name + explicit, plain, explicit=bool(explicit))
        self._given = {}

    def __repr__(self):
        return "<C++ function template '%s%s'>" % (self.__cpp_name__, self._explicit)

    def __getitem__(self, arguments):
        text = _explicit_text(arguments)
        known = self._given.get(text)
        if known is None:
            known = self._given[text] = FunctionTemplate(self.__cpp_name__, None, text)
        return known

    def __call__(self, *arguments, **keywords):
        if keywords:
            if self._plain is None:
                raise TypeError("function template '%s' takes no keyword arguments" % self.__cpp_name__)
            return self._plain(*arguments, **keywords)
        return (self._calls.find(arguments) or self._plain)(*arguments)


class MemberTemplate:
    """A member function template of a class, as found in the class; `plain`: the methods of the same name."""

    def __init__(self, cls, name, plain, explicit=""):
        self._cls, self._plain, self._explicit = cls, plain, explicit
        self.__name__ = name
        self.__doc__ = "The C++ member template %s::%s." % (cls.__cpp_name__, name)
        self._calls = {}            # whether called on an object -> its calls
        self._given = {}

    def __repr__(self):
        return "<C++ member template '%s::%s%s'>" % (self._cls.__cpp_name__, self.__name__, self._explicit)

    def __get__(self, instance, cls=None):
        return self if instance is None else BoundTemplate(self, instance)

    def __getitem__(self, arguments):
        text = _explicit_text(arguments)
        known = self._given.get(text)
        if known is None:
            known = self._given[text] = MemberTemplate(self._cls, self.__name__, None, text)
        return known

    def __getattr__(self, name):
        """What else the methods of the same name have: `__overload__`, `signatures`, ..."""
        if self.__dict__.get("_plain") is None:
            raise AttributeError("%r has no attribute '%s'" % (self, name))
        return getattr(self._plain, name)

    def __setattr__(self, name, value):
        if name in SETTINGS and self._plain is not None:
            setattr(self._plain, name, value)
        else:
            object.__setattr__(self, name, value)

    def __call__(self, *arguments, **keywords):
        if keywords:
            if self._plain is None:
                raise TypeError("member template '%s' takes no keyword arguments" % self.__name__)
            return self._plain(*arguments, **keywords)
        on_object = arguments and isinstance(arguments[0], self._cls)
        function = None
        try:
            # `C.f(object)` is a call without an object where f is static.
            function = self._calls_of(False).find(arguments)
        except (TypeError, OverflowError):
            if not on_object:
                raise
        if function is None and on_object:
            function = self._calls_of(True).find(arguments[1:])
        return (function or self._plain)(*arguments)

    def call_on(self, instance, arguments, keywords, plain):
        """The call `instance.name(arguments)`; `plain`: the methods of the same name, for that object, or None."""
        if keywords:
            if plain is None:
                raise TypeError("member template '%s' takes no keyword arguments" % self.__name__)
            return plain(*arguments, **keywords)
        found = self._calls_of(True).find(arguments)
        return plain(*arguments) if found is None else found(instance, *arguments)

    def plain_of(self, instance):
        """The methods of the same name, bound to an object; None where there are none."""
        return self._plain.__get__(instance, type(instance)) if isinstance(self._plain, native.Method) else self._plain

    def _calls_of(self, on_object):
        calls = self._calls.get(on_object)
        if calls is None:
            name = self.__name__ + self._explicit
            full = "%s::%s" % (self._cls.__cpp_name__, name)
            calls = self._calls[on_object] = Calls(full, name, self._plain, self._cls.__cpp_name__) if on_object \
                else Calls(full, full, self._plain, explicit=bool(self._explicit))
        return calls


class BoundTemplate:
    """A member template of an object."""

    __slots__ = ("_template", "_instance")

    def __init__(self, template, instance):
        self._template, self._instance = template, instance

    def __repr__(self):
        return repr(self._template)

    def __getitem__(self, arguments):
        return BoundTemplate(self._template[arguments], self._instance)

    def __getattr__(self, name):
        return getattr(self._template.plain_of(self._instance) or self._template, name)

    def __call__(self, *arguments, **keywords):
        plain = self._template.plain_of(self._instance)
        return self._template.call_on(self._instance, arguments, keywords, plain)


def _explicit_text(arguments):
    if not isinstance(arguments, tuple):
        arguments = (arguments,)
    return "<%s>" % ", ".join(template_argument_text(argument) for argument in arguments)



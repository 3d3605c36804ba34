"""Writes the C++ functions of a dictionary: wrappers, and one fill function per scope.

The code half of the emitter: `emit_dictionary` asks for a slot and gets its number.  What is
passed how is laid down in `format`, "Calls".  Every line knows what it was written for, so
that a compiler's complaint can be traced back to a declaration (`build`).
"""

import re

from . import format as fmt
from .analysis.callability import by_pointer
from .analysis.member_pointers import is_member_pointer, text_of

# What the generated functions use.  Plain C++11; the templates let the compiler itself decide whether a special
# member is usable, and leave its slot null where it is not.
PRELUDE = """\
// Layout is asked of classes of every kind, and deprecated functions are reflected like others.
#pragma GCC diagnostic ignored "-Winvalid-offsetof"
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#pragma GCC diagnostic ignored "-Wdelete-non-virtual-dtor"

namespace {

template <class T> using cppbind_type = T;
// The class of a variable: of one that has no name of its own.
template <class T> using cppbind_plain =
    typename std::remove_cv<typename std::remove_all_extents<typename std::remove_reference<T>::type>::type>::type;

// A slot: the address or pointer to member, the adjustment.
template <class T> inline void cppbind_put(std::uintptr_t *out, T value) {
    static_assert(sizeof value <= 2 * sizeof *out, "a slot has two words");
    out[0] = out[1] = 0;
    std::memcpy(out, &value, sizeof value);
}

template <class T> inline void cppbind_put_word(std::uintptr_t *out, T value) {
    *out = reinterpret_cast<std::uintptr_t>(value);
}

// A class argument: copied from where it arrives, moved if it cannot be copied.
template <class T>
inline typename std::conditional<std::is_copy_constructible<T>::value, const T &, T &&>::type cppbind_pass(T *value) {
    return static_cast<typename std::conditional<std::is_copy_constructible<T>::value, const T &, T &&>::type>(*value);
}

// A wrapper of a function that is defined elsewhere: null where it is defined nowhere.
template <class T> inline void cppbind_put_if(std::uintptr_t *out, const void *symbol, T value) {
    out[0] = out[1] = 0;
    if (symbol) cppbind_put(out, value);
}

template <class T> inline typename std::remove_reference<T>::type *cppbind_address(T &&value) {
    return std::addressof(value);
}

// What `new T()` says, which needs no destructor, unlike std::is_default_constructible.
template <class T, class = void> struct cppbind_default : std::false_type {
    static void put(std::uintptr_t *out) { out[0] = out[1] = 0; }
};
template <class T>
struct cppbind_default<T, decltype(void(::new (std::declval<void *>()) T()))> : std::true_type {
    static void call(void *storage) { ::new (storage) T(); }
    static void put(std::uintptr_t *out) { cppbind_put(out, &call); }
};
template <class T, bool = std::is_copy_constructible<T>::value> struct cppbind_copy {
    static void call(void *storage, const T *other) { ::new (storage) T(*other); }
    static void put(std::uintptr_t *out) { cppbind_put(out, &call); }
};
template <class T, bool = std::is_copy_assignable<T>::value> struct cppbind_assign {
    static T *call(T *self, const T *other) { *self = *other; return self; }
    static void put(std::uintptr_t *out) { cppbind_put(out, &call); }
};
template <class T, bool = std::is_destructible<T>::value> struct cppbind_destroy {
    static void call(T *self) { self->~T(); }
    static void put(std::uintptr_t *out) { cppbind_put(out, &call); }
    static void put_if(std::uintptr_t *out, const void *symbol) { cppbind_put_if(out, symbol, &call); }
};
template <class T, class = void> struct cppbind_delete {
    static void put(std::uintptr_t *out) { out[0] = out[1] = 0; }
    static void put_if(std::uintptr_t *out, const void *) { out[0] = out[1] = 0; }
};
template <class T> struct cppbind_delete<T, decltype(void(delete std::declval<T *>()))> {
    static void call(T *self) { delete self; }
    static void put(std::uintptr_t *out) { cppbind_put(out, &call); }
    static void put_if(std::uintptr_t *out, const void *symbol) { cppbind_put_if(out, symbol, &call); }
};
template <class T, class = void> struct cppbind_storage {
    static void put(std::uintptr_t *out) { out[0] = out[1] = 0; }
};
template <class T> struct cppbind_storage<T, decltype(void(T::operator new(sizeof(T))))> {
    static void *call() { return T::operator new(sizeof(T)); }
    static void put(std::uintptr_t *out) { cppbind_put(out, &call); }
};
template <class T> struct cppbind_copy<T, false> {
    static void put(std::uintptr_t *out) { out[0] = out[1] = 0; }
};
template <class T> struct cppbind_assign<T, false> {
    static void put(std::uintptr_t *out) { out[0] = out[1] = 0; }
};
template <class T> struct cppbind_destroy<T, false> {
    static void put(std::uintptr_t *out) { out[0] = out[1] = 0; }
    static void put_if(std::uintptr_t *out, const void *) { out[0] = out[1] = 0; }
};

// The flags of a class that only the compiler knows.
template <class T> constexpr std::uint32_t cppbind_flags() {
    return %(flags)s;
}

}  // namespace
"""

_TRAITS = (
    ("SCOPE_ABSTRACT", "std::is_abstract<T>::value"),
    ("SCOPE_POLYMORPHIC", "std::is_polymorphic<T>::value"),
    ("SCOPE_VIRTUAL_DESTRUCTOR", "std::has_virtual_destructor<T>::value"),
    ("SCOPE_AGGREGATE", "__is_aggregate(T)"),
    ("SCOPE_DEFAULT_CONSTRUCTIBLE", "std::is_default_constructible<T>::value"),
    ("SCOPE_COPY_CONSTRUCTIBLE", "std::is_copy_constructible<T>::value"),
    ("SCOPE_MOVE_CONSTRUCTIBLE", "std::is_move_constructible<T>::value"),
    ("SCOPE_COPY_ASSIGNABLE", "std::is_copy_assignable<T>::value"),
    ("SCOPE_DESTRUCTIBLE", "std::is_destructible<T>::value"),
    ("SCOPE_FINAL", "__is_final(T)"),
    ("SCOPE_TRIVIALLY_COPYABLE", "std::is_trivially_copyable<T>::value"),
    ("SCOPE_STANDARD_LAYOUT", "std::is_standard_layout<T>::value"),
)


def prelude():
    """The helper templates every dictionary begins with."""
    terms = ["(%s ? 0x%xu : 0)" % (trait, getattr(fmt, name)) for name, trait in _TRAITS]
    return PRELUDE % {"flags": "\n        | ".join(terms)}


_SYMBOLS = """\
// Functions that a library defines: a weak reference does not keep the dictionary from loading without it.
#ifdef __ELF__
#define CPPBIND_SYMBOL(name, symbol) extern "C" const char name[] __asm__(symbol) __attribute__((weak));
#else
#define CPPBIND_SYMBOL(name, symbol) static const char name[] = symbol;
#endif"""


def symbol_lines(symbols):
    """The declarations for {mangled name: C++ name}, at most one per function; nothing for none."""
    if not symbols:
        return []
    return _SYMBOLS.split("\n") + ['CPPBIND_SYMBOL(%s, "%s")' % (name, mangled) for mangled, name in symbols.items()]


class ScopeCode:
    """The generated functions of one scope: definitions of wrappers, and the statements of its fill function.

    Both are lists of (text, owner); an owner is what the text was written for, any hashable.
    """

    def __init__(self, index, symbols):
        """`symbols` collects {mangled name: C++ name} for the whole dictionary, see `symbol_lines`."""
        self.index = index
        self._symbols = symbols
        self.definitions = []
        self._statements = []

    @property
    def slot_count(self):
        return len(self._statements)

    @property
    def fill_name(self):
        return "cppbind_fill_%d" % self.index

    def lines(self):
        """Everything, the fill function last; nothing for a scope without slots."""
        if not self._statements:
            return []
        result = list(self.definitions)
        result.append(("void %s(std::uintptr_t *out) {" % self.fill_name, None))
        result += [("    " + text, owner) for text, owner in self._statements]
        result.append(("}", None))
        return result

    def slot(self, statement, owner):
        """Add a statement with '%(out)s' for the slot's place; returns the slot."""
        slot = len(self._statements)
        self._statements.append((statement.replace("%(out)s", "out + %d" % (2 * slot) if slot else "out"), owner))
        return slot

    def _define(self, template, owner, symbol=""):
        """Define a function whose name replaces '%(name)s', and take a slot for it, null unless `symbol` is defined."""
        name = "cppbind_%d_%d" % (self.index, self.slot_count)
        self.definitions += [(line, owner) for line in template.replace("%(name)s", name).split("\n")]
        if symbol:
            return self.slot("cppbind_put_if(%%(out)s, %s, &%s);" % (self._symbol(symbol), name), owner)
        return self.slot("cppbind_put(%%(out)s, &%s);" % name, owner)

    def _symbol(self, mangled):
        return self._symbols.setdefault(mangled, "cppbind_symbol_%d" % len(self._symbols))

    # ---- functions ------------------------------------------------------------------

    def direct(self, function, cls, owner):
        """A slot for the address of a function that is called directly."""
        return self.slot("cppbind_put<%s>(%%(out)s, &%s);" % (
            pointer_type(function, cls), _address_name(function)), owner)

    def wrapper(self, function, cls, owner, leading=None, overloaded=False):
        """A slot for a wrapper; `leading` arguments are passed, the defaults do the rest; None: all are."""
        # A virtual function is called through the vtable, so it needs no symbol.
        symbol = function.mangled if function.external and not function.virtual else ""
        parameters = function.parameters if leading is None else function.parameters[:leading]
        declared, passed = [], []
        for index, parameter in enumerate(parameters):
            declaration, expression = _argument(parameter.type, "a%d" % index)
            declared.append(declaration)
            passed.append(expression)
        if function.kind == fmt.FUNCTION_CONSTRUCTOR:
            body = "::new (storage) %s(%s);" % (class_text(cls), ", ".join(passed))
            return self._define("void %%(name)s(%s) {\n    %s\n}" % (
                ", ".join(["void *storage"] + declared), body), owner, symbol)
        if function.kind in (fmt.FUNCTION_METHOD, fmt.FUNCTION_CONVERSION):
            declared.insert(0, _self_type(function, cls) + " *self")
        exact = overloaded and leading is None and not function.adl_only and not function.inherited_from
        call = "%s(%s)" % (_callee(function, cls, exact), ", ".join(passed))
        result, body = _return(function.result, call)
        if by_pointer(function.result):
            declared.insert(0, value_text(function.result) + " *result")
        return self._define("%s%%(name)s(%s) {\n    %s\n}" % (
            result if result[-1] == "*" else result + " ", ", ".join(declared), body), owner, symbol)

    def destructor(self, which, cls, owner):
        """A slot for the destructor ('destroy') or a delete-expression ('delete'); null where it is unusable."""
        name, declared = class_text(cls), cls.destructor
        if declared and declared.external and not declared.virtual and declared.mangled:
            symbol = self._symbol(declared.mangled)
            return self.slot("cppbind_%s<%s>::put_if(%%(out)s, %s);" % (which, name, symbol), owner)
        return self.implicit(which, cls, owner)

    def implicit(self, which, cls, owner):
        """A slot for a special member function the compiler supplies; null where it is unusable."""
        return self.slot("cppbind_%s<%s>::put(%%(out)s);" % (which, class_text(cls)), owner)

    def written(self, function, cls, body, owner, symbol):
        """A slot for a wrapper that runs `body` on `self`, `other` and `result` as it needs; see
        analysis/expressions."""
        if function.name == "operator()":
            return self._applied(function, cls, owner)
        result = "bool " if function.result.kind == fmt.TYPE_BOOL else "void "
        declared = ["std::string *result"] if function.result.kind == fmt.TYPE_CLASS else []
        declared.append("const %s *self" % class_text(cls))
        for parameter in function.parameters:
            other = parameter.type.target
            declared.append("%s *other" % ("const " + class_text(cls) if other.name == cls.qualified_name
                                           else other.spelling))
        return self._define("%s%%(name)s(%s) {\n    %s\n}" % (result, ", ".join(declared), body), owner, symbol)

    def _applied(self, function, cls, owner):
        """A slot for a wrapper that applies a pointer to member to its first argument, see analysis/member_pointers."""
        arguments = [_argument(parameter.type, "a%d" % place) for place, parameter in enumerate(function.parameters)]
        call = "((%s).**self)" % arguments[0][1]
        if cls.qualified_name.partition("::*")[2].startswith(")("):
            call += "(%s)" % ", ".join(expression for _declaration, expression in arguments[1:])
        result, body = _return(function.result, call)
        declared = ["%s *result" % value_text(function.result)] if by_pointer(function.result) else []
        declared += ["const %s *self" % class_text(cls)] + [declaration for declaration, _expression in arguments]
        return self._define("%s %%(name)s(%s) {\n    %s\n}" % (result, ", ".join(declared), body), owner)

    def storage(self, cls, owner):
        """A slot for the class's own or inherited `operator new`, called for one object; null where there is none."""
        return self.slot("cppbind_storage<%s>::put(%%(out)s);" % class_text(cls), owner)

    def upcast(self, derived, base, owner):
        """A slot for the conversion of a live object to a virtual base."""
        return self._define("void *%%(name)s(void *self) {\n    return static_cast<%s *>(static_cast<%s *>(self));\n}"
                            % (class_text(base), class_text(derived)), owner)

    # ---- data -------------------------------------------------------------------------

    def variable(self, variable, owner):
        """A slot for the address of a static member or a global."""
        return self.slot("cppbind_put(%%(out)s, cppbind_address(::%s));" % variable.qualified_name, owner)

    def constant(self, variable, owner):
        """A slot for a copy of a static member that has a value but perhaps no address."""
        name = "cppbind_constant_%d_%d" % (self.index, self.slot_count)
        self.definitions.append(("%s %s = ::%s;" % (
            const_text(variable.type), name, variable.qualified_name), owner))
        return self.slot("cppbind_put(%%(out)s, &%s);" % name, owner)

    def bit_field(self, field, cls, owner):
        """(getter slot, setter slot) of a bit-field; the latter None if it is const."""
        value, name = value_text(field.type), class_text(cls)
        getter = self._define("%s %%(name)s(const %s *self) {\n    return self->%s;\n}" % (
            value, name, field.name), owner)
        if field.type.const:
            return getter, None
        return getter, self._define("void %%(name)s(%s *self, %s value) {\n    self->%s = value;\n}" % (
            name, value, field.name), owner)


# ---- C++ text --------------------------------------------------------------------------

def class_text(cls):
    """A class (model.Class, or its qualified name) as C++ finds it from anywhere."""
    if isinstance(cls, str):
        return text_of(cls) if is_member_pointer(cls) else "::" + cls
    return cls.cpp_name or "::" + cls.qualified_name


def type_text(type_):
    """A type as a type-id that can stand anywhere, before a declarator too."""
    text = type_.spelling
    if "(" in text or "[" in text or ((type_.const or type_.volatile) and type_.kind != fmt.TYPE_CLASS):
        return "cppbind_type<%s>" % text
    return text


def value_text(type_):
    """The type of a value without its top-level const and volatile."""
    if type_.name and type_.kind in (fmt.TYPE_CLASS, fmt.TYPE_ENUM):
        keyword = re.search(r"\b(?:class|struct|union|enum) ", type_.spelling.partition("<")[0])
        return (keyword.group() if keyword else "") + class_text(type_.name)
    text = type_.spelling
    if type_.const or type_.volatile:
        # On a pointer the qualifiers come last, elsewhere first.
        words = ("const", "volatile", "*const", "*volatile")
        if text.split()[0] in words:
            text = " ".join(text.split()[len([word for word in text.split()[:2] if word in words]):])
        else:
            return "std::remove_cv<%s>::type" % text
    return "cppbind_type<%s>" % text if "(" in text or "[" in text else text


def const_text(type_):
    return "const " + value_text(type_)


def _argument(type_, name):
    """(declaration, expression) of one argument of a wrapper."""
    if type_.kind == fmt.TYPE_LVALUE_REF:
        return _pointer_to(type_.target) + name, "*" + name
    if type_.kind == fmt.TYPE_RVALUE_REF:
        return _pointer_to(type_.target) + name, "static_cast<%s>(*%s)" % (type_text(type_), name)
    if by_pointer(type_):
        expression = "cppbind_pass(%s)" if type_.kind == fmt.TYPE_CLASS else "*%s"
        return "%s *%s" % (value_text(type_), name), expression % name
    text = type_text(type_)
    return text + name if text[-1] in "*&" else text + " " + name, name


def _pointer_to(type_):
    text = type_text(type_)
    return text + "*" if text[-1] == "*" else text + " *"


def _return(type_, call):
    """(result type, body) of a wrapper whose value is `call`."""
    if type_.kind == fmt.TYPE_VOID:
        return "void", call + ";"
    if by_pointer(type_):
        return "void", "::new (static_cast<void *>(result)) %s(%s);" % (_new_text(type_), call)
    if type_.kind in (fmt.TYPE_LVALUE_REF, fmt.TYPE_RVALUE_REF):
        return _pointer_to(type_.target), "return cppbind_address(%s);" % call
    return value_text(type_), "return %s;" % call


def _new_text(type_):
    """In a new-expression a name of several words needs an alias."""
    text = value_text(type_)
    return "cppbind_type<%s>" % text if " " in text and type_.kind != fmt.TYPE_CLASS else text


def _cv(function):
    text = " const" if function.const else ""
    text += " volatile" if function.volatile else ""
    return text + (" " + function.reference_qualifier if function.reference_qualifier else "")


def _self_type(function, cls):
    prefix = ("const " if function.const else "") + ("volatile " if function.volatile else "")
    return prefix + class_text(cls)


def pointer_type(function, cls):
    """The type of a pointer to the function."""
    parameters = [type_text(parameter.type) for parameter in function.parameters]
    if function.variadic:
        parameters.append("...")
    if function.kind in (fmt.FUNCTION_METHOD, fmt.FUNCTION_CONVERSION):
        return "%s (%s::*)(%s)%s" % (type_text(function.result), class_text(cls),
                                     ", ".join(parameters), _cv(function))
    return "%s (*)(%s)" % (type_text(function.result), ", ".join(parameters))


def _member_name(function):
    if function.kind == fmt.FUNCTION_CONVERSION:
        return "operator " + type_text(function.result)
    return function.name


def _address_name(function):
    """The function's qualified name, for taking its address."""
    scope = function.qualified_name[:len(function.qualified_name) - len(function.name)]
    return "::" + scope + _member_name(function)


def _callee(function, cls, exact):
    """What stands before the arguments of a call; `exact` picks one overload by its type."""
    name = _member_name(function)
    if function.kind in (fmt.FUNCTION_METHOD, fmt.FUNCTION_CONVERSION):
        target = "*self"
        if function.reference_qualifier == "&&":
            target = "static_cast<%s &&>(*self)" % _self_type(function, cls)
        if exact:
            return "(%s.*static_cast<%s>(&%s))" % (
                "(*self)" if target == "*self" else target, pointer_type(function, cls), _address_name(function))
        return ("self->" if target == "*self" else target + ".") + name
    if function.adl_only:
        return name
    if exact:
        return "(*static_cast<%s>(&%s))" % (pointer_type(function, cls), _address_name(function))
    return _address_name(function)

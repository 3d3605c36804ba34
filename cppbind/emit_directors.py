"""Writes directors: the classes by which Python overrides virtual functions.

For a class that Python may derive from, its director is a C++ class derived from it that overrides every virtual
function there is to override.  An override asks Python first and runs the base's function if Python has none.  The
director is a scope of the dictionary like another (constructors, size, destructor, base), only that nobody can name
it; its functions are the base's own, called past the overrides, which is what `super()` and a protected function need.

Neighbours: analysis/virtuals.py (what is overridden), emit_dictionary.py (the records), format.py ("Directors").
"""

import re
from collections import namedtuple
from dataclasses import replace

from . import format as fmt
from . import model
from .analysis.hidden import spoken_name
from .analysis.overloads import leading_counts
from .analysis.virtuals import can_derive, derived_constructors, overridable, protected_members
from .emit_code import class_text, type_text, value_text

PREFIX = "cppbind_director_"
COPY_OWNER = "director copy"

# What C++ is given as a zero when Python is gone and no base can answer.
ZERO_KINDS = frozenset(range(fmt.TYPE_BOOL, fmt.TYPE_POINTER + 1)) | {fmt.TYPE_ENUM}

# The functions are called through the loader's; `call` answers whether Python did it, and throws what Python raised.
PRELUDE = """\
// What Python answers for the directors below.
struct cppbind_director_hooks {
    int (*call)(void *proxy, std::uint32_t index, void *const *arguments, void *result,
                void (*take)(void *result, void *value), std::uint32_t flags);
    void (*gone)(void *proxy);
};

namespace {

const cppbind_director_hooks *cppbind_hooks = nullptr;

// The proxy of a director, null while there is none.
struct cppbind_link {
    void *proxy = nullptr;
    cppbind_link() {}
    cppbind_link(const cppbind_link &) = delete;
    ~cppbind_link() {
        if (proxy) cppbind_hooks->gone(proxy);
    }
    bool call(std::uint32_t index, void *const *arguments, void *result, void (*take)(void *, void *),
              std::uint32_t flags) const {
        return proxy && cppbind_hooks->call(proxy, index, arguments, result, take, flags);
    }
};

// Where an argument lies; of a reference, where there is a pointer to what it refers to.
template <class T> inline void *cppbind_place(T &value) {
    return const_cast<void *>(static_cast<const volatile void *>(std::addressof(value)));
}

// Where the answer goes.
template <class T, bool = std::is_class<T>::value || std::is_union<T>::value> struct cppbind_answer {
    T value;
    cppbind_answer() : value() {}
    static constexpr void (*take)(void *, void *) = nullptr;
    void *place() { return &value; }
    T get() { return value; }
};
template <class T> struct cppbind_answer<T &, false> {
    T *value = nullptr;
    static constexpr void (*take)(void *, void *) = nullptr;
    void *place() { return &value; }
    T &get() { return *value; }
};
template <class T> struct cppbind_answer<T &&, false> {
    T *value = nullptr;
    static constexpr void (*take)(void *, void *) = nullptr;
    void *place() { return &value; }
    T &&get() { return static_cast<T &&>(*value); }
};
template <class T> struct cppbind_answer<T, true> {
    alignas(T) unsigned char storage[sizeof(T)];
    bool is_set = false;
    ~cppbind_answer() {
        if (is_set) reinterpret_cast<T *>(storage)->~T();
    }
    static void take(void *self, void *value) {
        auto *answer = static_cast<cppbind_answer *>(self);
        ::new (static_cast<void *>(answer->storage)) T(cppbind_pass(static_cast<T *>(value)));
        answer->is_set = true;
    }
    void *place() { return this; }
    T get() { return static_cast<T &&>(*reinterpret_cast<T *>(storage)); }
};

}  // namespace
"""

# cls: model.Class of the director, with its constructors.  base: qualified name.  calls: [Call].  lines: [(text,
# owner)]. members: [(model.Variable, C++ expression of its offset)] of the base's protected data.
Director = namedtuple("Director", "cls base calls members lines owner")
# One function of the base, by way of a member of the director.  function: as the base declares it.  member: how the
# director calls it past its override, None where there is nothing to call.  leading: as in `wrapper`.
Call = namedtuple("Call", "function member leading is_override")


def owner_of(cls):
    """What the lines of the director of a class belong to."""
    return ("director", cls.qualified_name)


def copy_owner_of(cls):
    """What the director's constructor from an object of the base belongs to."""
    return (COPY_OWNER, cls.qualified_name)


def plan_director(hierarchy, cls, index, copies=True):
    """The Director of a class, or None where Python gains nothing by one.  Without `copies` the base cannot be
    copied."""
    if not can_derive(hierarchy, cls):
        return None
    owner = owner_of(cls)
    name = PREFIX + str(index)
    functions = overridable(hierarchy, cls)
    protected, data = protected_members(hierarchy, cls, functions)
    constructors = _constructors(cls, name)
    copying = _copy_constructor(cls, name) if copies else None
    calls = list(_calls(functions, "cppbind_base_%d", True)) + list(_calls(protected, "cppbind_own_%d", False))
    members = [(variable, "%s::cppbind_offset_%d()" % (name, place)) for place, variable in enumerate(data)]
    lines = [(line, owner) for line in _class_lines(name, cls, calls, members, constructors)]
    if copying is not None:
        constructors.append(copying)
        lines.insert(-1, ("    %s(%s &a0) : %s(a0) {}" % (name, "const " + class_text(cls), class_text(cls)),
                          copy_owner_of(cls)))
    director = model.Class(name, name, fmt.SCOPE_STRUCT, bases=(model.Base(cls.qualified_name),),
                           functions=tuple(constructors), has_constructor=True, has_copy=True, location=cls.location,
                           doc=cls.doc)
    return Director(director, cls.qualified_name, calls, members, lines, owner)


def _calls(functions, member, is_override):
    """The Calls of functions, with one more for each number of arguments that default arguments allow."""
    for place, function in enumerate(sorted(functions, key=lambda function: function.name.encode("utf-8"))):
        if function.pure:
            yield Call(function, None, None, True)
            continue
        same_name = [other for other in functions if other.name == function.name]
        for leading in [None] + leading_counts(function, same_name):
            suffix = "" if leading is None else "_%d" % leading
            yield Call(function, member % place + suffix, leading, is_override and leading is None)


def _copy_constructor(cls, name):
    """From an object of the base; None where C++ has no such constructor for a derived class."""
    declared = [function for function in cls.functions if function.copy and function.kind == fmt.FUNCTION_CONSTRUCTOR]
    if any(function.deleted or function.access == model.PRIVATE for function in declared) or (
            cls.has_move and not cls.has_copy):
        return None
    spoken = "const " + spoken_name(cls)
    base = model.Type(fmt.TYPE_CLASS, spoken, const=True, name=cls.qualified_name)
    other = model.Parameter("other", model.Type(fmt.TYPE_LVALUE_REF, spoken + " &", target=base))
    return model.Function(name, name + "::" + name, fmt.FUNCTION_CONSTRUCTOR, model.Type(fmt.TYPE_VOID, "void"),
                          (other,), copy=True, inline=True, location=cls.location)


def _constructors(cls, name):
    """The constructors as the director has them; one without parameters where the compiler would supply it."""
    declared = derived_constructors(cls)
    if not cls.has_constructor:
        void = model.Type(fmt.TYPE_VOID, "void")
        declared = declared + [model.Function(name, "", fmt.FUNCTION_CONSTRUCTOR, void, location=cls.location)]
    return [replace(function, name=name, qualified_name=name + "::" + name, access=model.PUBLIC, external=False,
                    inline=True, mangled="", inherited_from="") for function in declared]


# ---- C++ text ---------------------------------------------------------------------------

def _class_lines(name, cls, calls, members, constructors):
    text = class_text(cls)
    yield from _weak_lines(cls, calls)
    yield "struct %s : %s {" % (name, text)
    yield "    cppbind_link cppbind_proxy;"
    seen = set()
    for function in constructors:
        for count in [len(function.parameters)] + leading_counts(function, constructors):
            parameters = function.parameters[:count]
            key = tuple(parameter.type.spelling for parameter in parameters)
            if key not in seen:
                seen.add(key)
                yield "    %s%s(%s) : %s(%s) {}" % ("explicit " if count == 1 else "", name, _declared(parameters),
                                                    text, _passed(parameters))
    index = 0
    for call in calls:
        if call.is_override:
            yield from _override_lines(call.function, index)
            index += 1
        if call.member is not None:
            parameters = call.function.parameters[:call.leading]
            yield "    %s%s %s(%s)%s { return %s(%s); }" % (
                "static " if call.function.kind == fmt.FUNCTION_STATIC else "", type_text(call.function.result),
                call.member, _declared(parameters), _suffix(call.function), _base_function(call.function),
                _passed(parameters))
    for variable, offset in members:
        yield "    static constexpr std::ptrdiff_t %s { return __builtin_offsetof(%s, %s); }" % (
            offset.partition("::")[2], name, variable.name)
    yield "};"


def _override_lines(function, index):
    parameters, result = function.parameters, function.result
    name = function.name if function.kind == fmt.FUNCTION_METHOD else "operator " + type_text(result)
    yield "    %s%s(%s)%s%s override {" % (
        type_text(result) + " " if function.kind == fmt.FUNCTION_METHOD else "", name, _declared(parameters),
        _suffix(function), " noexcept" if function.noexcept else "")
    places = []
    for position, parameter in enumerate(parameters):
        if parameter.type.kind in (fmt.TYPE_LVALUE_REF, fmt.TYPE_RVALUE_REF):
            yield "        void *p%d = cppbind_place(a%d);" % (position, position)
            places.append("&p%d" % position)
        else:
            places.append("cppbind_place(a%d)" % position)
    arguments = "nullptr"
    if places:
        yield "        void *arguments[] = {%s};" % ", ".join(places)
        arguments = "arguments"
    flags = (fmt.DIRECTOR_PURE if function.pure else 0) | (fmt.DIRECTOR_NOEXCEPT if function.noexcept else 0)
    if function.pure and result.kind in ZERO_KINDS:
        flags |= fmt.DIRECTOR_ZERO
    if result.kind == fmt.TYPE_VOID:
        yield "        if (cppbind_proxy.call(%d, %s, nullptr, nullptr, %d)) return;" % (index, arguments, flags)
    else:
        kept = type_text(result) if result.kind in (fmt.TYPE_LVALUE_REF, fmt.TYPE_RVALUE_REF) else value_text(result)
        yield "        cppbind_answer<%s> answer;" % kept
        yield "        if (cppbind_proxy.call(%d, %s, answer.place(), answer.take, %d)) return answer.get();" % (
            index, arguments, flags)
    if function.pure:
        yield "        std::terminate();"
    else:
        yield "        return %s(%s);" % (_base_function(function), _passed(parameters))
    yield "    }"


def _declared(parameters):
    declared = []
    for position, parameter in enumerate(parameters):
        text = type_text(parameter.type)
        declared.append("%s%sa%d" % (text, "" if text[-1] in "*&" else " ", position))
    return ", ".join(declared)


def _passed(parameters):
    return ", ".join("a%d" % position if parameter.type.kind == fmt.TYPE_LVALUE_REF
                     else "static_cast<decltype(a%d) &&>(a%d)" % (position, position)
                     for position, parameter in enumerate(parameters))


def _suffix(function):
    return "".join(" " + word for present, word in (
        (function.const, "const"), (function.volatile, "volatile"),
        (function.reference_qualifier, function.reference_qualifier)) if present)


def _base_function(function):
    """The function by its qualified name, so that the call is not virtual."""
    scope = function.qualified_name[:len(function.qualified_name) - len(function.name)]
    if function.kind == fmt.FUNCTION_STATIC:
        return "::" + scope + function.name
    name = function.name if function.kind == fmt.FUNCTION_METHOD else "operator " + type_text(function.result)
    return "this->::" + scope + name


def _weak_lines(cls, calls):
    """What a library defines and a director needs is no reason not to load without the library (see `symbol_lines`)."""
    symbols = []
    for function in list(cls.functions) + [call.function for call in calls]:
        if not function.external or not function.mangled or function.pure:
            continue
        found = re.match(r"_ZN[VK]*(\d.*?)C1E", function.mangled)
        symbols.append(function.mangled if found is None else function.mangled.replace("C1E", "C2E", 1))
    destructor = cls.destructor
    if destructor is not None and destructor.external and destructor.mangled:
        symbols += [re.sub("D[012]Ev$", part, destructor.mangled) for part in ("D1Ev", "D2Ev")]
    encoded = _encoded_class(cls)
    if symbols and encoded:
        symbols += [kind + encoded for kind in ("_ZTI", "_ZTV", "_ZTT")]
    if symbols:
        yield "#ifdef __ELF__"
        for symbol in dict.fromkeys(symbols):
            yield '__asm__(".weak %s");' % symbol
        yield "#endif"


def _encoded_class(cls):
    """The class's name as it is mangled (Itanium C++ ABI 5.1.2) for names of plain identifiers; "" for others."""
    parts = cls.qualified_name.split("::")
    if not all(re.fullmatch(r"[A-Za-z_]\w*", part) for part in parts):
        return ""
    text = "".join("%d%s" % (len(part), part) for part in parts)
    return text if len(parts) == 1 else "N%sE" % text

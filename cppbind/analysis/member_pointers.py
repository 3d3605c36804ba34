"""Pointers to members, as classes without a name: `int A::*`, `void (A::*)(int) const`.

C++ copies and compares them like any value, so a dictionary treats them as classes of their own, named by their type in
parentheses, with a call operator that applies them: `pointer(object)`, `pointer(object, arguments...)`.  Reads the
model alone; emit_code.py writes the calls.
"""

from dataclasses import fields, is_dataclass, replace

from .. import format as fmt
from .. import model


def is_member_pointer(cls):
    """Whether a class (model.Class, or its qualified name) is one of these."""
    name = cls if isinstance(cls, str) else cls.qualified_name
    return name.startswith("(") and "::*" in name


def text_of(name):
    """The type in C++, from the name of its class."""
    return "cppbind_type<%s>" % name[1:-1]


def with_member_pointers(root):
    """The namespace with all types of pointers to members as classes, and those classes in it."""
    found = {}

    def change(value):
        if isinstance(value, tuple):
            changed = tuple(map(change, value))
            return value if all(new is old for new, old in zip(changed, value)) else changed
        if not is_dataclass(value) or isinstance(value, model.Location):
            return value
        if isinstance(value, model.Type) and value.kind == fmt.TYPE_MEMBER_POINTER and not value.problem:
            plain = _without_const(value)
            name = "(%s)" % plain.spelling
            found.setdefault(name, plain)
            return model.Type(fmt.TYPE_CLASS, value.spelling, const=value.const, volatile=value.volatile, name=name)
        changed = {}
        for field in fields(value):
            old = getattr(value, field.name)
            new = change(old)
            if new is not old:
                changed[field.name] = new
        return replace(value, **changed) if changed else value
    root = change(root)
    return replace(root, classes=root.classes + tuple(_class(name, found[name], change) for name in sorted(found)))


def _without_const(type_):
    """`int A::*const` to `int A::*`; the qualifier stands behind the star."""
    if not (type_.const or type_.volatile):
        return type_
    spelling = type_.spelling
    for word in ("const volatile", "const", "volatile"):
        spelling = spelling.replace("::*" + word, "::*", 1)
    return replace(type_, spelling=spelling, const=False, volatile=False)


def _class(name, type_, change):
    return model.Class(name="", qualified_name=name, kind=fmt.SCOPE_STRUCT, cpp_name=text_of(name),
                       functions=(_application(name, type_, change),))


def _application(name, type_, change):
    """The call operator: the member of the object that is the first argument."""
    target = change(type_.target)
    is_function = type_.target.kind == fmt.TYPE_FUNCTION
    constness = "const " if is_function and _qualifiers(type_.target.spelling).startswith("const") else ""
    cls = model.Type(fmt.TYPE_CLASS, constness + type_.name, const=bool(constness), name=type_.name)
    parameters = [model.Parameter("object", model.Type(fmt.TYPE_LVALUE_REF, cls.spelling + " &", target=cls))]
    if is_function:
        parameters += [model.Parameter("", part) for part in target.parameters]
        result = target.target
    else:
        result = model.Type(fmt.TYPE_LVALUE_REF, _reference(target.spelling), target=target)
    return model.Function("operator()", name + "::operator()", fmt.FUNCTION_METHOD, result, tuple(parameters),
                          const=True,
                          inline=True)


def _qualifiers(spelling):
    return spelling.rpartition(")")[2].strip()


def _reference(spelling):
    return "cppbind_type<%s> &" % spelling if "(" in spelling or "[" in spelling else spelling + " &"


def operations():
    """[(name, has another operand, body)] of what else a pointer to member does, for analysis/expressions.py."""
    return [("operator==", True, "return *self == *other;"), ("__bool__", False, "return *self != nullptr;")]

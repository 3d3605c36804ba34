"""What the rest of cppbind/runtime registers here, so that this package need not import it."""

_NAMES = ("resolve_method", "signature", "class_by_name", "enum_by_name", "downcast", "translate", "namespace_get",
          "namespace_set", "hold_view", "null_constant", "director", "describe_override",
          "function_address", "function_at", "moved_class", "restrict_overloads", "fill_defaults", "map_type",
          "reduce", "instantiate_overload", "convert_arguments", "convert_value",
          "default_constant", "number_reference")


class _Hooks:
    """Each attribute is None before it is set."""


hooks = _Hooks()
for _name in _NAMES:
    setattr(hooks, _name, None)


def cpp_set_hooks(**named):
    """Register functions by keyword.  TypeError for a name that is no hook."""
    for name in named:
        if name not in _NAMES:
            raise TypeError("cpp_set_hooks() has no hook %r" % name)
    for name, value in named.items():
        setattr(hooks, name, value)


def is_null(value):
    """Whether a Python value stands for the null pointer."""
    return value is None or value is hooks.null_constant


def is_zero(value):
    """Whether a Python value is C++'s other null pointer constant: 0 itself, no other int, and no bool."""
    return type(value) is int and value == 0


def type_name(value):
    """How messages call the type of a value."""
    return "None" if value is None else type(value).__name__

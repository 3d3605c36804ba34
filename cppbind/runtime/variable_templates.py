"""Variable templates as Python objects: `std.is_same_v[int, float]`, `ns.pi[float]`.

Each instance is read by a function that is compiled when it is asked for first.  Neighbours: function_templates.py,
on_demand.py (which compiles), namespaces.py (where the objects are put).
"""

import hashlib

from .cpp_types import template_argument_text

_SPACE = "cppbind_calls"


class VariableTemplate:
    """A variable template.  `template[arguments]` is the value of an instance, a proxy for an object of a class;
    `template[arguments] = value` assigns where C++ can.  Arguments as for class templates.

    TypeError, with what the compiler says, where there is no such instance, or it cannot be assigned to.
    """

    def __init__(self, name):
        self.__name__ = name.rpartition("::")[2]
        self.__cpp_name__ = name
        self.__doc__ = "The C++ variable template %s.  Subscribe it to get a value." % name
        self._readers, self._writers = {}, {}

    def __repr__(self):
        return "<C++ variable template '%s'>" % self.__cpp_name__

    def __getitem__(self, arguments):
        return self._function(self._readers, arguments, "decltype(auto) %s() { return (%s); }")()

    def __setitem__(self, arguments, value):
        text = "void %s(const std::remove_reference_t<decltype((%s))> &value) { %s = value; }"
        self._function(self._writers, arguments, text)(value)

    def _function(self, known, arguments, text):
        from .. import on_demand
        from .namespaces import namespace_for
        if not isinstance(arguments, tuple):
            arguments = (arguments,)
        instance = "::%s<%s>" % (self.__cpp_name__, ", ".join(map(template_argument_text, arguments)))
        found = known.get(instance)
        if found is None:
            digest = hashlib.blake2b((text + instance).encode("utf-8"), digest_size=10).hexdigest()
            function = "variable_" + digest
            text = text % ((function,) + (instance,) * (text.count("%s") - 1))
            problem = on_demand.compile_helper("#include <type_traits>\nnamespace %s { inline %s }" % (_SPACE, text),
                                               instance[2:], [instance[2:]])
            if problem:
                raise TypeError("cannot use '%s': %s" % (instance[2:], problem))
            found = known[instance] = getattr(namespace_for(_SPACE), function)
        return found

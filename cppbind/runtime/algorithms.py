"""C++'s algorithms on iterators of Python-made containers: `std.sort(v.begin(), v.end())`.

What begin(), end() and find() give in Python is a class of stl_text.py that holds the iterator.  A call compiled
for such arguments takes the iterator out of each, and puts one that it returns into such a class again.
Neighbour: function_templates.py, which compiles the call.
"""

from .. import stl
from .iterators import is_iterator
from .pythonize_sequence import kept

_PLACE = """\
namespace cppbind_calls {
// C++ may have moved the iterator, as std::advance does.
template <class P> struct taken_back {
    P &position;
    ~taken_back() { iterator_moved(position); }
};
template <class P, class F> decltype(auto) placed(P &like, F call) {
    taken_back<P> after{like};
    if constexpr (std::is_same_v<std::decay_t<decltype(call())>, std::decay_t<decltype(iterator_at(like))>>)
        return P(like, call());
    else
        return call();
}
}
"""


def position_name(text):
    """The class in the type of a parameter, if it is that of a position; None otherwise."""
    name = text.lstrip(":").rstrip("& ")
    return name if stl.is_position(name) else None


def has_positions(form):
    """Whether a call (see `argument_forms`) has a position among its arguments."""
    return any(position_name(declared) for declared, _passed in form)


def with_iterators(form):
    """The call with iterators instead of positions."""
    return [(declared, "iterator_at(%s)") if position_name(declared) else (declared, passed)
            for declared, passed in form]


def support(form):
    """The C++ text that a call with positions needs before it."""
    names = sorted({position_name(declared) for declared, _passed in form} - {None})
    # The one for vector<bool> has all of the others.
    return stl.position_text(max(names, key=lambda name: "<std::vector<bool" in name)) + _PLACE


def _first_position(form):
    """The index of the first argument that is a position."""
    return next(index for index, (declared, _passed) in enumerate(form) if position_name(declared))


def result(form, call):
    """The C++ expression that gives what a call gives, an iterator as a position."""
    first = _first_position(form)
    return "cppbind_calls::placed(a%d, [&]() -> decltype(auto) { return %s; })" % (first, call)


def keeping(function, form):
    """The function, whose result keeps the containers alive if it is a position."""
    first = _first_position(form)

    def call(*arguments):
        value = function(*arguments)
        return kept(value, arguments[first]) if is_iterator(value) else value
    return call

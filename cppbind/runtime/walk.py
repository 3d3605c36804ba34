"""Iterates over C++ ranges whose iterators no dictionary can name: views of std::ranges, for one.

A class is compiled on the fly that holds the iterators, and copies out one item after the other.  Neighbours:
pythonize_range.py, which tries without; on_demand.py, which compiles.
"""

from .cpp_types import class_name

_TEXT = """namespace cppbind_calls {
class walk_%(key)s {
public:
    explicit walk_%(key)s(::%(name)s &range) : at_(range.begin()), end_(range.end()) {}
    bool more() const { return at_ != end_; }
    auto next() { std::decay_t<decltype(*std::declval<::%(name)s &>().begin())> item(*at_); ++at_; return item; }
private:
    decltype(std::declval<::%(name)s &>().begin()) at_;
    decltype(std::declval<::%(name)s &>().end()) end_;
};
}"""

_walkers = {}               # class name -> the class that walks over it


def walk(range_):
    """An iterator over copies of the items of an object; None where nothing can be compiled for its class."""
    import hashlib
    from .. import on_demand
    from .namespaces import namespace_for
    name = class_name(type(range_))
    if name not in _walkers:
        if not on_demand.can_know(name):
            return None
        key = hashlib.blake2b(name.encode("utf-8"), digest_size=10).hexdigest()
        problem = on_demand.compile_helper(_TEXT % {"key": key, "name": name}, "the items of %s" % name, [name])
        _walkers[name] = None if problem else getattr(namespace_for("cppbind_calls"), "walk_" + key)
    walker = _walkers[name]
    return None if walker is None else _items(walker(range_), range_)


def _items(walker, range_):
    while walker.more():
        yield walker.next()
    del range_                  # lives as long as what points into it

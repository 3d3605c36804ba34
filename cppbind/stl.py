"""What dictionaries know of the standard library's templates: which are instantiated, and what Python needs of them.

`clang.instantiate` reads the public members of an instance such as `std::vector<int>`, and with them the static
functions below, which do in one call what C++ does with iterators.  The text is compiled into the dictionary, so it
works with every standard library.  Neighbour: runtime/pythonize, which builds Python's methods from both.
"""

from collections import namedtuple

NAMESPACE = "cppbind_stl"
# header: what declares the template.  helper: the class template of `SUPPORT` for it.  names: its functions.
Known = namedtuple("Known", "header helper names")

_SEQUENCE = ("_stl_item", "_stl_put", "_stl_begin", "_stl_end")
_GROWING = _SEQUENCE + ("_stl_append", "_stl_insert", "_stl_erase")
_SET = ("_stl_has", "_stl_drop", "_stl_add", "_stl_begin", "_stl_end")
_MAP = ("_stl_has", "_stl_drop", "_stl_get", "_stl_put", "_stl_begin", "_stl_end")
_POINTER = ("_stl_get",)

TEMPLATES = {
    "std::vector": Known("vector", "growing", _GROWING), "std::deque": Known("deque", "growing", _GROWING),
    "std::list": Known("list", "growing", _GROWING), "std::array": Known("array", "sequence", _SEQUENCE),
    "std::set": Known("set", "set", _SET), "std::multiset": Known("set", "set", _SET),
    "std::unordered_set": Known("unordered_set", "set", _SET),
    "std::map": Known("map", "map", _MAP), "std::unordered_map": Known("unordered_map", "map", _MAP),
    "std::pair": Known("utility", None, ()), "std::tuple": Known("tuple", "tuple", ()),
    "std::optional": Known("optional", "optional", ("_stl_get", "_stl_put", "_stl_clear")),
    "std::complex": Known("complex", None, ()),
    "std::unique_ptr": Known("memory", "pointer", _POINTER), "std::shared_ptr": Known("memory", "pointer", _POINTER),
}
TUPLE_LIMIT = 10            # items of a std::tuple that can be reached

# Members that mean the implementation's own types: iterators, nodes, allocators.
HIDDEN_TYPES = ("std::_", "__gnu_cxx::", "std::__", "initializer_list", "reverse_iterator", "allocator", "_Node_handle",
                "node_type", "std::less", "std::hash", "std::equal_to", "value_compare", "std::default_delete",
                "_Complex", "node_handle")



def template_of(name):
    """The Known of an instance's name, or None: that of 'std::vector' for 'std::vector<int>'."""
    return TEMPLATES.get(name.partition("<")[0]) if name.endswith(">") else None


def helper_of(name, argument_count):
    """(class of SUPPORT, names of its functions) for an instance; (None, ()) where it needs none."""
    known = template_of(name)
    if known is None or known.helper is None or name.partition("<")[2].split(",")[0].rstrip(">").endswith("[]"):
        return None, ()
    names = known.names
    if known.helper == "tuple":
        names = tuple("_stl_%s%d" % (what, place) for place in range(min(argument_count, TUPLE_LIMIT))
                      for what in ("get", "put"))
    return "%s::%s<%s>" % (NAMESPACE, known.helper, "::" + name), names


def is_support(name):
    """Whether a class is one of SUPPORT's."""
    return name.startswith(NAMESPACE + "::")


def support_text(headers):
    """The C++ text for instances of the templates that these headers (a set of names) declare."""
    text = "".join("#include <%s>\n" % header for header in sorted({"cstddef", "iterator", "utility"} | set(headers)))
    text += "namespace %s {\n%s" % (NAMESPACE, _CONTAINERS)
    for header, part in (("vector", _BOOLS), ("tuple", _TUPLE), ("optional", _OPTIONAL), ("memory", _POINTERS)):
        text += part if header in headers else ""
    return text + "}\n"


_CONTAINERS = """\
// An iterator with the plain operators.
template <class C> class position {
public:
    typedef typename C::value_type item;
    explicit position(typename C::iterator at) : at_(at) {}
    const item &operator*() const { return *at_; }
    position &operator++() { ++at_; return *this; }
    bool operator==(const position &other) const { return at_ == other.at_; }
    bool operator!=(const position &other) const { return at_ != other.at_; }
private:
    typename C::iterator at_;
};
template <class C> class map_position {
public:
    explicit map_position(typename C::iterator at) : at_(at) {}
    const typename C::key_type &_stl_key() const { return at_->first; }
    typename C::mapped_type &_stl_value() const { return at_->second; }
    const typename C::value_type &operator*() const { return *at_; }
    map_position &operator++() { ++at_; return *this; }
    bool operator==(const map_position &other) const { return at_ == other.at_; }
    bool operator!=(const map_position &other) const { return at_ != other.at_; }
private:
    typename C::iterator at_;
};
template <class C> struct sequence {
    typedef typename C::value_type item;
    static item &_stl_item(C &c, std::size_t at) { return *std::next(c.begin(), at); }
    static void _stl_put(C &c, std::size_t at, const item &value) { *std::next(c.begin(), at) = value; }
    static position<C> _stl_begin(C &c) { return position<C>(c.begin()); }
    static position<C> _stl_end(C &c) { return position<C>(c.end()); }
};
template <class C> struct growing : sequence<C> {
    typedef typename C::value_type item;
    static void _stl_append(C &c, const item &value) { c.push_back(value); }
    static void _stl_insert(C &c, std::size_t at, const item &value) { c.insert(std::next(c.begin(), at), value); }
    static void _stl_erase(C &c, std::size_t first, std::size_t last) {
        c.erase(std::next(c.begin(), first), std::next(c.begin(), last));
    }
};
template <class C> struct set {
    typedef typename C::key_type key;
    static bool _stl_has(const C &c, const key &value) { return c.find(value) != c.end(); }
    static std::size_t _stl_drop(C &c, const key &value) { return c.erase(value); }
    static void _stl_add(C &c, const key &value) { c.insert(value); }
    static position<C> _stl_begin(C &c) { return position<C>(c.begin()); }
    static position<C> _stl_end(C &c) { return position<C>(c.end()); }
};
template <class C> struct map {
    typedef typename C::key_type key;
    typedef typename C::mapped_type mapped;
    static bool _stl_has(const C &c, const key &k) { return c.find(k) != c.end(); }
    static std::size_t _stl_drop(C &c, const key &k) { return c.erase(k); }
    static mapped &_stl_get(C &c, const key &k) { return c.at(k); }
    static void _stl_put(C &c, const key &k, const mapped &value) {
        typename C::iterator at = c.find(k);
        if (at == c.end()) c.insert(typename C::value_type(k, value));
        else at->second = value;
    }
    static map_position<C> _stl_begin(C &c) { return map_position<C>(c.begin()); }
    static map_position<C> _stl_end(C &c) { return map_position<C>(c.end()); }
};
"""

_BOOLS = """\
template <> class position<std::vector<bool>> {
public:
    explicit position(std::vector<bool>::iterator at) : at_(at) {}
    bool operator*() const { return *at_; }
    position &operator++() { ++at_; return *this; }
    bool operator==(const position &other) const { return at_ == other.at_; }
    bool operator!=(const position &other) const { return at_ != other.at_; }
private:
    std::vector<bool>::iterator at_;
};
template <> struct sequence<std::vector<bool>> {
    typedef std::vector<bool> C;
    static bool _stl_item(C &c, std::size_t at) { return c[at]; }
    static void _stl_put(C &c, std::size_t at, const bool &value) { c[at] = value; }
    static position<C> _stl_begin(C &c) { return position<C>(c.begin()); }
    static position<C> _stl_end(C &c) { return position<C>(c.end()); }
};
"""

_TUPLE = """\
template <class C, std::size_t I, bool = (I < std::tuple_size<C>::value)> struct element {
    typedef typename std::tuple_element<I, C>::type type;
};
template <class C, std::size_t I> struct element<C, I, false> { typedef char type; };
template <class C> struct tuple {
""" + "".join("""\
    static typename element<C, %(i)d>::type &_stl_get%(i)d(C &c) { return std::get<%(i)d>(c); }
    static void _stl_put%(i)d(C &c, const typename element<C, %(i)d>::type &value) { std::get<%(i)d>(c) = value; }
""" % {"i": place} for place in range(TUPLE_LIMIT)) + "};\n"

_OPTIONAL = """\
template <class C> struct optional {
    typedef typename C::value_type item;
    static item &_stl_get(C &c) { return c.value(); }
    static void _stl_put(C &c, const item &value) { c = value; }
    static void _stl_clear(C &c) { c.reset(); }
};
"""

_POINTERS = """\
template <class C> struct pointer {
    static typename C::element_type *_stl_get(const C &c) { return c.get(); }
};
"""

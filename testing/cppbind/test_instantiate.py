"""Promises of reading class template instances that nobody wrote out: concrete members of what declarations need."""

from cpp_dictionaries import build_tables, parse

from cppbind import format as fmt

HEADER = """
namespace t {
/// Holds one value.
template <class T> class Base {
public:
    explicit Base(T v = T(), int n = 2) : value(v), count(n) {}
    virtual ~Base() {}
    T get() const { return value; }
    void set(T v, int times = 3) { value = v * times; }
    virtual int kind() const { return 1; }
    static int made() { return 7; }
    T operator[](int i) const { return value + i; }
    template <class U> U as() const { return U(value); }
    T value;
    int count;
protected:
    int hidden = 0;
private:
    void secret() {}
};
struct Plain { int p = 4; };
template <class T> struct Both : Plain, Base<T> { T own = 9; T twice(); };
template <class T> T Both<T>::twice() { return own * 2; }
class Derived : public Base<int> { public: Derived() : Base<int>(5) {} int kind() const override { return 2; } };
template <class D> struct Crtp { int doubled() { return 2 * static_cast<D *>(this)->number(); } };
template <class T> struct Num : Crtp<Num<T>> { T n = 21; int number() { return n; } };
struct UsesNum : Num<int> {};
template <class T, int N> struct Arr { T items[N]; int size() const { return N; } };
template <class T, class U> struct Pair { T first; U second; };
struct Holder { Both<int> held; Arr<short, 4> array; };
inline Pair<int, double> make() { return {1, 2.5}; }
typedef Base<long> LongBase;
template <class T> struct Unused { T x; };
inline Unused<int> *pointer() { return nullptr; }
}
"""


def classes(text):
    headers = parse(text)
    found = list(headers.root.classes)
    for namespace in headers.root.namespaces:
        found += namespace.classes
    return {cls.qualified_name: cls for cls in found}


def test_instances_are_read_where_they_are_needed():
    """Bases, values and typedef'd instances become classes; a pointer alone needs none."""
    names = [name for name in classes(HEADER) if name.endswith(">")]
    assert sorted(names) == ["t::Arr<short, 4>", "t::Base<int>", "t::Base<long>", "t::Both<int>",
                             "t::Crtp<t::Num<int>>", "t::Num<int>", "t::Pair<int, double>"]


def test_members_have_concrete_types():
    """Parameters are replaced by arguments everywhere; members that are private or templates are not there."""
    base = classes(HEADER)["t::Base<int>"]
    assert [(member.name, member.type.spelling) for member in base.members] == [
        ("value", "int"), ("count", "int"), ("hidden", "int")]
    described = {function.name: (function.result.spelling, [parameter.type.spelling for parameter in function.parameters])
                 for function in base.functions}
    assert described == {"Base": ("void", ["int", "int"]), "get": ("int", []), "set": ("void", ["int", "int"]),
                         "kind": ("int", []), "made": ("int", []), "operator[]": ("int", ["int"])}
    assert base.template_instance and base.doc == "Holds one value." and base.destructor.virtual
    assert not any(function.external for function in base.functions)


def test_defaults_are_those_of_the_template():
    """A default argument is not instantiated before it is used, but it is known."""
    base = classes(HEADER)["t::Base<int>"]
    defaults = {function.name: [parameter.default for parameter in function.parameters] for function in base.functions}
    assert defaults["Base"] == ["T()", "2"] and defaults["set"] == [None, "3"]


def test_bases_of_instances():
    """Bases that depend on the parameters are resolved, those that do not are told as they are."""
    found = classes(HEADER)
    assert [base.name for base in found["t::Both<int>"].bases] == ["t::Plain", "t::Base<int>"]
    assert [base.name for base in found["t::Num<int>"].bases] == ["t::Crtp<t::Num<int>>"]


def test_system_templates_are_not_read():
    """Of the standard library only the containers and their like are read unasked."""
    text = "#include <atomic>\n#include <vector>\nstruct X { std::atomic<int> b; std::vector<int> v; };"
    names = [name for name in classes(text) if "<" in name]
    assert "std::vector<int>" in names and not any(name.startswith(("std::atomic", "std::_")) for name in names)


def test_written_out_specialisations_come_first():
    """An explicit specialisation is a class of its own and is not read twice."""
    found = classes("template <class T> struct A { int general; }; template <> struct A<int> { int special; };"
                    "struct X : A<int> {}; struct Y : A<char> {};")
    assert [member.name for member in found["A<int>"].members] == ["special"]
    assert [member.name for member in found["A<char>"].members] == ["general"]


def test_a_member_that_does_not_compile_costs_itself_alone(tmp_path):
    """A member that is ill-formed for these arguments is unavailable; the others work."""
    _, tables = build_tables("struct S {}; template <class T> struct A { T x; int bad() { return x.nothing(); }"
                             " int good() { return 3; } }; struct X { A<S> a; };", tmp_path)
    assert tables.function("int A<S>::bad()").call == fmt.CALL_UNAVAILABLE
    assert tables.call("int A<S>::good()", "int(*)(void *)", tables.new("A<S>")) == 3


def test_members_without_definition(tmp_path):
    """What the template only declares does not keep the dictionary from loading; what it defines later is found."""
    _, tables = build_tables("""
        template <class T> struct A { A(T); A(const A &); T gone(); T here(); static T nowhere; static T somewhere; };
        template <class T> T A<T>::here() { return 5; }
        template <class T> T A<T>::somewhere = 6;
        struct X { A<int> *a; int take(A<int>) { return 1; } };
        """, tmp_path)
    assert tables.function("int A<int>::gone()").call == fmt.CALL_SYMBOL
    assert tables.call("int A<int>::here()", "int(*)(void *)", tables.new("A<int>")) == 5
    constructor = tables.function("A<int>::A(int)")
    assert tables.slot("A<int>", constructor.address) == (0, 0) and "no loaded library" in constructor.reason
    assert tables.member("A<int>", "nowhere").flags & fmt.MEMBER_EXTERNAL
    somewhere = tables.slot("A<int>", tables.member("A<int>", "somewhere").address)[0]
    assert tables.ffi.cast("int *", somewhere)[0] == 6


def test_instances_work(tmp_path):
    """The dictionary has them with layout and code: construction with defaults, bases, arrays, values."""
    built, tables = build_tables(HEADER, tmp_path)
    assert built.unavailable == []
    storage = tables.new("t::Base<int>")
    tables.call("t::Base<int>::Base()", "void(*)(void *)", storage)
    tables.call("void t::Base<int>::set(int v)", "void(*)(void *, int)", storage, 4)
    assert tables.call("int t::Base<int>::get() const", "int(*)(void *)", storage) == 12
    base, = tables.range(tables.scope("t::Derived"), "bases")
    assert tables.scopes[base.scope].name == "t::Base<int>" and base.offset == 0
    assert tables.member("t::Pair<int, double>", "second").offset == 8
    array = tables.types[tables.member("t::Arr<short, 4>", "items").type]
    assert (array.extent, array.size) == (4, 8)
    num = tables.new("t::Num<int>")
    tables.call("t::Num<int>::Num()", "void(*)(void *)", num)
    assert tables.call("int t::Crtp<t::Num<int>>::doubled()", "int(*)(void *)", num) == 42
    kind, index = tables.lookup("t::LongBase")
    assert kind == fmt.NAME_TYPEDEF and tables.types[tables.typedefs[index].type].scope is not None

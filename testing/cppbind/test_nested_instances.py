"""Classes, enums and typedefs inside instances of class templates; alias templates."""

import pytest
from cpp_runtime import load_text

HEADER = """
#include <string>
#include <vector>
namespace nest {
template <class T> struct Base { T low = 1; T lower() const { return low - 1; } };
template <class T> class Tree {
public:
    struct Node : Base<T> {
        enum Side { left, right = 4 };
        T value = 3;
        Node *next = nullptr;
        Node() {}
        explicit Node(T value, T more = 2) : value(value + more) {}
        T twice() const { return value * 2; }
        Side side() const { return right; }
        static int count() { return 12; }
        struct Deep { T d = 8; typedef T kind; };
        union Bits { T whole; char bytes[sizeof(T)]; };
    };
    enum class Mode { off, on = 2 };
    typedef T value_type;
    using node_type = Node;
    Node make() const { return Node(); }
    Node *first() { return &root; }
    Mode mode(Mode given) const { return given; }
    typename Node::Deep deep() { return {}; }
    std::vector<Node> all() { return std::vector<Node>(3); }
    T take(const Node &node) { return node.value; }
    Node root;
protected:
    struct Hidden { int h; };
private:
    struct Secret { int s; };
};
template <class T> using Wood = Tree<T>;
template <class T, class U> struct Two { struct Inner { T t; U u; Inner(T t, U u) : t(t), u(u) {} }; };
template <class T> using Same = Two<T, T>;
inline Tree<int>::Node loose() { return Tree<int>::Node(5); }
inline Tree<double>::Node alone() { return {}; }
struct Grown : Tree<int>::Node { int more = 6; };
struct Holder { Two<int, std::string>::Inner inner{1, "a"}; };
}
"""
SELECTION = """<lcgdict><namespace name="nest"/><class pattern="nest::*"/><function pattern="nest::*"/>
<class name="nest::Wood<float>"/><class name="nest::Same<long>"/></lcgdict>"""


@pytest.fixture(scope="module")
def nest(tmp_path_factory):
    folder = tmp_path_factory.mktemp("nested")
    (folder / "selection.xml").write_text(SELECTION)
    return load_text(HEADER, folder, selection=str(folder / "selection.xml")).nest


def test_class_in_an_instance(nest):
    """A class in a template instance has its members, bases, enums and classes, like any other."""
    tree = nest.Tree["int"]
    node = tree.Node(5)
    assert (node.value, node.twice(), tree.Node(1, 1).value, tree.Node().value) == (7, 14, 2, 3)
    assert isinstance(node, nest.Base["int"]) and node.lower() == 0
    assert node.side() is tree.Node.right == 4 and tree.Node.count() == 12
    assert tree.Node.Deep().d == 8 and tree.Node.Deep.kind is int and tree.Node.Bits(whole=65).bytes[0] == "A"
    assert tree.Node.__cpp_name__ == "nest::Tree<int>::Node" and tree.node_type is tree.Node


def test_values_of_it(nest):
    """Results, arguments, data members and containers of such classes work."""
    tree = nest.Tree["int"]()
    assert tree.make().value == 3 and tree.deep().d == 8 and tree.take(nest.loose()) == 7
    tree.first().value = 11
    assert tree.root.value == 11 and tree.root.next is not None and not tree.root.next
    assert len(tree.all()) == 3 and tree.all()[1].value == 3
    assert tree.mode(tree.Mode.on) is tree.Mode.on == 2
    holder = nest.Holder()
    assert (holder.inner.t, holder.inner.u) == (1, "a")


def test_instance_that_only_its_class_needs(nest):
    """The class around comes along, and derived classes find their base."""
    assert nest.alone().value == 3.0 and type(nest.alone()) is nest.Tree["double"].Node
    assert nest.Grown().twice() == 6 and issubclass(nest.Grown, nest.Tree["int"].Node)


def test_access(nest):
    """Protected and private classes are not there."""
    assert not hasattr(nest.Tree["int"], "Hidden") and not hasattr(nest.Tree["int"], "Secret")


def test_alias_templates(nest):
    """An instance of an alias template that a selection names is the class that it stands for, under both names."""
    assert nest.Wood["float"] is nest.Tree["float"] and nest.Wood("float").Node().value == 3.0
    assert nest.Same["long"] is nest.Two["long", "long"] and nest.Same["long"].Inner(1, 2).u == 2
    with pytest.raises(TypeError, match=r"Wood<int>"):
        nest.Wood["int"]

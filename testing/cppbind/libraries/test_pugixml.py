"""pugixml (parser): read a document, walk it, change it, write it."""

import pytest

import cppbind

TEXT = "<shop><item price='3'>tea</item><item price='5'>rum</item><!-- closed --></shop>"


@pytest.fixture(scope="module")
def pugi(dictionary):
    dictionary("pugixml")
    return cppbind.gbl.pugi


@pytest.fixture
def document(pugi):
    document = pugi.xml_document()
    assert document.load_string(TEXT)
    return document


def test_parse_and_iterate(pugi, document):
    """Nodes are iterated with begin() and end(); each item is an object of its own."""
    shop = document.child("shop")
    assert [node.type() for node in shop] == [pugi.node_element, pugi.node_element]
    items = list(shop.children("item"))
    assert [(item.attribute("price").as_int(), item.text().get()) for item in items] == [(3, "tea"), (5, "rum")]
    assert items[0].next_sibling() == items[1] and items[0] != items[1]
    assert not shop.child("nothing") and shop.child("nothing").name() == ""


def test_errors_of_the_parser(pugi):
    """A malformed document is told by the result, with the place."""
    result = pugi.xml_document().load_string("<a><b></a>")
    assert not result and result.status == pugi.status_end_element_mismatch
    assert result.offset == 8 and "mismatch" in result.description()


def test_change_and_write(pugi, document, tmp_path):
    """Nodes and attributes are added, changed and removed; the file has them."""
    shop = document.child("shop")
    added = shop.append_child("item")
    added.append_attribute("price").set_value(7)
    added.text().set("Glühwein")
    first = shop.first_child()
    first.attribute("price").set_value(2.5)
    assert shop.remove_child(first.next_sibling())
    path = tmp_path / "shop.xml"
    assert document.save_file(str(path), "  ")
    text = path.read_text(encoding="utf-8")
    assert '<item price="2.5">tea</item>' in text and '<item price="7">Glühwein</item>' in text and "rum" not in text
    again = pugi.xml_document()
    assert again.load_file(str(path)).status == pugi.status_ok
    assert [node.child_value() for node in again.child("shop").children("item")] == ["tea", "Glühwein"]


def test_xpath(pugi, document):
    """Queries give numbers, strings and sets of nodes, which begin() and end(), pointers, delimit."""
    found = document.select_nodes("//item[@price > 2]")
    assert len(found) == 2 and [item.node().child_value() for item in found] == ["tea", "rum"]
    assert found[1].node().attribute("price").value() == "5"
    query = pugi.xpath_query("sum(//item/@price)")
    assert query.evaluate_number(document) == 8 and query.return_type() == pugi.xpath_type_number


def test_exception_of_the_library(pugi):
    """The library's own exception has its class's name and text."""
    with pytest.raises(Exception, match="Expression does not match|Unrecognized|expected|Incorrect") as caught:
        pugi.xpath_query("//[")
    assert type(caught.value).__cpp_name__ == "pugi::xpath_exception"


def test_abstract_class(pugi):
    """A class with pure virtual functions cannot be made."""
    with pytest.raises(TypeError, match="abstract"):
        pugi.xml_tree_walker()

"""Xerces-C (virtual hierarchies): a DOM whose classes the library does not show; each node has its interface's class."""

import pytest

import cffi_like
import cppbind

TEXT = b"<?xml version='1.0'?><!-- first --><a x='1'><b>text</b><b>two</b><?pi data?></a>"


@pytest.fixture(scope="module")
def xerces(dictionary):
    dictionary("xerces")
    space = cppbind.gbl.xercesc_3_2
    space.XMLPlatformUtils.Initialize()
    return space


@pytest.fixture
def document(xerces):
    parser = xerces.XercesDOMParser()
    parser.parse(xerces.MemBufInputSource(TEXT, len(TEXT), "memory", False))
    document = parser.getDocument()
    yield document
    del document, parser


def _walk(node):
    yield node
    child = node.getFirstChild()
    while child:
        yield from _walk(child)
        child = child.getNextSibling()


def test_nodes_have_the_class_of_their_interface(xerces, document):
    """getFirstChild() is declared to return DOMNode, and the objects are of classes that no header shows: the nearest
    class that is known is what Python gets."""
    kinds = [(type(node).__name__, node.getNodeName()) for node in _walk(document)]
    assert kinds == [("DOMDocument", "#document"), ("DOMComment", "#comment"), ("DOMElement", "a"), ("DOMElement", "b"),
                     ("DOMText", "#text"), ("DOMElement", "b"), ("DOMText", "#text"),
                     ("DOMProcessingInstruction", "pi")]
    text = document.getDocumentElement().getFirstChild().getFirstChild()
    assert isinstance(text, xerces.DOMCharacterData) and [cls.__name__ for cls in type(text).__mro__][:3] == [
        "DOMText", "DOMCharacterData", "DOMNode"]
    assert text.getWholeText() == "text" and text.getLength() == 4


def test_identity_and_comparison(xerces, document):
    """One object has one proxy, whichever way it is reached."""
    root = document.getDocumentElement()
    assert root.getFirstChild().getParentNode() is root
    assert root.getOwnerDocument() is document
    assert root.getFirstChild().getNodeType() == xerces.DOMNode.ELEMENT_NODE


def test_change_the_document(xerces, document):
    """Elements, text and attributes in wide characters (XMLCh is char16_t): a str passes both ways."""
    root = document.getDocumentElement()
    root.setAttribute("höhe", "\U0001f600")
    assert root.getAttribute("höhe") == "\U0001f600" and root.getAttribute("x") == "1"
    added = document.createElement("new")
    added.appendChild(document.createTextNode("hello"))
    assert root.appendChild(added) is added
    assert root.getTextContent() == "texttwohello"
    elements = root.getElementsByTagName("b")
    assert [elements.item(index).getTextContent() for index in range(elements.getLength())] == ["text", "two"]
    root.removeChild(elements.item(0))
    assert elements.getLength() == 1


def test_serialise(xerces, document):
    """The serialiser, an abstract interface, writes what was changed; Python frees what the library allocated."""
    document.getDocumentElement().setAttribute("x", "2")
    serialiser = xerces.DOMImplementation.getImplementation().createLSSerializer()
    text = serialiser.writeToString(document.getDocumentElement())
    assert cffi_like.FFI().string(text) == '<a x="2"><b>text</b><b>two</b><?pi data?></a>'
    xerces.XMLPlatformUtils.fgMemoryManager.deallocate(text)
    serialiser.release()


def test_exceptions_of_the_library(xerces, document):
    """What the library throws, which is no std::exception, is an exception with the name of its class."""
    with pytest.raises(cppbind.CppException, match="xercesc_3_2::DOMException") as caught:
        document.getDocumentElement().appendChild(document)
    assert caught.value.cpp_type == "xercesc_3_2::DOMException"


def test_class_with_an_inherited_operator_new(xerces):
    """XMemory's operator new is inherited by every class; objects that Python made are freed by its delete."""
    for _ in range(50):
        parser = xerces.XercesDOMParser()
        parser.setDoNamespaces(True)
        assert parser.getDoNamespaces()
        del parser

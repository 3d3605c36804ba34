"""Parses type strings such as "int *", "struct foo[10]" or "int(*)(char *)".

This is the path of `ffi.new("...")` and of compiled modules at run time, so it
needs neither the parser of cdef nor any other package.
"""

from .declarator import TypeParser
from .errors import CDefError
from .lexer import Source, Tokens


def parse_type(text, resolver):
    """The model type that `text` names.

    Names are looked up through `resolver` (resolve.Resolver).  Raises
    CDefError, which quotes the text and gives the place in it.
    """
    name = "'%s'" % text
    if "/" in text or "\\" in text:
        from .preprocess import preprocess
        source = preprocess(text, name)[0]
    else:
        source = Source(text, name)
    parser = TypeParser(Tokens(source), resolver)
    if not parser.words[0]:
        raise CDefError("%s: a type was expected, the string is empty" % name)
    node = parser.parse(parser.type_name)
    if parser.words[parser.position]:
        raise parser.unexpected("the end of the type")
    return node

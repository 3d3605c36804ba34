"""cdef text to model, for the tests of the parser.

Neighbour: support.py, the helpers of all tests.
"""

from cffi_like import model
from cffi_like.model import Primitive
from cffi_like.parse import merge, parse_cdef
from cffi_like.resolve import Resolver

INT = Primitive("int")
CHAR = Primitive("char")


def parse(*texts, **options):
    """The declarations after these cdefs, one on top of the other."""
    resolver = Resolver(model.Declarations())
    for text in texts:
        new, resolver.anonymous_count = parse_cdef(text, resolver, **options)
        merge(resolver.declarations, new)
        resolver.forget_enumerators()
    return resolver.declarations

"""The exceptions of the package.  Imports nothing, so everybody may import it.

The names and the hierarchy are those a CFFI user catches.
"""


class FFIError(Exception):
    """Something is wrong with a declaration or with how it is used."""

    __module__ = "cffi_like"


class CDefError(FFIError):
    """C text that cannot be understood.

    `str()` gives `PLACE: message`, where PLACE is `cdef:LINE:COLUMN` (both
    count from 1), the file and line of a `# NUM "file"` marker, or the type
    string in quotes.
    """

    __module__ = "cffi_like"


class ImpossibleType(CDefError, TypeError):
    """A type that C does not have, such as a function that returns an array; CFFI
    raises TypeError when such a type is made."""

    __module__ = "cffi_like"


class VerificationError(Exception):
    """The C compiler refused a generated source or the declarations disagree
    with it."""

    __module__ = "cffi_like"


class VerificationMissing(Exception):
    """A declaration with `...` is used where no compiler can complete it."""

    __module__ = "cffi_like"


class PkgConfigError(Exception):
    """`pkg-config` failed or does not know the package."""

    __module__ = "cffi_like"

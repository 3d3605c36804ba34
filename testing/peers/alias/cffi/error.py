"""`cffi.error`."""

from cffi_like.errors import (CDefError, FFIError, PkgConfigError, VerificationError,  # noqa: F401
                              VerificationMissing)

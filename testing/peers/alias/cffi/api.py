"""`cffi.api`: where some packages look for FFI and the errors."""

from . import FFI, CDefError, FFIError, VerificationError, VerificationMissing  # noqa: F401

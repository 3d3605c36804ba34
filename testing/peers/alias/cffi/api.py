"""`cffi.api`: where some packages look for FFI and the errors."""

from cffi_like import FFI, CDefError, FFIError, VerificationError, VerificationMissing  # noqa: F401

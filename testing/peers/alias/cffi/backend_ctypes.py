"""`cffi.backend_ctypes`: a name only.  Nothing here runs on ctypes, which CFFI itself gave up.

What upstream's tests do with it is done on the native core, through `FFI(backend=...)`.
"""

import _cffi_backend


class CTypesBackend:
    RTLD_LAZY, RTLD_NOW = _cffi_backend.RTLD_LAZY, _cffi_backend.RTLD_NOW
    RTLD_GLOBAL, RTLD_LOCAL = _cffi_backend.RTLD_GLOBAL, _cffi_backend.RTLD_LOCAL

    def __new__(cls):
        return _cffi_backend

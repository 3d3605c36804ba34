"""`cffi.backend_ctypes`: the name alone.  Nothing here runs on ctypes, and CFFI itself gave it up."""


class CTypesBackend:
    RTLD_LAZY = RTLD_NOW = RTLD_GLOBAL = RTLD_LOCAL = 0

    def __init__(self):
        raise NotImplementedError("there is no backend on top of ctypes")

"""The native core, built from c_backend/.  It has the engine's interface itself."""

from .. import _backend as engine

__all__ = ["engine"]

"""The native core, built from c_backend/.  It has the engine's interface itself.

Where it could not be built, setup.py left the reason beside the package.
"""

import os

_REASON_FILE = os.path.join(os.path.dirname(os.path.dirname(__file__)), "_core_missing.txt")


def _reason(problem):
    try:
        with open(_REASON_FILE, encoding="utf-8") as file:
            return "the core was not built when cffi_like was installed:\n%s" % file.read().strip()
    except OSError:
        return str(problem)


try:
    import _cffi_like as engine
except ImportError as problem:
    raise ImportError(_reason(problem)) from problem

__all__ = ["engine"]

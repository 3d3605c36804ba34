"""`cffi.pkgconfig`: the module itself, whose functions upstream's tests replace."""

import sys

from cffi_like import pkgconfig

sys.modules[__name__] = pkgconfig

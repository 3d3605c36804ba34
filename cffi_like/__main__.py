"""`python -m cffi_like`: see cli.py."""

import sys

from .cli import main

sys.exit(main())

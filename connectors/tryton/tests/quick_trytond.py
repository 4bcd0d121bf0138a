"""Start trytond with cheap password hashes, for tests log in hundreds of times."""

from __future__ import annotations

import runpy
import sys
from functools import partialmethod

from pwdlib.hashers import argon2

if __name__ == "__main__":
    hasher = argon2.Argon2Hasher
    cheap = partialmethod(hasher.__init__, time_cost=1, memory_cost=64, parallelism=1)
    hasher.__init__ = cheap  # type: ignore[method-assign,assignment]
    sys.argv = sys.argv[1:]
    runpy.run_path(sys.argv[0], run_name="__main__")

"""Ways from JSON bytes to a validated lead, one file per library.

A module has `validators()`, which returns the reading functions by title. A reading function takes
bytes and returns a record with the fourteen attributes as keys or as attributes; it raises on
anything that is not a valid lead.
"""

from collections.abc import Callable
from typing import TypeAlias

Read: TypeAlias = Callable[[bytes], object]

MODULES = ("with_msgspec", "with_pydantic", "with_orjson", "with_jsonschema")

"""The functions of the language, by name in capitals."""

from __future__ import annotations

from leadpolicy_sandbox.formula.functions import changes, dates, logic, numbers, texts
from leadpolicy_sandbox.formula.registry import FUNCTIONS

__all__ = ["FUNCTIONS", "changes", "dates", "logic", "numbers", "texts"]

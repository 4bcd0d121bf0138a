"""The guide names every option of the connector."""

from __future__ import annotations

import re
from pathlib import Path

from leadpolicy_salesforce.options import OPTION_NAMES

GUIDE = Path(__file__).parents[3] / "docs" / "how-to" / "salesforce.md"


def test_the_guide_names_every_option() -> None:
    section = GUIDE.read_text("utf-8").partition("## Options")[2].partition("\n## ")[0]
    assert set(OPTION_NAMES) <= set(re.findall(r"`([a-z_]+)`", section))

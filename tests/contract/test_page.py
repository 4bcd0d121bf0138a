"""The page on the contract kit has every behaviour and every member of a sandbox, and no other."""

from leadpolicy.testing.contract import behaviours
from leadpolicy.testing.contract.sandbox import Sandbox
from pages import ROOT, code_words, tables

PAGE = ROOT / "docs" / "reference" / "contract-kit.md"


def test_the_page_has_every_behaviour() -> None:
    shown = [row for table in tables(PAGE) for row in table[1:] if len(row) == 4]
    wanted = [[b.label, b.tier.label, f"`{b.slug}`", b.statement] for b in behaviours()]
    assert shown == wanted


def test_the_page_has_every_member_of_a_sandbox() -> None:
    members = {name for name in dir(Sandbox) if not name.startswith("_")}
    assert members <= code_words(PAGE)["What the sandbox can offer"]

"""A binding is checked against the policy, and every problem has its place."""

from __future__ import annotations

from pathlib import Path

import pytest

import leadpolicy
from leadpolicy.exchange.binding import Binding, default_binding
from leadpolicy.exchange.fitting import binding_for, read_binding


def problems(text: str, policy: leadpolicy.LeadPolicy, folder: Path) -> list[tuple[str, str]]:
    """Return the code and `line:column message` of everything that is wrong with a binding."""
    place = folder / "binding.yaml"
    place.write_text(text, encoding="utf-8")
    with pytest.raises(leadpolicy.PolicyError) as caught:
        read_binding(place, policy.checked)
    found = []
    for item in caught.value.diagnostics:
        assert item.span is not None
        said = f"{item.span.line}:{item.span.column} {item.message}"
        found.append((item.code, f"{said}; {item.hint}" if item.hint else said))
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "leads:\n  attributes:\n    emploees: Staff\n",
            [
                (
                    "LP521",
                    "3:5 `emploees` is not an attribute of record `lead`; "
                    "did you mean `employees`?",
                )
            ],
        ),
        (
            "leads:\n  attributes:\n    industry: {column: B, codes: {Bau: machinry}}\n",
            [("LP523", "3:40 `machinry` is not a code of `industry`; did you mean `machinery`?")],
        ),
        (
            "leads:\n  attributes:\n    employees: {column: B, codes: {viele: many, wenig: 5}}\n",
            [("LP523", "3:43 code of `employees`: `many` is not a whole number")],
        ),
        (
            "leads:\n  attributes:\n    employees: {column: B, codes: {ja: true}}\n",
            [("LP523", "3:40 code of `employees`: `True` is not a whole")],
        ),
        (
            "leads:\n  attributes:\n    email: {column: E, codes: {eins: 1}}\n",
            [("LP523", "3:38 code of `email`: `1` is not a text")],
        ),
        (
            "leads:\n  colunms: {}\n",
            [("LP151", "2:3 `colunms` is not a key here; did you mean `columns`?")],
        ),
        (
            "signals:\n  type: {column: Art, codes: {Demo: demo}}\n",
            [
                (
                    "LP523",
                    "2:37 `demo` is not a signal; known: `content_download`, "
                    "`demo_request`, `newsletter_click`",
                )
            ],
        ),
        (
            "signals:\n  properties: {aset: Inhalt}\n",
            [("LP521", "2:16 `aset` is not a property of a signal; did you mean `asset`?")],
        ),
        (
            "consents:\n  status: {column: S, codes: {ja: yes!}}\n",
            [
                (
                    "LP523",
                    "2:35 `yes!` is not a status; known: `confirmed`, `expired`, `granted`, "
                    "`objected`, `refused`, `requested`, `withdrawn`",
                )
            ],
        ),
        ("timezone: Europe/Berlni\n", [("LP153", "1:11 `Europe/Berlni` is not an IANA time zone")]),
        ("leads: 5\n", [("LP153", "1:8 `leads`: expected a mapping, found `5`")]),
        ("- a\n", [("LP102", None)]),
        ("", [("LP102", None)]),
        ("leads: [\n", [("LP101", None)]),
    ],
)
def test_problems_have_their_place(
    text: str,
    expected: list[tuple[str, str | None]],
    policy: leadpolicy.LeadPolicy,
    tmp_path: Path,
) -> None:
    found = problems(text, policy, tmp_path)
    assert [code for code, _ in found] == [code for code, _ in expected]
    for (_, message), (_, wanted) in zip(found, expected, strict=True):
        assert wanted is None or message == wanted


def test_all_problems_are_told_at_once(policy: leadpolicy.LeadPolicy, tmp_path: Path) -> None:
    text = (
        "leads:\n  attributes:\n    a: A\n    b: B\n"
        "    industry: {column: I, codes: {x: y, z: w}}\nsignals:\n  properties: {q: Q}\n"
    )
    codes = [code for code, _ in problems(text, policy, tmp_path)]
    assert codes == ["LP521", "LP521", "LP523", "LP523", "LP521"]


def test_a_missing_binding_is_told(policy: leadpolicy.LeadPolicy, tmp_path: Path) -> None:
    with pytest.raises(leadpolicy.PolicyError, match="LP107"):
        read_binding(tmp_path / "nothing.yaml", policy.checked)


def test_without_a_binding_columns_are_named_like_attributes(
    policy: leadpolicy.LeadPolicy,
) -> None:
    bound = binding_for(None, policy.checked).attributes(policy.checked)
    assert {name: item.column for name, item in bound.items()} == {
        name: name for name in policy.checked.vocabulary.attributes
    }


def test_codes_are_those_of_the_type_of_the_attribute(
    policy: leadpolicy.LeadPolicy, tmp_path: Path
) -> None:
    place = tmp_path / "binding.yaml"
    place.write_text(
        "leads:\n  attributes:\n"
        "    employees: {column: Größe, codes: {1-9: 5, k.A.: null}}\n"
        "    revenue: {column: Umsatz, codes: {viel: 1000000.5}}\n"
        "    customer: {column: Kunde, codes: {ja: true, nein: 'false'}}\n",
        encoding="utf-8",
    )
    found = read_binding(place, policy.checked).attributes(policy.checked)
    assert found["employees"].codes == {"1-9": 5, "k.A.": None}
    assert str(found["revenue"].codes["viel"]) == "1000000.5"
    assert found["customer"].codes == {"ja": True, "nein": "false"}


def test_a_connector_is_told_only_what_was_bound(
    policy: leadpolicy.LeadPolicy, binding: Binding
) -> None:
    told = binding.for_connector(policy.checked)
    assert set(told) == {"leads", "signals", "consents"}
    leads = told["leads"]
    assert isinstance(leads, dict)
    assert leads["attributes"]["employees"] == {"column": "Mitarbeiter"}
    no_signals = Binding.model_validate({"leads": {"attributes": {"email": "E-Mail"}}})
    assert set(no_signals.for_connector(policy.checked)) == {"leads"}
    assert set(default_binding().for_connector(policy.checked)) == {"leads", "signals", "consents"}
    signals = default_binding().for_connector(policy.checked)["signals"]
    assert isinstance(signals, dict)
    assert "key" not in signals


def test_what_is_bound_in_writing_comes_before_what_is_added(
    policy: leadpolicy.LeadPolicy, binding: Binding
) -> None:
    more = binding.with_attributes({"email": "other", "customer": "Kunde"}, policy.checked)
    found = more.attributes(policy.checked)
    assert (found["email"].column, found["customer"].column) == ("E-Mail", "Kunde")
    assert set(more.for_connector(policy.checked)) == {"leads", "signals", "consents"}

"""JSON leads: the same rows and the same codes as for mappings."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from leadpolicy.engine.ingest import Ingest
from leadpolicy.engine.inputs import InputError
from small import UNKNOWN, small

READ = Ingest(small()).lead_json


def problems(data: bytes | str) -> list[tuple[str, str]]:
    """Return code and path of every problem of a document."""
    with pytest.raises(InputError) as caught:
        READ(data)
    return [(item.code, item.path) for item in caught.value.diagnostics]


def row(**values: object) -> dict[str, object]:
    return {**UNKNOWN, **values}


def test_every_kind_of_value_is_read() -> None:
    given = {
        "employees": 120,
        "revenue": 1.5,
        "job_title": " Mu\u0308ller ",
        "industry": "software",
        "interests": ["crm", "erp", "crm"],
        "founded_on": "1999-12-31",
        "last_login": "2026-11-02T10:00:00+01:00",
        "budget_confirmed": True,
        "customer": None,
    }
    assert READ(json.dumps(given).encode()) == row(
        employees=120,
        revenue=Decimal("1.5"),
        job_title="Müller",
        industry="software",
        interests=frozenset({"crm", "erp"}),
        founded_on=date(1999, 12, 31),
        last_login=datetime(2026, 11, 2, 9, tzinfo=UTC),
        budget_confirmed=True,
    )


@pytest.mark.parametrize("data", [b"{}", "{}", b' {"employees": null, "customer": null} '])
def test_what_is_left_out_or_null_is_unknown(data: bytes | str) -> None:
    assert READ(data) == UNKNOWN


def test_numbers_keep_every_digit() -> None:
    digits = "1234567890.123456789012345678"
    assert READ(f'{{"revenue": {digits}}}')["revenue"] == Decimal(digits)
    assert READ('{"revenue": "0.10"}')["revenue"] == Decimal("0.1")
    assert READ('{"revenue": 7}')["revenue"] == Decimal(7)


@pytest.mark.parametrize("text", ["5.0", "5e0", "50e-1"])
def test_a_whole_number_may_be_written_with_a_point(text: str) -> None:
    assert READ(f'{{"employees": {text}}}')["employees"] == 5


def test_blank_texts_and_codes_are_unknown() -> None:
    assert READ('{"job_title": " ", "industry": ""}') == UNKNOWN


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"employees": True}, "LP502"),
        ({"employees": "5"}, "LP502"),
        ({"employees": 5.5}, "LP502"),
        ({"employees": 10**40}, "LP503"),
        ({"revenue": True}, "LP502"),
        ({"revenue": "1_000"}, "LP502"),
        ({"revenue": "NaN"}, "LP502"),
        ({"job_title": 5}, "LP502"),
        ({"job_title": "x" * 100_001}, "LP506"),
        ({"industry": "Software"}, "LP505"),
        ({"industry": 5}, "LP502"),
        ({"interests": ["crm", "x"]}, "LP505"),
        ({"interests": "crm"}, "LP502"),
        ({"interests": {"crm": 1}}, "LP502"),
        ({"founded_on": "31.12.1999"}, "LP502"),
        ({"founded_on": 5}, "LP502"),
        ({"last_login": "2026-11-02T10:00:00"}, "LP504"),
        ({"last_login": "yesterday"}, "LP502"),
        ({"last_login": "0001-01-01T00:00:00+14:00"}, "LP502"),
        ({"budget_confirmed": 1}, "LP502"),
        ({"customer": "true"}, "LP502"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(values: dict[str, Any], code: str) -> None:
    (name,) = values
    assert problems(json.dumps(values)) == [(code, f"$.{name}")]


def test_all_problems_are_reported_at_once() -> None:
    assert problems('{"emploees": 5, "industry": "x", "employees": [], "job_title": "ok"}') == [
        ("LP501", "$.emploees"),
        ("LP505", "$.industry"),
        ("LP502", "$.employees"),
    ]


_DEEP = b"[" * 100_000


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"{", b"[]", b"5", b"null", b'"x"', b"\xff", b"{} {}", b"\xef\xbb\xbf{}"),
        b'{"revenue": NaN}',
        b'{"job_title": "\\ud800"}',
        b'{"employees": ' + b"9" * 5_000 + b"}",
        b'{"employees": ' + _DEEP + b"]" * 100_000 + b"}",
        b'{"x": ' + _DEEP,
    ],
    ids=lambda data: data[:20].decode(errors="replace"),
)
def test_what_is_no_json_object_is_no_lead(data: bytes) -> None:
    assert {code for code, _ in problems(data)} <= {"LP502", "LP511"}


def test_malformed_json_says_where() -> None:
    with pytest.raises(InputError, match=r"this is not JSON: .*\(byte 14\)"):
        READ(b'{"employees": x}')

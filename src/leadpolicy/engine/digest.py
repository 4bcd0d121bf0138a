"""The inputs digest: one text that is equal where the facts of two decisions are."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import TypeAlias

from leadpolicy.engine.jsonready import Plain, instant, plain
from leadpolicy.engine.situation import Situation
from leadpolicy.expr.facts import Signal

_SignalData: TypeAlias = tuple[str, str, dict[str, Plain]]


def inputs_digest(situation: Situation) -> str:
    """Return the SHA-256 of the facts used: attributes, usable signals, consents and `at`.

    Unknown values leave no trace in it, nor do the order of the input and the ids of signals.
    """
    content = {
        "at": instant(situation.at),
        "attributes": {name: plain(v) for name, v in situation.row.items() if v is not None},
        "consents": {f"{p}/{channel}": v for (p, channel), v in situation.consents.items()},
        "signals": sorted(_signals(situation), key=_text),
    }
    return hashlib.sha256(_text(content).encode()).hexdigest()


def _signals(situation: Situation) -> Iterator[_SignalData]:
    for signals in situation.signals.values():
        yield from map(_signal, signals)


def _signal(signal: Signal) -> _SignalData:
    known = {name: plain(v) for name, v in signal.properties.items() if v is not None}
    return signal.type, instant(signal.occurred_at), known


def _text(data: object) -> str:
    return json.dumps(data, sort_keys=True, separators=(",", ":"))

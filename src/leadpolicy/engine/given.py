"""What is given to a decision beside the facts that it uses."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from leadpolicy.engine.inputs import ConsentEvent, Ignored
from leadpolicy.engine.overrides import Override


class Given(NamedTuple):
    """What was given to a decision beside the facts that it used."""

    signals: tuple[Any, ...] = ()
    events: Sequence[ConsentEvent] = ()
    ignored: tuple[Ignored, ...] = ()
    since: datetime | None = None
    overrides: tuple[Override, ...] = ()


NOTHING_MORE = Given()

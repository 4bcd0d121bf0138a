"""Whether columns, rules and rights may have changed since a sync last found them as needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from leadpolicy.crm.capabilities import Stream
from leadpolicy.crm.connector import CursorExpiredError
from leadpolicy.crm.parts import digest, to_data, wanted_parts
from leadpolicy.crm.rows import Page
from leadpolicy.crm.sync.session import Session

_BETWEEN: Final = "\n"


@dataclass(frozen=True, slots=True)
class SetupMark:
    """Where the CRM's setup stands now; `holds` where it was found as needed at this very place."""

    page: Page
    holds: bool

    def keep(self, session: Session) -> None:
        """Remember that the CRM stands as needed here."""
        session.store.take_in(session.lock, self.page, session.at, skip={})


def setup_mark(session: Session) -> SetupMark | None:
    """Return where the CRM's setup stands; None where the CRM does not tell.

    What is kept is the CRM's own cursor behind a digest of what was needed, so that another policy
    is never taken for the one that was found.
    """
    if Stream.SETUP not in session.connector.capabilities.feeds:
        return None
    needed = digest([to_data(part) for part in wanted_parts(session.desired)])
    known, cursor = _kept(session)
    page = session.calls.read("pull", lambda: _asked(session, cursor or None))
    moved = Page(Stream.SETUP, (), f"{needed}{_BETWEEN}{page.cursor}", page.complete)
    return SetupMark(moved, bool(cursor) and known == needed and page.cursor == cursor)


def setup_cursor(session: Session) -> str | None:
    """Return the cursor that the connector gave when the setup was found as needed."""
    return _kept(session)[1] or None


def _kept(session: Session) -> tuple[str, str]:
    known, _, cursor = (session.store.cursor(session.target, Stream.SETUP) or "").partition(
        _BETWEEN
    )
    return known, cursor


def _asked(session: Session, cursor: str | None) -> Page:
    try:
        return session.connector.pull(Stream.SETUP, cursor, 1)
    except CursorExpiredError:
        return session.connector.pull(Stream.SETUP, None, 1)

# mypy: ignore-errors
"""Connectors over HTTP that misread answers, as mutations of the lab's connectors."""

import json
import threading

from leadpolicy.crm.connector import (
    AccessError,
    AnswerLostError,
    BatchRefusedError,
    BusyError,
    ConnectorError,
    Outcome,
    Status,
    ThrottledError,
)
from leadpolicy.testing.lab import wire
from leadpolicy.testing.lab.connectors import AppendConnector, UpsertConnector
from leadpolicy.testing.lab.wire import Wire

from .seeded import caught_by


class Rewired(UpsertConnector):
    """Uses another wire."""

    wire: type[Wire] = Wire

    def __init__(self, url, timeout):
        super().__init__(url, timeout)
        self._wire.close()
        self._wire = self.wire(url, timeout)


class Rereading(Wire):
    """Turns some errors of calls into others."""

    def call(self, *parts):
        try:
            return super().call(*parts)
        except ConnectorError as error:
            raise self.told(error) from None

    def told(self, error):
        return error


@caught_by("status-429-is-throttling")
class IgnoresRetryAfter(Rewired):
    class wire(Rereading):  # noqa: N801
        def told(self, error):
            return ThrottledError("too many") if isinstance(error, ThrottledError) else error


@caught_by("status-429-is-throttling")
class CallsThrottlingARefusal(Rewired):
    class wire(Rereading):  # noqa: N801
        def told(self, error):
            return BatchRefusedError("429") if isinstance(error, ThrottledError) else error


@caught_by("status-429-is-throttling")
class FailsRowsThatCameTooSoon(UpsertConnector):
    def write(self, rows, columns):
        try:
            return super().write(rows, columns)
        except ThrottledError:
            return [Outcome.failed(row.key, "429", "too many calls") for row in rows]


@caught_by("status-429-is-throttling")
class RetriesWhatIsBusy(UpsertConnector):
    def write(self, rows, columns):
        try:
            return super().write(rows, columns)
        except BusyError:
            return super().write(rows, columns)


@caught_by("a-timeout-or-gateway-error-is-in-doubt")
class RetriesAfterAReset(AppendConnector):
    def write(self, rows, columns):
        try:
            return super().write(rows, columns)
        except AnswerLostError:
            return super().write(rows, columns)


@caught_by("a-timeout-or-gateway-error-is-in-doubt")
class CallsALostAnswerBusy(Rewired):
    class wire(Rereading):  # noqa: N801
        def told(self, error):
            return BusyError("busy") if isinstance(error, AnswerLostError) else error


@caught_by("a-timeout-or-gateway-error-is-in-doubt")
class CallsAServerErrorARefusal(UpsertConnector):
    def write(self, rows, columns):
        try:
            return super().write(rows, columns)
        except AnswerLostError as error:
            return [Outcome.failed(row.key, "500", error.message) for row in rows]


@caught_by("an-unreadable-answer-is-in-doubt")
class TakesAnyAnswerForSuccess(UpsertConnector):
    def write(self, rows, columns):
        try:
            return super().write(rows, columns)
        except AnswerLostError:
            return [Outcome(row.key, Status.WRITTEN) for row in rows]


@caught_by("an-unreadable-answer-is-in-doubt")
class BreaksOnBadJson(UpsertConnector):
    def write(self, rows, columns):
        try:
            return super().write(rows, columns)
        except AnswerLostError as error:
            raise json.JSONDecodeError(error.message, "", 0) from None


class Answering(UpsertConnector):
    """Makes outcomes of the raw items."""

    def write(self, rows, columns):
        body = [{"key": r.key, "values": _plain(r, columns)} for r in rows]
        items = self._wire.call("POST", "leads/upsert", {"rows": body})["items"]
        return self.read(rows, items)

    def read(self, rows, items):
        raise NotImplementedError


def _plain(row, columns):
    from leadpolicy.testing.lab.connectors import plain

    return {column.name: plain(row.values[column.name]) for column in columns}


def _outcome(key, item):
    if item["status"] == "refused":
        return Outcome.failed(key, item["code"], item["message"], item["field"])
    return Outcome(key, Status(item["status"]))


@caught_by("garbled-items-are-read-by-key")
class ReadsItemsByTheirPlace(Answering):
    def read(self, rows, items):
        pairs = zip(rows, items, strict=False)
        return [_outcome(row.key, item) for row, item in pairs]


@caught_by("garbled-items-are-read-by-key")
class TakesMissingItemsForSuccess(Answering):
    def read(self, rows, items):
        found = {item["key"]: _outcome(item["key"], item) for item in items}
        return [found.get(row.key, Outcome(row.key, Status.WRITTEN)) for row in rows]


@caught_by("garbled-items-are-read-by-key")
class TakesMissingItemsForRefusals(Answering):
    def read(self, rows, items):
        found = {item["key"]: _outcome(item["key"], item) for item in items}
        missing = {row.key: Outcome.failed(row.key, "missing", "no answer") for row in rows}
        return [*(missing | found).values()]


@caught_by("a-failed-lookup-is-told")
class TakesFailedLookupsForEmpty(UpsertConnector):
    def lookup(self, keys, columns):
        try:
            return super().lookup(keys, columns)
        except ConnectorError:
            return {}


@caught_by("a-failed-lookup-is-told")
class TakesMissingLookupsForUnknown(UpsertConnector):
    def lookup(self, keys, columns):
        found = {}
        for key in keys:
            try:
                found |= super().lookup([key], columns)
            except AnswerLostError:
                continue
        return found


@caught_by("a-token-is-renewed-once")
class KeepsItsTokenForEver(Rewired):
    class wire(Wire):  # noqa: N801
        def _renew(self, stale):
            return self._token or super()._renew(stale)


@caught_by("a-token-is-renewed-once")
class RenewsInEveryThread(Rewired):
    class wire(Wire):  # noqa: N801
        def __init__(self, *parts):
            super().__init__(*parts)
            self.together = threading.Barrier(2)

        def _renew(self, stale):
            if stale:
                self.together.wait(timeout=5)
                self._token = stale
            answer = self._send("POST", "token", None, None, "")
            self._token = str(wire._read(*answer)["token"])
            return self._token


@caught_by("status-401-and-403-end-the-run")
class CallsForbiddenBusy(Rewired):
    class wire(Rereading):  # noqa: N801
        def told(self, error):
            return BusyError("403") if isinstance(error, AccessError) else error


@caught_by("status-401-and-403-end-the-run")
class FailsRowsOnForbidden(UpsertConnector):
    def write(self, rows, columns):
        try:
            return super().write(rows, columns)
        except AccessError:
            return [Outcome.failed(row.key, "403", "forbidden") for row in rows]


@caught_by("a-slow-answer-ends")
class TakesATimeoutForSuccess(UpsertConnector):
    def write(self, rows, columns):
        try:
            return super().write(rows, columns)
        except AnswerLostError:
            return [Outcome(row.key, Status.UNCHANGED) for row in rows]


@caught_by("an-unreachable-crm-is-not-in-doubt")
class DoubtsWhatWasNeverSent(Rewired):
    class wire(Rereading):  # noqa: N801
        def told(self, error):
            return AnswerLostError("no answer") if isinstance(error, BusyError) else error


@caught_by("a-batch-is-one-call")
class PostsEachRow(UpsertConnector):
    def write(self, rows, columns):
        return [o for row in rows for o in super(PostsEachRow, self).write([row], columns)]

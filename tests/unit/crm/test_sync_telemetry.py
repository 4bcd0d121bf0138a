"""Every batch leaves a span, if OpenTelemetry is installed."""

import sys
from collections.abc import Iterator

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from leadpolicy.crm.sync import push, telemetry
from scripted_crm import AT, DESIRED, new_store, row, scripted


@pytest.fixture(autouse=True)
def anew() -> Iterator[None]:
    telemetry.tracer.cache_clear()
    yield
    telemetry.tracer.cache_clear()


def pushed() -> None:
    store, keys = new_store(), [f"{n:03}" for n in range(250)]
    crm = scripted(store, *keys)
    push(crm, DESIRED, map(row, keys), store, at=AT)
    store.close()


def test_there_is_a_span_for_each_batch_and_none_for_a_lead() -> None:
    spans = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    trace.set_tracer_provider(provider)
    pushed()
    written = [s for s in spans.get_finished_spans() if s.name == "leadpolicy.crm.write"]
    assert [dict(span.attributes or {}) for span in written] == [
        {"leadpolicy.target": "memory:", "leadpolicy.rows": rows} for rows in (100, 100, 50)
    ]
    assert len(spans.get_finished_spans()) < 10


def test_without_opentelemetry_nothing_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.trace", None)
    pushed()
    assert telemetry.tracer() is None

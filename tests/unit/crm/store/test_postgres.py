import pytest

from leadpolicy.crm.store import StoreError, open_store
from stores import CRM, Place, postgres_place, sync_lock

SECRET = "s3cret-w0rd"


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://anna:{SECRET}@127.0.0.1:1/base",
        f"postgresql+psycopg://anna:{SECRET}@127.0.0.1:1/base?schema=mine",
        f"postgresql://anna:{SECRET}@127.0.0.1:1/base?sslmode={SECRET}",
        f"postgresql://anna:{SECRET}@[half",
    ],
)
def test_a_server_that_cannot_be_reached_is_named_without_its_password(url: str) -> None:
    with pytest.raises(StoreError) as caught:
        open_store(url)
    shown = f"{caught.value} {caught.value!r} {caught.value.__cause__}"
    assert SECRET not in shown
    assert "store" in shown


def test_a_schema_of_something_else_is_refused() -> None:
    with postgres_place() as place:
        store = place.open()
        store.db.run("DROP TABLE leadpolicy_store")
        with pytest.raises(StoreError, match="is a database of something else"):
            place.open()


def test_a_connection_that_was_cut_says_what_to_do() -> None:
    with postgres_place() as place:
        store, other = place.open(), place.open()
        sync_lock(store)
        (pid,) = store.db.rows("SELECT pg_backend_pid()")[0]
        other.db.rows("SELECT pg_terminate_backend(?)", (pid,))
        with pytest.raises(StoreError, match="; look whether the server runs"):
            sync_lock(store)
        assert other.held(CRM, "sync") is not None


def test_stores_in_two_schemas_know_nothing_of_each_other() -> None:
    with postgres_place() as one, postgres_place() as other:
        sync_lock(one.open())
        assert other.open().held(CRM, "sync") is None


def test_many_open_a_new_store_at_once() -> None:
    from concurrent.futures import ThreadPoolExecutor

    def lineage(place: Place) -> str:
        return place.open().deployment(CRM).lineage

    with postgres_place() as place, ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(lineage, [place] * 4))) == 1

"""The kit as tests of a connector's own test suite."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from leadpolicy.testing.contract.behaviour import Behaviour, Tier
from leadpolicy.testing.contract.catalogue import behaviours
from leadpolicy.testing.contract.harness import Harness
from leadpolicy.testing.contract.reasons import read_reasons
from leadpolicy.testing.contract.running import Mark, check


def contract_tests(
    harness: Harness, reasons: Path | str | None = None, up_to: Tier = Tier.PLATINUM
) -> Callable[[Behaviour], None]:
    """Return a pytest test with one case for each behaviour; assign it to a name `test_…`.

    `reasons` names the file `connector.toml`. What it takes out, and what the capabilities deny,
    is skipped with the reason.
    """
    import pytest

    chosen = behaviours(up_to)
    written = _reasons(reasons)

    @pytest.mark.parametrize("behaviour", chosen, ids=[b.slug for b in chosen])
    def test_contract(behaviour: Behaviour) -> None:
        result = check(behaviour, harness, written)
        if result.mark is Mark.FAILED:
            pytest.fail(f"{behaviour.statement}\n{result.reason}", pytrace=False)
        if result.mark is not Mark.PASSED:
            pytest.skip(f"{result.mark.value}: {result.reason}")

    return test_contract


def _reasons(path: Path | str | None) -> Mapping[str, str]:
    slugs = [behaviour.slug for behaviour in behaviours()]
    return {} if path is None else read_reasons(Path(path), slugs)

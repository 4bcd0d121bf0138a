"""`leadpolicy explain`: one lead, its decision, why, why not, and what is missing."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leadpolicy.cli import codes
from leadpolicy.cli.boundary import UsageError
from leadpolicy.cli.options import DEFAULT_POLICY, At, Bind, Json, Lang, Language, PolicyOption
from leadpolicy.cli.terminal import fail, show_json, tell

if TYPE_CHECKING:
    from leadpolicy.engine.missing.result import Missing
    from leadpolicy.engine.why import Answer


def explain(
    leads: Annotated[Path, typer.Option(help="Leads: .csv, .jsonl or .parquet.")],
    key: Annotated[str, typer.Option(help="Key of the lead.")],
    policy: PolicyOption = DEFAULT_POLICY,
    signals: Annotated[Path | None, typer.Option(help="Signals of the leads.")] = None,
    consents: Annotated[Path | None, typer.Option(help="Consent events of the leads.")] = None,
    bind: Bind = None,
    why: Annotated[str | None, typer.Option(help="State, criterion or score: why so?")] = None,
    why_not: Annotated[str | None, typer.Option(help="State or criterion: why not?")] = None,
    missing: Annotated[
        str | None, typer.Option(help="State: what is missing? Without it, for the next one.")
    ] = None,
    at: At = None,
    lang: Language = Lang.EN,
    json: Json = False,
) -> None:
    """Explain the decision about one lead of a file."""
    from leadpolicy.engine.loading import load
    from leadpolicy.exchange.fitting import binding_for
    from leadpolicy.exchange.rejects import Reject
    from leadpolicy.exchange.run import Inputs
    from leadpolicy.exchange.single import decide_one

    loaded = load(policy)
    binding, inputs = binding_for(bind, loaded.checked), Inputs(leads, signals, consents)
    decided, unused = decide_one(loaded, inputs, binding, key, at=at or datetime.now(UTC))
    for item in unused:
        tell(f"not used: {item}", "yellow")
    if isinstance(decided, Reject):
        fail(str(decided))
        raise typer.Exit(codes.REJECTED)
    try:
        asked: dict[str, Answer | Missing] = {
            "why": decided.why(why),
            **({"why_not": decided.why_not(why_not)} if why_not else {}),
            "missing": decided.missing(missing),
        }
    except ValueError as error:
        raise UsageError(str(error)) from None
    if json:
        answers = {name: answer.to_dict() for name, answer in asked.items()}
        show_json({"key": key, "decision": decided.to_dict(), **answers})
        return
    texts = (decided.explain(lang.value), *(answer.text(lang.value) for answer in asked.values()))
    typer.echo("\n\n".join(texts))

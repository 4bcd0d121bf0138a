"""`leadpolicy sandbox`: a practice CRM on this machine, to rehearse plan, apply and sync with."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

import typer

from leadpolicy.cli.options import Json
from leadpolicy.cli.terminal import show_json, tell


def sandbox(
    name: Annotated[str, typer.Argument(help="The CRM, such as `salesforce`.")],
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")
    ] = 8125,
    leads: Annotated[int, typer.Option(min=0, help="How many sample leads it has.")] = 200,
    seed: Annotated[int, typer.Option(help="Another number gives other leads.")] = 1,
    policy: Annotated[
        str, typer.Option("--policy", "-p", help="The policy that the hints speak of.")
    ] = "b2b-de",
    json: Json = False,
) -> None:
    """Start a practice CRM on this machine and serve until Ctrl-C; nothing is kept.

    It speaks the API of the real one, so that a policy can be deployed and leads be synced without
    an account. What to type next is printed first.
    """
    from leadpolicy.cli.registry import installed

    started = installed().sandbox(name).start(port=port, leads=leads, seed=seed)
    with closing(started) as crm:
        hints = list(crm.hints(policy))
        if json:
            show_json({"url": crm.url, "hints": hints})
        else:
            tell(f"a practice {name} with {leads} leads listens at {crm.url}", "green")
            tell("in another terminal:\n" + "\n".join(f"  {hint}" for hint in hints))
            tell("Ctrl-C ends it")
        try:
            crm.wait()
        except KeyboardInterrupt:
            tell("ended")

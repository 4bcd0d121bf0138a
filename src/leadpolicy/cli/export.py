"""`leadpolicy export`: what the policy needs in a CRM, as files for a pipeline of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from leadpolicy.cli.options import (
    DEFAULT_POLICY,
    Bind,
    Both,
    Json,
    Native,
    PolicyOption,
    Prefix,
)
from leadpolicy.cli.terminal import show, show_json, tell


def export(
    folder: Annotated[Path, typer.Argument(help="Folder to write into.", metavar="DIR")],
    to: Annotated[
        str, typer.Option("--to", help="The CRM; `leadpolicy plugins` lists the exporters.")
    ],
    policy: PolicyOption = DEFAULT_POLICY,
    bind: Bind = None,
    prefix: Prefix = "lp_",
    native: Native = False,
    both: Both = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace files that were not exported.")
    ] = False,
    json: Json = False,
) -> None:
    """Write what the policy needs in a CRM as files; no CRM is asked.

    The same policy gives the same files. What an earlier export wrote and is no longer needed is
    removed from the folder.
    """
    from leadpolicy.cli.deployment import computed
    from leadpolicy.cli.exporting import exported, write_tree
    from leadpolicy.cli.registry import installed
    from leadpolicy.crm.render import placements
    from leadpolicy.engine.loading import load
    from leadpolicy.exchange.fitting import binding_for

    exporter, checked = installed().exporter(to), load(policy).checked
    binding = binding_for(bind, checked)
    mode = computed(binding, native=native, both=both)
    desired, files = exported(exporter, checked, binding, prefix=prefix, native=mode)
    done = write_tree(folder, files, overwrite=overwrite)
    if json:
        removed = list(done.removed)
        show_json({"folder": str(folder), "files": sorted(files), "removed": removed})
        return
    show("\n".join(placements(desired.placements)))
    gone = f", removed {len(done.removed)}" if done.removed else ""
    tell(f"wrote {len(done.new)} files, {len(done.same)} stood already{gone}: {folder}", "green")

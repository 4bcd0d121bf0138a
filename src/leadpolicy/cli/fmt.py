"""`leadpolicy fmt`: a policy as one document in canonical YAML."""

from __future__ import annotations

from leadpolicy.cli.options import DEFAULT_POLICY, Out, PolicyArgument
from leadpolicy.cli.terminal import put


def fmt(path: PolicyArgument = DEFAULT_POLICY, out: Out = None) -> None:
    """Print a policy as one document in canonical YAML, what it includes and extends merged in."""
    from leadpolicy.documents.write import write
    from leadpolicy.engine.loading import read_policy

    put(write(read_policy(path).require().policy), out)

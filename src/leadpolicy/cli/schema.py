"""`leadpolicy schema`: the JSON Schema with which editors complete and check documents."""

from __future__ import annotations

import json

from leadpolicy.cli.options import Out
from leadpolicy.cli.terminal import put


def schema(out: Out = None) -> None:
    """Print the JSON Schema of policy documents, for editors."""
    from leadpolicy.documents.schema import schema as policy_schema

    put(json.dumps(policy_schema(), ensure_ascii=False, indent=2), out)

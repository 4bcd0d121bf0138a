"""A practice org: what leadpolicy and RevOps meet day to day in a Salesforce org, in memory."""

from __future__ import annotations

from leadpolicy_sandbox.salesforce.org.arranging import Arranging
from leadpolicy_sandbox.salesforce.org.recording import Recording


class Org(Recording, Arranging):
    """Records, setup and users of one org; every method may be called from any thread.

    `clock` tells the time (default: real time); `limits` are those of an edition. Users are kept
    by user name: `admin@`, `integration@`, `marketing@` and `sales@practice.example` exist. A
    method's `user` None is the system: it sees and edits every field.
    """

"""Who holds a lock, and whether that process still runs."""

from __future__ import annotations

import getpass
import os
import socket
from pathlib import Path

from leadpolicy.crm.store.contract import Holder

_PROCESSES = Path("/proc")
_MACHINE = Path("/etc/machine-id")
_STARTED = 19
"""The place of the start time behind the name of the program in a `stat` file of Linux."""


def this_process() -> Holder:
    """Return the account, machine and process that run this."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = f"account {os.getuid()}"
    return Holder(user, socket.gethostname(), os.getpid())


def mark(holder: Holder) -> str:
    """Return what tells a process from a later one of the same number; empty if unknown.

    Four words: the machine, its start, the space that processes are numbered in, and the start of
    the process.
    """
    if holder.host != socket.gethostname():
        return ""
    try:
        stat = (_PROCESSES / str(holder.pid) / "stat").read_text()
        return " ".join((*_surroundings(), stat.rpartition(")")[2].split()[_STARTED]))
    except (OSError, IndexError):
        return ""


def _surroundings() -> tuple[str, str, str]:
    boot = (_PROCESSES / "sys/kernel/random/boot_id").read_text().strip()
    return _machine(), boot, str((_PROCESSES / "self/ns/pid").readlink())


def _machine() -> str:
    try:
        return _MACHINE.read_text().strip() or "-"
    except OSError:
        return "-"


def has_ended(holder: Holder, known: str) -> bool:
    """Tell whether the process of a holder is known to have ended; `known` is its mark.

    Of other machines, and of processes that are numbered in another space, nothing is known.
    """
    if os.name != "posix" or holder.host != socket.gethostname():
        return False
    if not known:
        return not _runs(holder.pid)
    machine, boot, space, _ = known.split(" ")
    now = _surroundings()
    if boot != now[1]:
        return machine == now[0] != "-"
    return space == now[2] and (not _runs(holder.pid) or known != mark(holder))


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True

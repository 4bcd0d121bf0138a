"""A real Tryton server on a database of its own, made once and kept for later runs."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import httpx

INSTALL = "pip install trytond trytond_sale_opportunity"
DATABASE = "crm"
ADMIN_PASSWORD = "the password of the administrator"
_PATIENCE = 120
_MEMORY = Path("/dev/shm")


def is_installed() -> bool:
    """Tell whether the server and the module for opportunities are there."""
    return (
        find_spec("trytond") is not None
        and find_spec("trytond.modules.sale_opportunity") is not None
    )


def template(folder: Path) -> Path:
    """Return a database with the module activated; the first run makes it, in half a minute."""
    made = folder / f"sale_opportunity-{version('trytond-sale-opportunity')}.sqlite"
    if not made.exists():
        with _alone(folder / "making"):
            if not made.exists():
                _make(folder, made)
    return made


def _make(folder: Path, made: Path) -> None:
    work = folder / f"work-{os.getpid()}"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    database = work / f"{DATABASE}.sqlite"
    database.touch()
    config = _configured(work, _free_port())
    (work / "password").write_text(ADMIN_PASSWORD)
    command = [_script("trytond-admin"), "-c", str(config), "-d", DATABASE]
    command += ["-u", "sale_opportunity", "--activate-dependencies", "--email", "a@example.com"]
    environment = os.environ | {"TRYTONPASSFILE": str(work / "password")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    database.rename(made)
    shutil.rmtree(work)


@contextmanager
def _alone(place: Path) -> Iterator[None]:
    """Hold a folder that only one process can make; wait for the others."""
    ending = time.monotonic() + _PATIENCE
    while True:
        try:
            place.mkdir()
            break
        except FileExistsError:
            if time.monotonic() > ending:
                place.rmdir()
            time.sleep(0.2)
    try:
        yield
    finally:
        if place.exists():
            place.rmdir()


def _configured(folder: Path, port: int) -> Path:
    config = folder / "trytond.conf"
    config.write_text(
        f"[database]\nuri = sqlite:///{folder}/\npath = {folder}\n"
        f"[web]\nlisten = 127.0.0.1:{port}\n"
    )
    return config


def _script(name: str) -> str:
    return str(Path(sys.executable).with_name(name))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(folder: Path) -> Iterator[TrytonServer]:
    """Give a server on a copy of the prepared database, in memory where there is a place."""
    folder.mkdir(parents=True, exist_ok=True)
    room = str(_MEMORY) if _MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="leadpolicy-tryton-", dir=room) as work:
        shutil.copy(template(folder), Path(work) / f"{DATABASE}.sqlite")
        server = TrytonServer(Path(work))
        server.start()
        try:
            yield server
        finally:
            server.stop()


@dataclass
class TrytonServer:
    """The server process; it can be killed and started again on the same database and port."""

    folder: Path
    port: int = field(default_factory=_free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        config = _configured(self.folder, self.port)
        quick = Path(__file__).with_name("quick_trytond.py")
        command = [
            sys.executable,
            str(quick),
            str(self.folder / "clock"),
            _script("trytond"),
            "-c",
            str(config),
            "-d",
            DATABASE,
        ]
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        self._wait()

    def _wait(self) -> None:
        ending = time.monotonic() + _PATIENCE
        while time.monotonic() < ending:
            assert self.process is not None and self.process.poll() is None, self.log()
            try:
                httpx.get(self.address, timeout=5, verify=False)
            except httpx.TransportError:
                time.sleep(0.1)
            else:
                return
        raise AssertionError(f"the server does not answer\n{self.log()}")

    def set_clock(self, text: str) -> None:
        """Set the clock so many seconds apart, or stop it; see `quick_trytond`."""
        clock = self.folder / "clock"
        if text == "0":
            clock.unlink(missing_ok=True)
        else:
            clock.write_text(text)

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def log(self) -> str:
        return (self.folder / "server.log").read_text(errors="replace")[-4000:]

"""Measure JSON bytes to a validated lead: `python -m benchmarks.validators`.

Every validator has the same duty: the bytes are JSON, every attribute is there, types are exact (no
text read as a number, no flag as a number), numbers are not negative, industry and country are
known codes, null is allowed everywhere. Each must read a thousand good leads right and refuse every
broken one before its time counts.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from importlib import import_module
from pathlib import Path

from benchmarks.measure import Timing, side_by_side
from benchmarks.seed_policy import ATTRIBUTES, leads
from benchmarks.table import print_table
from benchmarks.validating import MODULES, Read

ROUNDS = 200
CHECKED_LEADS = 1_000
CHECK_SEED = 1_000_003


def main(arguments: Sequence[str] | None = None) -> int:
    """Check, measure and print; return 1 if a validator is missing or does not do its duty."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.validators", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"default {ROUNDS}, at least 2")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures to FILE")
    options = parser.parse_args(arguments)
    if options.rounds < 2:
        parser.error("--rounds must be at least 2")
    readers, problems = built()
    wrong = {title: list(failures(title, read)) for title, read in readers.items()}
    sound = {title: read for title, read in readers.items() if not wrong[title]}
    timings = side_by_side(sound, documents, options.rounds)
    _print(timings)
    problems += [problem for found in wrong.values() for problem in found]
    for problem in problems:
        print(problem, file=sys.stderr)
    if options.json:
        report = {title: asdict(timing) for title, timing in timings.items()}
        options.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return int(bool(problems))


def built() -> tuple[dict[str, Read], list[str]]:
    """Return every reader that can be built, and what is not installed for the others."""
    readers: dict[str, Read] = {}
    problems = []
    for name in MODULES:
        try:
            module = import_module(f"benchmarks.validating.{name}")
        except ModuleNotFoundError as error:
            problems.append(f"{name}: not installed: {error.name}")
        else:
            readers |= module.validators()
    return readers, problems


def documents(seed: int, count: int) -> list[bytes]:
    """Return leads as JSON bytes, the same ones for the same `seed`."""
    return [json.dumps(lead, ensure_ascii=False).encode() for lead in leads(count, seed)]


def broken_documents() -> Iterator[bytes]:
    """Yield documents that are no valid lead, each for one reason."""
    lead = dict(leads(1, CHECK_SEED)[0])
    wrong: dict[str, tuple[object, ...]] = {
        attribute: ("3", True, 1.5, -1, []) for attribute in ATTRIBUTES
    }
    wrong |= dict.fromkeys(("industry", "country"), ("elsewhere", 3, True, []))
    wrong |= dict.fromkeys(("job_title", "email"), (3, True, []))
    wrong |= dict.fromkeys(ATTRIBUTES[-4:], ("true", 1, 0, []))
    for attribute, values in wrong.items():
        yield json.dumps({name: lead[name] for name in lead if name != attribute}).encode()
        for value in values:
            yield json.dumps({**lead, attribute: value}).encode()
    yield b"[]"
    yield b"{"
    yield b'{"employees": NaN}'


def failures(title: str, read: Read) -> Iterator[str]:
    """Yield what the reader gets wrong: a good lead misread, or a broken one let through."""
    for document in documents(CHECK_SEED, CHECKED_LEADS):
        if _fields(read(document)) != json.loads(document):
            yield f"{title}: misreads {document!r}"
    for document in broken_documents():
        try:
            read(document)
        except Exception:
            continue
        yield f"{title}: lets through {document!r}"


def _fields(record: object) -> dict[str, object]:
    if isinstance(record, dict):
        return record
    return {attribute: getattr(record, attribute) for attribute in ATTRIBUTES}


def _print(timings: dict[str, Timing]) -> None:
    ranked = sorted(timings, key=lambda title: timings[title].median_us)
    fastest = timings[ranked[0]].median_us
    print_table(
        ("validator", "us", "x fastest"),
        [
            (title, f"{timings[title].median_us:.2f}", f"{timings[title].median_us / fastest:.2f}")
            for title in ranked
        ],
        right=(1, 2),
    )
    print(f"\nfastest: {ranked[0]}")


if __name__ == "__main__":
    sys.exit(main())

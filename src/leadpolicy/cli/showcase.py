"""The demo, step by step: generate, check, plan, apply, decide, sync, explain."""

from __future__ import annotations

import shutil
import sys
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Final

from leadpolicy.cli.boundary import UsageError
from leadpolicy.cli.checking import examine
from leadpolicy.cli.counts import show_counts
from leadpolicy.cli.deployment import Deployment, deployed, open_store
from leadpolicy.cli.showcase_words import CONTENTS, WORDS
from leadpolicy.cli.specimen import Specimens
from leadpolicy.cli.syncing import synchronise
from leadpolicy.cli.terminal import progress, show, show_diagnostics, table, title
from leadpolicy.cli.waterfall import waterfall
from leadpolicy.crm.apply import apply
from leadpolicy.crm.desired import feedback_details
from leadpolicy.crm.plan import propose
from leadpolicy.crm.render import render, summary
from leadpolicy.crm.store import Store
from leadpolicy.crm.sync import Settings
from leadpolicy.engine.decision import Decision
from leadpolicy.engine.jsonready import instant
from leadpolicy.engine.lead_policy import LeadPolicy
from leadpolicy.exchange.rejects import Reject
from leadpolicy.exchange.results import result_columns, result_row
from leadpolicy.exchange.writing import writing
from leadpolicy.policy.fields import Lang
from leadpolicy.report.glossary import glossary_html
from leadpolicy.report.svg import svg
from leadpolicy.testing.world import World, generate_world

PACK: Final = "b2b-de"
MARKER: Final = ".leadpolicy-demo"
PREFIX: Final = "lp_"


class Showcase:
    """One run of the demo in a folder of its own."""

    def __init__(self, folder: Path, *, leads: int, seed: int, lang: Lang) -> None:
        self._folder = folder
        self._leads, self._seed, self._lang = leads, seed, lang
        self._words = WORDS[lang]
        self._crm = folder / "crm.db"
        self._binding = folder / "binding.yaml"

    def run(self) -> None:
        """Go the whole way once; raises `UsageError` for a folder that is no demo's."""
        _fresh(self._folder)
        world = self._make_world()
        self._check(world.until)
        place = deployed(PACK, str(self._crm), self._binding, "generic", PREFIX)
        with place as deployment, open_store(None, str(self._crm)) as store:
            self._deploy(deployment, store, world.until)
            self._play_sales(deployment, world)
            specimens = self._sync(deployment, store, world.until)
            self._write_pages(deployment.policy)
        self._explain(specimens, deployment.policy)
        self._list_files(world.until)

    def _make_world(self) -> World:
        with progress(self._words.world):
            world = generate_world(seed=self._seed, leads=self._leads)
            world.write_sqlite(self._crm)
        binding = files("leadpolicy.testing") / "world_binding.yaml"
        self._binding.write_text(binding.read_text(encoding="utf-8"), encoding="utf-8")
        title(self._words.world)
        counts = {name: _grouped(len(rows)) for name, rows in world.tables().items()}
        show(self._words.made.format(**counts, seed=self._seed))
        return world

    def _check(self, at: datetime) -> None:
        title(self._words.check)
        found = examine(PACK, at.date())
        show_diagnostics(found.diagnostics, {})
        show(
            self._words.checked.format(
                name=PACK,
                version=found.checked.version if found.checked else "?",
                errors=found.errors,
                warnings=found.warnings,
                passed=sum(case.passed for case in found.cases),
                cases=len(found.cases),
            )
        )

    def _deploy(self, place: Deployment, store: Store, at: datetime) -> None:
        title(self._words.plan)
        plan = propose(place.connector, place.desired, store)
        text = render(plan)
        (self._folder / "plan.txt").write_text(f"{text}\n", encoding="utf-8")
        show(text)
        report = apply(plan, place.connector, store, at=at)
        again = summary(propose(place.connector, place.desired, store))
        show(self._words.applied.format(changed=report.changed, again=again))

    def _play_sales(self, place: Deployment, world: World) -> None:
        feedback = place.policy.checked.policy.feedback
        if feedback is None:
            return
        at, by = feedback_details(feedback)
        count = world.enter_feedback(
            self._crm, verdict=feedback.verdict, reason=feedback.reason, at=at, by=by
        )
        title(self._words.sales.format(count=_grouped(count)))

    def _sync(self, place: Deployment, store: Store, at: datetime) -> Specimens:
        title(self._words.sync.format(at=instant(at)))
        checked, specimens = place.policy.checked, Specimens()
        columns = result_columns(checked)
        with writing(self._folder / "decisions.jsonl", columns) as write, progress("1/2") as shown:

            def observe(outcome: tuple[str, Decision] | Reject) -> None:
                if not isinstance(outcome, Reject):
                    write(result_row(*outcome, checked, whole=True))
                    specimens.look_at(*outcome)

            first, done = synchronise(
                place, store, at=at, observe=observe, settings=Settings(progress=shown)
            )
        with progress("2/2") as shown:
            _, again = synchronise(place, store, at=at, settings=Settings(progress=shown))
        heads = (self._words.state, self._words.leads, self._words.rating)
        show_counts(first, place.policy, heads, self._lang)
        for words, report in ((self._words.first, done), (self._words.second, again)):
            show(words.format_map(report.counts()))
        show(self._words.feedback.format(new=done.feedback_new, known=done.feedback_unchanged))
        return specimens

    def _explain(self, specimens: Specimens, policy: LeadPolicy) -> None:
        chosen = specimens.choose()
        if chosen is None:
            return
        key, decision = chosen
        title(self._words.one.format(key=key))
        prose = policy.prose(self._lang)
        show(decision.explain(self._lang).partition("\n\n")[0])
        for score in decision.scores:
            show(waterfall(decision, score, prose))
        show(decision.why().text(self._lang), "", decision.missing(limit=3).text(self._lang))

    def _write_pages(self, policy: LeadPolicy) -> None:
        for lang in ("de", "en"):
            page = glossary_html(policy.checked, lang)
            (self._folder / f"glossary_{lang}.html").write_text(page, encoding="utf-8")
        picture = svg(policy.checked.policy, self._lang)
        (self._folder / "lifecycle.svg").write_text(picture, encoding="utf-8")

    def _list_files(self, at: datetime) -> None:
        title(self._words.files)
        rows = [(str(self._folder / name), said) for name, said in CONTENTS[self._lang].items()]
        show(table(None, (self._words.file, self._words.holds), rows))
        options = f"--policy {PACK} --crm {self._crm} --bind {self._binding}"
        show(self._words.again, f"  {_program()} sync {options} --at {instant(at)}")


def _program() -> str:
    """Return how to call the program: by its name, or by its path where that is not known."""
    beside = Path(sys.executable).with_name("leadpolicy")
    if shutil.which("leadpolicy") or not beside.is_file():
        return "leadpolicy"
    here = Path.cwd()
    return str(beside.relative_to(here) if beside.is_relative_to(here) else beside)


def _fresh(folder: Path) -> None:
    """Make the folder anew; only one that a demo made is emptied."""
    if folder.is_dir() and any(folder.iterdir()):
        if not (folder / MARKER).is_file():
            raise UsageError(f"`{folder}` is not a folder that a demo made", "name another folder")
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARKER).write_text("This folder is emptied when the demo runs again.\n")


def _grouped(number: int) -> str:
    return f"{number:,}".replace(",", " ")

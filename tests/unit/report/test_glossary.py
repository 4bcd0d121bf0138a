"""The glossary holds every part of a policy, in both languages, as Markdown and as a page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest
from markdown_it import MarkdownIt

from leadpolicy.backends.prose.values import one_line
from leadpolicy.documents.read import read
from leadpolicy.policy.checked import CheckedPolicy
from leadpolicy.policy.fields import ConditionField, Lang, Name, Part, Wording
from leadpolicy.policy.pipeline import check
from leadpolicy.policy.policy import Policy
from leadpolicy.report.glossary import glossary, glossary_html
from medium import data
from pages import ROOT
from snapshot import assert_same_as_kept
from talk import LANGS, policy

VOID = {"meta", "br", "hr", "link"}


@pytest.fixture(scope="module")
def pack() -> CheckedPolicy:
    return read(ROOT / "policies" / "b2b-de").require()


@pytest.mark.parametrize("lang", LANGS)
def test_a_glossary_reads_as_kept(lang: Lang) -> None:
    text = glossary(policy(), lang).replace(policy().content_hash[:12], "0" * 12)
    assert_same_as_kept(f"report/glossary.{lang}.md", text)


class Page(HTMLParser):
    """Checks that tags are closed in order, and collects text, ids, links and scripts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ""
        self.attributes: list[tuple[str, str, str | None]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value) for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def values(self, name: str) -> list[str | None]:
        return [value for _, found, value in self.attributes if found == name]


def said(checked: CheckedPolicy, lang: Lang) -> Iterator[str]:
    """Yield every title, definition, reason and source that the policy writes in a language."""
    waiting: list[object] = [checked.policy]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Wording):
            yield one_line(part.text(lang))
        elif isinstance(part, Part):
            waiting += [getattr(part, name) for name in type(part).model_fields]
        elif isinstance(part, Mapping):
            waiting += part.values()


@pytest.mark.parametrize("lang", LANGS)
def test_the_page_says_whatever_the_pack_says(pack: CheckedPolicy, lang: Lang) -> None:
    text = one_line(Page(glossary_html(pack, lang)).text)
    assert {sentence for sentence in said(pack, lang) if sentence not in text} == set()


@pytest.mark.parametrize("lang", LANGS)
def test_markdown_and_page_say_the_same(lang: Lang) -> None:
    markdown = MarkdownIt("commonmark").enable("table").render(glossary(policy(), lang))
    words = set(Page(markdown).text.split("stateDiagram-v2")[0].split())
    assert words <= set(Page(glossary_html(policy(), lang)).text.split())


@pytest.mark.parametrize("lang", LANGS)
def test_the_page_is_whole_and_needs_nothing_else(pack: CheckedPolicy, lang: Lang) -> None:
    html = glossary_html(pack, lang)
    page = Page(html)
    assert html.startswith("<!doctype html>")
    assert page.open == []
    assert ("html", "lang", lang) in page.attributes
    assert ("meta", "charset", "utf-8") in page.attributes
    assert not page.values("src")
    links = page.values("href")
    assert len(links) > 8
    assert {f"#{name}" for name in page.values("id")} >= set(links)
    picture = html[html.index("<svg") : html.index("</svg>") + len("</svg>")]
    assert ET.fromstring(picture).tag.endswith("svg")


def test_html_in_a_policy_is_shown_and_never_run() -> None:
    evil = "<script>alert('x')</script><img src=x onerror=alert(1)> [x](javascript:alert(1))"
    found = data(title=evil, states__mql__title=evil, states__mql__definition=evil)
    found["criteria"]["target_segment"]["title"] = evil
    found["transitions"]["again"] = {"title": evil, "from": ["mql"], "to": "sql"}
    page = Page(glossary_html(check(Policy.model_validate(found)), "en"))
    assert {tag for tag, _, _ in page.attributes}.isdisjoint({"script", "img", "iframe"})
    assert not any(name.startswith("on") for _, name, _ in page.attributes)
    assert not [link for link in page.values("href") if not str(link).startswith("#")]
    assert evil in page.text


class Territory(Part):
    """A kind of part that the glossary has never heard of."""

    title: Wording
    covers: ConditionField

    def describe(self, lang: Lang) -> str:
        """Return the title."""
        return f"{self.title.text(lang)} im Norden"


class PolicyWithTerritories(Policy):
    """A policy that knows territories."""

    territories: Mapping[Name, Territory] = {}


def test_a_new_kind_of_part_has_a_section() -> None:
    north = {"title": {"de": "Nord", "en": "North"}, "covers": "employees >= 100"}
    checked = check(PolicyWithTerritories.model_validate(data(territories={"north": north})))
    assert "## Weitere Regeln\n\n- **Nord:** Nord im Norden\n" in glossary(checked, "de")


def test_a_policy_of_states_alone_has_a_glossary() -> None:
    bare: dict[str, object] = {
        "policy": "bare",
        "version": "1",
        "title": "Nur Zustände",
        "governance": data()["governance"],
        "record": {"attributes": {"employees": {"type": "whole", "title": "Mitarbeitende"}}},
        "initial": "lead",
        "states": {"lead": data()["states"]["lead"]},
    }
    text = glossary(check(Policy.model_validate(bare)), "de")
    headings = [line for line in text.splitlines() if line.startswith("## ")]
    assert headings == ["## Der Weg eines Leads", "## Zustände", "## Angaben zum Lead"]

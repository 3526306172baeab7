"""The documentation is true: its links, commands, addresses and words are those of the code."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

from winnow import cli
from winnow.server import models

ROOT = Path(__file__).parents[2]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)|(?:src|href)=\"([^\"]+)\"")
ADDRESS = re.compile(
    r"(?<![\w/])(?:(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) )?(?:https?://[\w.:]+)?(/api/[\w/{}.$*-]*)"
)


def code(page: Path) -> list[str]:
    """Lines of the code blocks, joined where a backslash continues them, and the code spans in the text."""
    text = page.read_text()
    blocks = "\n".join(FENCE.findall(text)).replace("\\\n", " ")
    return [*blocks.splitlines(), *re.findall(r"`([^`\n]+)`", FENCE.sub("", text))]


def anchors(page: Path) -> set[str]:
    """Headings as they appear in addresses, by GitHub's rule."""
    titles = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


def relative(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def test_links_lead_somewhere() -> None:
    dead = []
    for page in PAGES:
        for link in ("".join(pair) for pair in LINK.findall(page.read_text())):
            if link.startswith(("http://", "https://", "mailto:")):
                continue
            name, _, anchor = link.partition("#")
            target = (page.parent / name).resolve() if name else page
            if not target.exists() or (anchor and anchor not in anchors(target)):
                dead.append(f"{relative(page)}: {link}")
    assert dead == []


def test_every_page_is_reached_from_the_readme() -> None:
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page not in reached:
            reached.add(page)
            links = ("".join(pair).partition("#")[0] for pair in LINK.findall(page.read_text()))
            waiting += [target for link in links if (target := (page.parent / link).resolve()) in PAGES]
    assert [relative(page) for page in PAGES if page not in reached] == []


def options(command: str) -> set[str]:
    """The options of one `winnow` command, from its own parser."""
    science = next(a for a in cli._parser()._actions if isinstance(a, argparse._SubParsersAction)).choices
    if command in science and command not in {*cli.INSTALLATION, "manage"}:
        return set(science[command]._option_string_actions)
    parser = load_command_class(get_commands()[command], command).create_parser("winnow", command)
    return set(parser._option_string_actions)


def commands() -> set[str]:
    return set(next(a for a in cli._parser()._actions if isinstance(a, argparse._SubParsersAction)).choices)


def test_commands_exist_with_their_options() -> None:
    wrong = []
    for page in PAGES:
        for line in code(page):
            for manage, name, rest in re.findall(r"(?:^|[ (]|bin/)winnow (manage )?([a-z_]+)\b([^#|]*)", line):
                known = set(get_commands()) if manage else commands()
                given = set(re.findall(r"(?<!\S)-{1,2}[A-Za-z][\w-]*", rest))
                if name not in known or (name != "manage" and given - options(name)):
                    wrong.append(f"{relative(page)}: {line.strip()}")
    assert wrong == []


def test_every_command_is_described() -> None:
    page = (ROOT / "docs" / "reference" / "commands.md").read_text()
    assert sorted(re.findall(r"^## `winnow ([a-z]+)", page, re.MULTILINE)) == sorted(commands())


def test_make_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {
        (relative(page), name) for page in PAGES for line in code(page) for name in re.findall(r"^make (\w+)", line)
    }
    assert {(page, name) for page, name in named if name not in targets} == set()


@pytest.fixture(scope="module")
def routes() -> dict[tuple[str, str], str]:
    """(method, path with `{}` for its parameters) → who may pass, as the OpenAPI description says."""
    from winnow.server.api.site import api

    paths = api.get_openapi_schema(path_prefix="/api/")["paths"]
    return {
        (method.upper(), shape(path)): operation["x-needs"]
        for path, operations in paths.items()
        for method, operation in operations.items()
    }


def shape(path: str) -> str:
    """Numbers, shell variables and names in braces are all parameters."""
    return re.sub(r"(?<=/)(\{\w+\}|\$\{?\w+\}?|\d+)(?=/|\.|$)", "{}", path)


BESIDE_THE_API = {"/api/", "/api/docs", "/api/openapi.json"}


def test_addresses_exist(routes: dict[tuple[str, str], str]) -> None:
    wrong = []
    for page in PAGES:
        for line in code(page):
            for method, path in ADDRESS.findall(line.replace("$URL", "/api")):
                there = {verb for verb, known in routes if known == shape(path)}
                if path not in BESIDE_THE_API and (not there or (method and method not in there)):
                    wrong.append(f"{relative(page)}: {method} {path}")
    assert wrong == []


def test_every_route_is_described_with_who_may_call_it(routes: dict[tuple[str, str], str]) -> None:
    row = re.compile(r"^\| `([A-Z]+) (/api/[^`]*)` \| ([a-z-]+) \|", re.MULTILINE)
    names = {"anybody": "public", "user": "signed-in"}
    pages = [ROOT / "docs" / "reference" / name for name in ("http.md", "paper-urls.md")]
    rows = [found for page in pages for found in row.findall(page.read_text())]
    assert {(method, shape(path)): names.get(who, who) for method, path, who in rows} == routes


def test_every_noun_is_in_the_glossary() -> None:
    text = (ROOT / "docs" / "glossary.md").read_text()
    assert [noun for noun in models.__all__ if f"**{noun}**" not in text] == []

"""The README tells the truth: its files, commands, outputs, links and names are tried.

A fenced block is known by its info string. `LANGUAGE FILE` is a file of the reader's; `sh run` is run, by default with
exit code 0 (`exit=N`), and a `text output` block after it is what is printed: `…` stands for anything within a line,
or, alone on a line, for any lines; durations differ. A `python` block without a file is run; an `sh` block without
`run` starts something that goes on, and is only read.
"""

from __future__ import annotations

import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import click
import pytest

from edgeproxy import load
from edgeproxy.cli.main import COMMANDS
from edgeproxy.config.schema import json_schema
from edgeproxy.config.unused import ROWS

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
PAGES = [README, ROOT / "CHANGELOG.md", *sorted((ROOT / "examples").glob("*/README.md"))]
SITE = "127.0.0.1:9000"
"""Where the reader's own site is."""


class Block(NamedTuple):
    """A fenced block."""

    line: int
    language: str
    words: tuple[str, ...]
    """What follows the language."""
    text: str

    @property
    def is_run(self) -> bool:
        return self.language == "sh" and self.words[:1] == ("run",)

    @property
    def file(self) -> str:
        return self.words[0] if self.language in ("python", "yaml") and self.words else ""


@cache
def text() -> str:
    return README.read_text("utf-8")


@cache
def blocks() -> tuple[Block, ...]:
    found = []
    for match in re.finditer(r"^```(.*)\n((?:(?!```).*\n)*)```$", text(), re.MULTILINE):
        language, *words = match[1].split()
        found.append(Block(text().count("\n", 0, match.start()) + 1, language, tuple(words), match[2]))
    return tuple(found)


def after(block: Block) -> Block | None:
    """The output that is shown for a block."""
    following = blocks()[blocks().index(block) + 1 :]
    return following[0] if following and following[0].words == ("output",) else None


def ids(block: Block) -> str:
    return f"line-{block.line}"


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """Address of the reader's site."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Quiet) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the reader works: the examples, and every file that the page shows."""
    folder = tmp_path_factory.mktemp("reader")
    ignored = shutil.ignore_patterns("__pycache__")
    for name in ("examples", "functions"):
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    (folder / "site").mkdir()
    for block in blocks():
        if block.file:
            (folder / block.file).write_text(block.text, "utf-8")
    return folder


def run(arguments: list[str], folder: Path) -> tuple[int, str]:
    """Exit code and output of a command that finds `edgeproxy` and `python` as the reader's shell does."""
    environ = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    # The coverage of this suite, its plugins and its options are not the reader's.
    for name in [name for name in environ if name.startswith(("COV_", "COVERAGE_", "PYTEST_"))]:
        del environ[name]
    result = subprocess.run(
        arguments,
        cwd=folder,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=50,
        check=False,
    )
    return result.returncode, result.stdout


def pattern_of(shown: str) -> str:
    """What an output must look like to be the one that is shown."""
    lines = []
    for line in shown.splitlines():
        if line == "…":
            lines.append(r"(?:.*\n)*?")
            continue
        escaped = re.escape(line).replace("…", ".*")
        lines.append(re.sub(r"\d+\\\.\d\\ ms", r"\\d+\\.\\d\\ ms", escaped) + r"\n")
    return "".join(lines)


# --- commands, files and programs ------------------------------------------------------------------------------------


@pytest.mark.live
@pytest.mark.parametrize("block", [block for block in blocks() if block.is_run], ids=ids)
def test_the_commands_do_what_is_shown(block: Block, folder: Path, site: str) -> None:
    expected = int(next((word[5:] for word in block.words if word.startswith("exit=")), "0"))
    code, output = run(["sh", "-c", block.text.replace(SITE, site)], folder)
    assert code == expected, output
    shown = after(block)
    if shown is not None:
        assert re.fullmatch(pattern_of(shown.text), output), f"README.md:{shown.line} is not what came:\n{output}"


@pytest.mark.live
@pytest.mark.parametrize(
    "block", [block for block in blocks() if block.language == "python" and not block.file.startswith("test_")], ids=ids
)
def test_the_programs_run(block: Block, folder: Path) -> None:
    code, output = run([sys.executable, "-W", "error", "-c", block.text], folder)
    assert (code, output) == (0, "")


@pytest.mark.parametrize("block", [block for block in blocks() if block.language == "yaml"], ids=ids)
def test_the_configurations_are_complete_or_shown_to_be_wrong(block: Block, folder: Path) -> None:
    if any(f"check {block.file}" in other.text and "exit=2" in other.words for other in blocks()):
        return
    assert load(folder / block.file).warnings == ()


def test_every_output_belongs_to_a_command() -> None:
    shown = [block for block in blocks() if block.words == ("output",)]
    assert shown
    assert shown == [after(block) for block in blocks() if block.is_run and after(block)]


def test_an_output_that_differs_is_seen() -> None:
    pattern = pattern_of('a  1.5 ms\n…\n  + b: "c…"\n')
    assert re.fullmatch(pattern, 'a  0.2 ms\nx\ny\n  + b: "cd"\n')
    assert not re.fullmatch(pattern, 'a  0.2 ms\nx\n  + b: "d"\n')
    assert not re.fullmatch(pattern, 'a  0.2 ms\n  + b: "c"\nmore\n')


# --- names -----------------------------------------------------------------------------------------------------------


@cache
def commands() -> Mapping[str, click.Command]:
    return {name: import_module(f"edgeproxy.cli.{name}").command for name in COMMANDS}


def test_every_command_is_there_and_named() -> None:
    named = set(re.findall(r"^edgeproxy ([a-z]+)", "\n".join(code()), re.MULTILINE))
    assert named == set(COMMANDS)


def test_every_option_is_there() -> None:
    options = {option for command in commands().values() for it in command.params for option in it.opts}
    used = set(re.findall(r"(?<![\w-])(--?[a-zA-Z][a-z-]*)", "\n".join(code_of_edgeproxy())))
    assert {"--origin", "--viewer-response", "--no-admin", "-H"} <= used
    assert used <= options | {"--help"}


@pytest.mark.parametrize("block", [block for block in blocks() if block.language == "sh" and not block.is_run], ids=ids)
def test_a_block_that_is_only_read_can_be_typed(block: Block) -> None:
    for line in block.text.splitlines():
        program, name, *arguments = line.split()
        if program == "make":
            assert name in make_targets()
            continue
        assert program == "edgeproxy"
        commands()[name].make_context(name, arguments)


def test_every_make_target_is_there() -> None:
    named = set(re.findall(r"\bmake ([a-z]+)", "\n".join(code())))
    assert {"run", "test", "bench"} <= named
    assert named <= make_targets()


def test_every_key_is_there() -> None:
    first_cells = re.findall(r"^\| ([^|]+) \|", section("### The configuration file"), re.MULTILINE)[2:]
    keys = re.findall(r"`([a-z_.*]+)`", " ".join(first_cells))
    assert len(keys) > 20
    assert [key for key in keys if not has_key(key.split("."))] == []
    assert not has_key(["distribution", "origins", "*", "urls"])
    assert not has_key(["functions", "code"])


def test_what_is_not_there_yet_is_said() -> None:
    """A row of the table that makes the warnings is a name on this page."""
    told = section("## What is emulated, approximated, and not there yet")
    names = {str(next(part for part in reversed(row.path) if part != "*")) for row in ROWS}
    named = {name for name in names if f"`{name}`" in told or f"`{name}:" in told}
    assert names - named == set()


def test_every_file_that_is_named_is_there() -> None:
    named = {
        name.rstrip("/") for name in re.findall(r"`((?:edgeproxy|tests|functions|examples)(?:/[\w./-]*)?)`", text())
    }
    assert len(named) > 10
    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_and_picture_is_there(page: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8"))
    local = [link.partition("#")[0] for link in links if "://" not in link]
    assert [link for link in local if not (page.parent / link).exists()] == []


def test_the_pictures_have_words_and_are_small() -> None:
    pictures = re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", text())
    assert pictures
    for words, file in pictures:
        assert len(words) > 40
        assert (ROOT / file).read_bytes().startswith(b"\x89PNG")
        assert (ROOT / file).stat().st_size < 200_000


# --- reading ---------------------------------------------------------------------------------------------------------


def code() -> list[str]:
    """What is written as code, but for outputs and files."""
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```$", "", text(), flags=re.MULTILINE | re.DOTALL))
    return spans + [block.text for block in blocks() if block.language == "sh"]


def code_of_edgeproxy() -> list[str]:
    """The code that is about the command: a command of it, or an option alone."""
    lines = [line for piece in code() for line in piece.splitlines()]
    return [line for line in lines if line.startswith(("edgeproxy ", "-"))]


def section(heading: str) -> str:
    """From a heading to the next one of its level or above."""
    level = heading.index(" ")
    start = text().index(f"\n{heading}\n") + len(heading) + 2
    end = re.compile(rf"^#{{1,{level}}} ", re.MULTILINE).search(text(), start)
    return text()[start : end.start() if end else None]


@cache
def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))


@cache
def schema() -> dict[str, Any]:
    value: dict[str, Any] = json.loads(json.dumps(json_schema()))
    return value


def has_key(parts: list[str], node: dict[str, Any] | None = None) -> bool:
    """Whether a key is in the schema; `*` is any name, or an item of a list."""
    node = schema() if node is None else node
    if not parts:
        return True
    if "$ref" in node:
        return has_key(parts, schema()["$defs"][node["$ref"].rpartition("/")[2]])
    if "anyOf" in node:
        return any(has_key(parts, choice) for choice in node["anyOf"])
    head, *rest = parts
    if head == "*":
        inner = [node.get("items"), node.get("additionalProperties"), *node.get("patternProperties", {}).values()]
    else:
        inner = [node.get("properties", {}).get(head)]
    return any(isinstance(it, dict) and has_key(rest, it) for it in inner)

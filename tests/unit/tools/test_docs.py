"""What the documentation shows: files parse, and commands, options, settings and paths exist."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path

import pytest
import tomli
import yaml  # type: ignore[import-untyped]

from python_buildpack.app.settings import tool_version_variable
from python_buildpack.image.image import LABEL_PREFIX
from python_buildpack.package_managers.registry import TOOLS

ROOT = Path(__file__).resolve().parents[3]
DOCS = ROOT / "docs"
SOURCE = ROOT / "src" / "python_buildpack"
PAGES = (ROOT / "README.md", *sorted(DOCS.glob("*.md")))
GUIDES = (*PAGES, ROOT / "CONTRIBUTING.md", *sorted((ROOT / "examples").glob("*/README.md")))
# Of other buildpacks, which these pages translate into ours.
FOREIGN_SETTINGS = {
    "BP_CONDA_SOLVER",
    "BP_CPYTHON_VERSION",
    "BP_IMAGE_LABELS",
    "BP_PIPENV_VERSION",
}
SECTIONS = {"Python", "pip", "Dependencies", "Service bindings", "Start commands"}
# As --help lists them: of pack 0.40.6, docker 28, pip 26.3, uv 0.13, Poetry 2.5, pip-tools 7.
OPTIONS: Mapping[str, str] = {
    "pack build": (
        "--builder --buildpack --cache --cache-image --clear-cache --creation-time --default-process"
        " --descriptor --docker-host --env --env-file --lifecycle-image --network --path --platform"
        " --post-buildpack --pre-buildpack --previous-image --publish --pull-policy --run-image"
        " --sbom-output-dir --tag --trust-builder --trust-extra-buildpacks --verbose --volume --workspace"
    ),
    "pack builder create": "--config --flatten --publish --pull-policy --target",
    "pack buildpack package": "--config --format --target --publish --pull-policy",
    "pack rebase": "--force --publish --pull-policy --run-image",
    "pack sbom download": "--output-dir --remote",
    "docker build": "--build-arg --file --tag",
    "docker run": (
        "--cpus --detach --entrypoint --env --env-file --interactive --memory --publish --rm --tty"
        " --user --volume -i -it -p -t"
    ),
    "docker inspect": "--format",
    "docker image inspect": "--format",
    "docker logs": "",
    "docker history": "",
    "docker cp": "",
    "docker system prune": "",
    "docker manifest create": "",
    "docker manifest push": "",
    "pip download": "--no-deps --only-binary --platform --python-version -d -r",
    "pip freeze": "",
    "pip install": "--dry-run --group --ignore-installed --report -r",
    "pip list": "--format",
    "pip wheel": "--no-deps -w",
    "pip-compile": "--generate-hashes --strip-extras",
    "uv export": "--no-default-groups --no-emit-project --output-file --script",
    "uv lock": "--refresh",
    "uv pip compile": (
        "--generate-hashes --no-annotate --no-header --python-version --universal --output-file"
    ),
    "uv run": "",
    "uv init": "",
    "uv sync": "--locked --no-default-groups",
    "poetry export": "--output",
    "poetry run": "",
    "poetry sync": "--only",
}
OPTIONS_OF_TOOLS = {
    option
    for path in (ROOT / "tools").rglob("*.py")
    for option in re.findall(r'"(--?[a-z][a-z-]*)"', path.read_text(encoding="utf-8"))
}


@dataclass(frozen=True)
class Block:
    """A block of code, with its language ("" if it has none) and the line where it begins."""

    page: Path
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def fenced_blocks(page: Path) -> Iterator[Block]:
    found = re.finditer(r"(?ms)^```(\w*)\n(.*?)^```$", page.read_text(encoding="utf-8"))
    for each in found:
        line = each.string.count("\n", 0, each.start()) + 1
        yield Block(page, line, each.group(1), each.group(2))


def indented_blocks(page: Path) -> Iterator[Block]:
    text = re.sub(r"(?ms)^```.*?^```$", "", page.read_text(encoding="utf-8"))
    lines = enumerate(text.splitlines(), start=1)
    for is_code, group in groupby(lines, key=lambda each: each[1].startswith("    ")):
        if is_code:
            numbered = list(group)
            shown = "\n".join(line.removeprefix("    ") for _, line in numbered)
            yield Block(page, numbered[0][0], "", shown)


FENCED = [block for page in PAGES for block in fenced_blocks(page) if block.language != "text"]


def commands(page: Path) -> Iterator[str]:
    """Yield the commands in blocks of code and between backticks, and whatever else is there."""
    blocks = [*indented_blocks(page), *(b for b in fenced_blocks(page) if b.language == "console")]
    for block in blocks:
        for line in block.text.replace("\\\n", " ").splitlines():
            yield from line.removeprefix("$ ").strip().split(" && ")
    yield from re.findall(r"(?<!`)`([^`\n]+)`(?!`)", page.read_text(encoding="utf-8"))


def own_commands() -> Iterator[object]:
    # In the benchmark, they are names of what is measured.
    for page in sorted({*GUIDES} - {DOCS / "benchmark.md"}):
        for command in dict.fromkeys(commands(page)):
            if re.match(r"(pack|docker|pip|uv|poetry) [a-z]|pip-compile\b|scripts/\w", command):
                yield pytest.param(command, id=f"{page.name}: {command[:60]}")


@pytest.mark.parametrize("command", list(own_commands()))
def test_command_and_its_options_exist(command: str) -> None:
    # A comment, or a pipe to another program, isn't for it; what follows -- is for another one.
    words = shlex.split(command.split(" | ")[0].split(" -- ")[0], comments=True)
    options = {word.partition("=")[0] for word in words if word.startswith("-")}
    if words[0].startswith("scripts/"):
        assert (ROOT / words[0]).is_file()
        assert options <= OPTIONS_OF_TOOLS
        return
    names = [name for name in OPTIONS if f"{' '.join(words)} ".startswith(f"{name} ")]
    assert names or words in (["docker", "run"], ["pack", "build"]), "add it, from its --help"
    # The image's own command has its own options.
    assert options - {"--entrypoint"} <= {
        option for name in names for option in OPTIONS[name].split()
    } | set(words[words.index("launcher") :] if "launcher" in words else ())


@pytest.mark.parametrize("block", FENCED, ids=str)
def test_block_is_of_its_language(block: Block) -> None:
    match block.language:
        case "toml":
            tomli.loads(block.text)
        case "yaml":
            assert list(yaml.safe_load_all(block.text)) != []
        case "python":
            ast.parse(block.text)
        case "console":
            assert block.text.startswith("$ ")
        case _:
            assert block.language == "dockerfile"


def project_descriptors() -> Iterator[object]:
    for block in FENCED:
        if block.language == "toml" and "io.buildpacks.build.env" in block.text:
            yield pytest.param(block.text, id=str(block))


@pytest.mark.parametrize("text", list(project_descriptors()))
def test_project_descriptor_has_our_settings(text: str) -> None:
    variables = tomli.loads(text)["io"]["buildpacks"]["build"]["env"]
    assert {each["name"] for each in variables} <= settings_of_code()


@cache
def settings_of_code() -> frozenset[str]:
    sources = [path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.py")]
    written = {name for text in sources for name in re.findall(r'"(BP_[A-Z_]+[A-Z])"', text)}
    return frozenset(written | {tool_version_variable(tool) for tool in TOOLS})


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: str(page.relative_to(ROOT)))
def test_settings_exist(page: Path) -> None:
    named = set(re.findall(r"\bBP_[A-Z_]+[A-Z]\b", page.read_text(encoding="utf-8")))
    assert named <= settings_of_code() | FOREIGN_SETTINGS | {"BP_SNEK_VERSION"}


def test_every_setting_is_explained() -> None:
    text = (DOCS / "settings.md").read_text(encoding="utf-8")
    assert settings_of_code() - FOREIGN_SETTINGS - set(re.findall(r"`(BP_[A-Z_]+)", text)) == set()


def test_every_label_is_explained() -> None:
    source = (SOURCE / "image" / "image.py").read_text(encoding="utf-8")
    labels = {f"{LABEL_PREFIX}.{name}" for name in re.findall(r'"([a-z-]+)": ', source)}
    shown = set(re.findall(rf"`({LABEL_PREFIX}\.[a-z-]+)`", (DOCS / "settings.md").read_text()))
    assert labels | {f"{LABEL_PREFIX}.report"} == shown


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: str(page.relative_to(ROOT)))
def test_files_that_links_lead_to_exist(page: Path) -> None:
    """The site's generator checks links between pages, but neither files nor the README."""
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#\s]+)", text):
        if "://" not in target:
            assert (page.parent / target).exists(), target
            inside = page.parent != DOCS or (page.parent / target).resolve().is_relative_to(DOCS)
            assert inside, f"{target} isn't part of the site: write its whole URL"
    for path in re.findall(r"python-buildpack/(?:blob|tree)/main/([\w./-]+)", text):
        assert (ROOT / path.rstrip(".")).exists(), path


@pytest.mark.parametrize("made", ["errors", "warnings"])
def test_anchors_of_made_pages_exist(made: str) -> None:
    text = (DOCS / f"{made}.md").read_text(encoding="utf-8")
    anchors = set(re.findall(r'<a id="([^"]+)"', text))
    named = {
        anchor
        for page in PAGES
        for anchor in re.findall(rf"{made}\.md#([a-z0-9-]+)", page.read_text(encoding="utf-8"))
    }
    assert named - anchors == set()


def test_every_page_is_in_the_navigation() -> None:
    text = (ROOT / "zensical.toml").read_text(encoding="utf-8")
    listed = re.findall(r'"([\w-]+\.md)"', text)
    assert sorted(listed) == sorted(page.name for page in DOCS.glob("*.md"))


def test_modules_of_the_architecture_exist() -> None:
    drawn = (DOCS / "images" / "build.svg").read_text(encoding="utf-8")
    named = (DOCS / "architecture.md").read_text(encoding="utf-8")
    modules = re.findall(r"(?<=[>` ])([a-z_]+(?:/[a-z_]+)*(?:/|\.py))(?=[<`, ])", drawn + named)
    assert len(modules) >= 10
    for module in set(modules):
        assert (SOURCE / module).exists(), module


def test_the_readmes_log_is_of_its_example() -> None:
    procfile = (ROOT / "examples" / "flask" / "Procfile").read_text(encoding="utf-8").strip()
    for page in (ROOT / "README.md", DOCS / "first-image.md"):
        assert f"  Process {procfile} (Procfile:1), the default\n" in page.read_text("utf-8")


def shown_logs() -> Iterator[object]:
    for page in PAGES:
        for block in indented_blocks(page):
            if SECTIONS & set(block.text.splitlines()):
                yield pytest.param(block.text, id=str(block))


@pytest.mark.parametrize("log", list(shown_logs()))
def test_lines_of_shown_logs_are_ours(log: str) -> None:
    """By their first words: the rest are values. Deeper lines are other programs'."""
    source = "\n".join(path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.py"))
    for line in re.findall(r"(?m)^ {2}(?=\S)(.*)$", log):
        first, _, second = line.partition(" ")
        word = re.match(r"[A-Za-z]*", second)
        assert word is not None
        assert any(f"{first} {begin}" in source for begin in (word.group() or "{", "{")), line

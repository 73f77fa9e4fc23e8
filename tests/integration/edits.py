"""Edits of an app's requirements and of the indexes that they are looked up on, at random."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from random import Random

from tests.distributions import Distribution
from tests.integration.catalog import LINKED, NAMES, first_uploads, later_uploads, local_project
from tests.integration.package_index import Upload

_SPECIFIERS = (
    "",
    ">=1",
    "<2",
    "~=1.0",
    "==1.*",
    "==1.0",
    "==1.1",
    "===1.0",
    "!=1.1",
    ">=2",
    "==2.0",
)
_MARKERS = (
    "",
    'python_version >= "3.8"',
    'sys_platform == "linux"',
    'sys_platform == "win32"',
    'python_version < "3.13"',
)
_EXTRAS = ((), ("fast",), ("testing",), ("fast", "testing"))
_OPTIONS = ("--pre", "--only-binary plain", "--no-binary plain", "--prefer-binary")


@dataclass(frozen=True)
class Requirement:
    """A line of a requirements file; ``url`` may have ``{host}`` for the address of the indexes."""

    name: str
    extras: tuple[str, ...] = ()
    specifier: str = ""
    marker: str = ""
    hashes: tuple[str, ...] = ()
    url: str = ""

    def __str__(self) -> str:
        extras = f"[{','.join(self.extras)}]" if self.extras else ""
        target = f" @ {self.url}" if self.url else self.specifier
        marker = f" ; {self.marker}" if self.marker else ""
        hashes = "".join(f" \\\n    --hash=sha256:{each}" for each in self.hashes)
        return f"{self.name}{extras}{target}{marker}{hashes}"


@dataclass(frozen=True)
class State:
    """An app and the world around it.

    Attributes:
        lines: of requirements.txt.
        included: of requirements/base.txt, which the former includes unless it is empty.
        constraints: of constraints.txt, likewise.
        options: lines of options in requirements.txt.
        index: the name of the one that is asked.
        index_in_file: whether requirements.txt says so, rather than the environment.
        links: wheels in a directory that ``--find-links`` names.
        local: how the app's own project is required: "", "./project" or "-e ./project".
        revision: of that project's contents.
        comments: how often comments and spaces were changed.
        source: how often the app's code was changed.
        python: the position of its version in the inventory.
        uploads: of all indexes.
    """

    lines: tuple[Requirement, ...]
    included: tuple[Requirement, ...] = ()
    constraints: tuple[Requirement, ...] = ()
    options: tuple[str, ...] = ()
    index: str = "one"
    index_in_file: bool = False
    links: tuple[Distribution, ...] = ()
    local: str = ""
    revision: int = 0
    comments: int = 0
    source: int = 0
    python: int = 0
    uploads: tuple[Upload, ...] = field(default_factory=first_uploads)

    def requirement_files(self, host: str) -> dict[str, str]:
        """Return all requirements files."""
        files = {
            "requirements.txt": [*self._option_lines(host), *self._text(self.lines), self.local],
            "requirements/base.txt": self._text(self.included),
            "constraints.txt": self._text(self.constraints),
        }
        return {
            name: "\n".join([*lines, ""]).replace("{host}", host)
            for name, lines in files.items()
            if lines
        }

    def files(self, host: str, versions: tuple[str, ...]) -> dict[str, str | bytes]:
        """Return the app; ``versions`` are those of the Pythons that there are."""
        project = local_project(self.revision).project
        return {
            **self.requirement_files(host),
            "app.py": f"SOURCE = {self.source}\n",
            ".python-version": f"{versions[self.python % len(versions)]}\n",
            **({f"project/{name}": text for name, text in project.items()} if self.local else {}),
            **{f"links/{each.wheel_name}": each.wheel for each in self.links},
        }

    def _option_lines(self, host: str) -> list[str]:
        return [
            *([f"--index-url http://{host}/{self.index}/simple/"] if self.index_in_file else ()),
            *(["--find-links ./links"] if self.links else ()),
            *(["-r requirements/base.txt"] if self.included else ()),
            *(["--constraint constraints.txt"] if self.constraints else ()),
            *self.options,
        ]

    def _text(self, lines: tuple[Requirement, ...]) -> list[str]:
        if not self.comments:
            return [str(line) for line in lines]
        blank = [""] * (self.comments % 3)
        return [f"# Edited {self.comments} times", *blank, *(f"  {line}  # why" for line in lines)]


Edit = Callable[[Random, State, Mapping[str, str]], "State | None"]


def random_edit(random: Random, state: State, installed: Mapping[str, str]) -> tuple[str, State]:
    """Return the name of an edit that changes something, and what it makes of ``state``.

    Args:
        random: decides which.
        state: before.
        installed: the version of each distribution in the image of the last build.
    """
    while True:
        edit = random.choice(_EDITS)
        edited = edit(random, state, installed)
        if edited is not None and edited != state:
            return edit.__name__.replace("_", " ").strip(), edited


def locked(state: State, installed: Mapping[str, str], *, with_hashes: bool) -> State:
    """Return ``state`` with exactly what is installed, each pinned by its version."""
    lines = tuple(
        Requirement(
            name,
            specifier=f"=={version}",
            hashes=_hashes(state, name, version) if with_hashes else (),
        )
        for name, version in sorted(installed.items())
        if name in NAMES
    )
    return replace(state, lines=lines, included=(), constraints=(), options=(), links=(), local="")


def _hashes(state: State, name: str, version: str) -> tuple[str, ...]:
    found = {
        upload.sha256
        for upload in state.uploads
        if (upload.distribution.name, upload.distribution.version) == (name, version)
    }
    return tuple(sorted(found))


def _add(random: Random, state: State, _installed: Mapping[str, str]) -> State | None:
    missing = [name for name in NAMES if name not in {line.name for line in state.lines}]
    if not missing:
        return None
    name = random.choice(missing)
    extras = random.choice(_EXTRAS) if name == "web" else ()
    line = Requirement(name, extras, random.choice(("", "", "==1.0", ">=1")))
    position = random.randint(0, len(state.lines))
    return replace(state, lines=(*state.lines[:position], line, *state.lines[position:]))


def _remove(random: Random, state: State, _installed: Mapping[str, str]) -> State | None:
    if not state.lines:
        return None
    removed = random.choice(state.lines)
    return replace(state, lines=tuple(line for line in state.lines if line is not removed))


def _change(state: State, random: Random, **changes: object) -> State | None:
    """Change one line of those that have no URL and no hash."""
    eligible = [line for line in state.lines if not line.url and not line.hashes]
    if not eligible:
        return None
    chosen = random.choice(eligible)
    lines = (replace(line, **changes) if line is chosen else line for line in state.lines)  # type: ignore[arg-type]
    return replace(state, lines=tuple(lines))


def _another_version(random: Random, state: State, _installed: Mapping[str, str]) -> State | None:
    return _change(state, random, specifier=random.choice(_SPECIFIERS))


def _a_marker(random: Random, state: State, _installed: Mapping[str, str]) -> State | None:
    return _change(state, random, marker=random.choice(_MARKERS))


def _extras(random: Random, state: State, _installed: Mapping[str, str]) -> State | None:
    web = Requirement("web", random.choice(_EXTRAS))
    return replace(state, lines=(*(line for line in state.lines if line.name != "web"), web))


def _clashing(random: Random, state: State, _installed: Mapping[str, str]) -> State | None:
    clashing = [Requirement("clash-a"), Requirement("clash-b")]
    random.shuffle(clashing)
    others = [line for line in state.lines if not line.name.startswith("clash-")]
    return replace(state, lines=(*others, *clashing))


def _direct_url(random: Random, state: State, _installed: Mapping[str, str]) -> State | None:
    eligible = [each for each in state.uploads if each.index == "one"]
    if not eligible:
        return None
    upload = random.choice(eligible)
    fragment = random.choice(("", f"#sha256={upload.sha256}"))
    url = f"http://{{host}}/one/files/{upload.filename}{fragment}"
    name = upload.distribution.name
    others = (line for line in state.lines if line.name != name and not line.hashes)
    return replace(state, lines=(*others, Requirement(name, url=url)))


def _pin_all(random: Random, state: State, installed: Mapping[str, str]) -> State | None:
    return locked(state, installed, with_hashes=random.choice((True, False)))


def _constraint(random: Random, state: State, _installed: Mapping[str, str]) -> State | None:
    name = random.choice(NAMES)
    constraint = Requirement(name, specifier=random.choice(("==1.0", "<2", "!=1.1", ">=1.1")))
    others = (line for line in state.constraints if line.name != name)
    return replace(state, constraints=(*others, constraint))


def _no_constraints(_random: Random, state: State, _installed: Mapping[str, str]) -> State | None:
    return replace(state, constraints=())


def _include(_random: Random, state: State, _installed: Mapping[str, str]) -> State | None:
    half = len(state.lines) // 2
    return replace(state, lines=state.lines[:half], included=(*state.lines[half:], *state.included))


def _include_no_more(_random: Random, state: State, _installed: Mapping[str, str]) -> State | None:
    names = {line.name for line in state.lines}
    moved = tuple(line for line in state.included if line.name not in names)
    return replace(state, lines=(*state.lines, *moved), included=())


def _comments(_random: Random, state: State, _installed: Mapping[str, str]) -> State | None:
    return replace(state, comments=state.comments + 1)


def _order(random: Random, state: State, _installed: Mapping[str, str]) -> State | None:
    return replace(state, lines=tuple(random.sample(state.lines, len(state.lines))))


def _option(random: Random, state: State, _installed: Mapping[str, str]) -> State | None:
    return replace(state, options=random.choice(((), (random.choice(_OPTIONS),))))


def _other_index(_random: Random, state: State, _installed: Mapping[str, str]) -> State | None:
    return replace(state, index="two" if state.index == "one" else "one")


def _index_elsewhere(_random: Random, state: State, _installed: Mapping[str, str]) -> State | None:
    return replace(state, index_in_file=not state.index_in_file)


def _find_links(random: Random, state: State, _installed: Mapping[str, str]) -> State | None:
    return replace(state, links=tuple(random.sample(LINKED, random.randint(0, len(LINKED)))))


def _local_project(random: Random, state: State, _installed: Mapping[str, str]) -> State | None:
    return replace(state, local=random.choice(("", "./project", "-e ./project")))


def _contents_of_local_project(
    _random: Random, state: State, _installed: Mapping[str, str]
) -> State | None:
    return replace(state, revision=state.revision + 1) if state.local else None


def _source_only(_random: Random, state: State, _installed: Mapping[str, str]) -> State | None:
    return replace(state, source=state.source + 1)


def _python(random: Random, state: State, _installed: Mapping[str, str]) -> State | None:
    return replace(state, python=random.choice((0, 0, 1)))


def _release(random: Random, state: State, _installed: Mapping[str, str]) -> State | None:
    known = {(each.index, each.filename) for each in state.uploads}
    new = [each for each in later_uploads() if (each.index, each.filename) not in known]
    chosen = random.sample(new, min(len(new), 3))
    return replace(state, uploads=(*state.uploads, *chosen))


def _yank(random: Random, state: State, installed: Mapping[str, str]) -> State | None:
    chosen = _installed_upload(random, state, installed)
    uploads = (replace(each, is_yanked=True) if each is chosen else each for each in state.uploads)
    return replace(state, uploads=tuple(uploads))


def _delete(random: Random, state: State, installed: Mapping[str, str]) -> State | None:
    chosen = _installed_upload(random, state, installed)
    return replace(state, uploads=tuple(each for each in state.uploads if each is not chosen))


def _installed_upload(random: Random, state: State, installed: Mapping[str, str]) -> Upload | None:
    eligible = [
        each
        for each in state.uploads
        if each.index == state.index
        and installed.get(each.distribution.name) == each.distribution.version
    ]
    return random.choice(eligible) if eligible else None


# What is here several times is tried the more often.
_EDITS: tuple[Edit, ...] = (
    *(_add, _add, _remove, _remove, _another_version, _another_version, _pin_all, _pin_all),
    *(_a_marker, _extras, _clashing, _direct_url, _constraint, _no_constraints, _include),
    *(_include_no_more, _order, _option, _other_index, _index_elsewhere, _find_links),
    *(_local_project, _contents_of_local_project, _python),
    *(_comments, _comments, _source_only, _source_only),
    *(_release, _release, _release, _yank, _yank, _delete),
)

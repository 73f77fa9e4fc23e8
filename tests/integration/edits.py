"""Edits of an app's requirements and of the indexes that they are looked up on, at random."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from random import Random

from tests.integration.app_state import FETCHED, Requirement, State
from tests.integration.catalog import LINKED, NAMES, later_uploads
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


# A build can see all of the platform's environment, and only the first means something to one.
_VARIABLES = {
    "APP_FLAVOUR": ("sweet", "sour"),
    "CFLAGS": ("-O1", "-O2"),
    "GREETING": ("hello", "goodbye"),
    "WEB_CONCURRENCY": ("2", "3"),
}
_MANAGERS = ("pip", "pylock", "uv")
# The oldest that checks hashes in a lock where some have none; the tests' index has its wheel.
OTHER_PIP = "26.2"

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
    """Return ``state`` with exactly what is installed, each pinned by its version.

    Directories and repositories have no hashes, so where there are any, these are left out.
    """
    lines = tuple(
        Requirement(
            name,
            specifier=f"=={version}",
            hashes=_hashes(state, name, version) if with_hashes else (),
        )
        for name, version in sorted(installed.items())
        if name in NAMES
    )
    pinned = replace(state, lines=lines, included=(), constraints=(), options=(), links=())
    return replace(pinned, local="", fetched="") if with_hashes else pinned


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


def _generating(_random: Random, state: State, _installed: Mapping[str, str]) -> State | None:
    return replace(state, generates=not state.generates) if state.local else None


def _file_outside_of_local_project(
    _random: Random, state: State, _installed: Mapping[str, str]
) -> State | None:
    return replace(state, outside=state.outside + 1) if state.local else None


def _fetched(random: Random, state: State, _installed: Mapping[str, str]) -> State | None:
    return replace(state, fetched=random.choice(("", *FETCHED)))


def _another_commit(_random: Random, state: State, _installed: Mapping[str, str]) -> State | None:
    return replace(state, commit=1 - state.commit) if state.fetched else None


def _variable(random: Random, state: State, _installed: Mapping[str, str]) -> State | None:
    name = random.choice(("APP_FLAVOUR", *_VARIABLES))
    values = {**dict(state.variables), name: random.choice((*_VARIABLES[name], ""))}
    return replace(state, variables=tuple(sorted((k, v) for k, v in values.items() if v)))


def _manager(random: Random, state: State, installed: Mapping[str, str]) -> State | None:
    """Go on with a lock of what is installed, or with requirements of the same."""
    pinned = locked(state, installed, with_hashes=False)
    others = [manager for manager in _MANAGERS if manager != state.manager]
    return replace(pinned, manager=random.choice(others))


def _pip(_random: Random, state: State, _installed: Mapping[str, str]) -> State | None:
    return replace(state, pip="" if state.pip else OTHER_PIP)


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
    *(_local_project, _contents_of_local_project, _contents_of_local_project, _python),
    *(_generating, _file_outside_of_local_project, _file_outside_of_local_project),
    *(_fetched, _another_commit, _another_commit, _variable, _variable, _variable),
    *(_manager, _manager, _pip, _pip),
    *(_comments, _comments, _source_only, _source_only),
    *(_release, _release, _release, _yank, _yank, _delete),
)

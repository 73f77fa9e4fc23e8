"""An app and the world around it, as sequences of edits change them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace

from packaging.specifiers import SpecifierSet

from tests.distributions import Distribution
from tests.integration.catalog import first_uploads, local_project
from tests.integration.package_index import Upload


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
class Places:
    """What the texts of requirements leave open.

    Attributes:
        host: the address of the indexes.
        repository: the URL of a Git repository.
        commits: of that, from the first on.
    """

    host: str
    repository: str
    commits: tuple[str, ...]


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
        generates: whether that project's backend writes into it, and reads VERSION of the app.
        outside: how often VERSION was changed.
        fetched: how a Git repository's project is required; "" or one of ``FETCHED``.
        commit: the position of the one that is required.
        manager: "pip", which takes requirements.txt, or "pylock" or "uv", whose lock has the same.
        pip: the version of another one than the buildpack's, or "".
        variables: of the environment, as the platform gives them to builds.
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
    generates: bool = False
    outside: int = 0
    fetched: str = ""
    commit: int = 0
    manager: str = "pip"
    pip: str = ""
    variables: tuple[tuple[str, str], ...] = ()
    comments: int = 0
    source: int = 0
    python: int = 0
    uploads: tuple[Upload, ...] = field(default_factory=first_uploads)

    def env(self, url: str) -> dict[str, str]:
        """Return the variables of a build; ``url`` is that of the index."""
        return {
            **dict(self.variables),
            "PIP_INDEX_URL": url,
            **({"BP_PIP_VERSION": self.pip} if self.pip else {}),
        }

    def requirement_files(self, places: Places) -> dict[str, str]:
        """Return the files that say what the app needs."""
        if self.manager == "pylock":
            return {"pylock.toml": self._pylock(places)}
        if self.manager == "uv":
            return {"pyproject.toml": self._pyproject(places)}
        fetched = self.fetched.format(
            repository=places.repository, commit=places.commits[self.commit]
        )
        more = [line for line in (self.local, fetched) if line]
        files = {
            "requirements.txt": [*self._option_lines(places.host), *self._text(self.lines), *more],
            "requirements/base.txt": self._text(self.included),
            "constraints.txt": self._text(self.constraints),
        }
        return {
            name: "\n".join([*lines, ""]).replace("{host}", places.host)
            for name, lines in files.items()
            if lines or name == "requirements.txt"
        }

    def files(self, places: Places, versions: tuple[str, ...]) -> dict[str, str | bytes]:
        """Return the app; ``versions`` are those of the Pythons that there are."""
        project = local_project(self.revision, generates=self.generates).project
        return {
            **self.requirement_files(places),
            "app.py": f"SOURCE = {self.source}\n",
            "VERSION": f"{self.outside}\n",
            ".python-version": f"{versions[self.python % len(versions)]}\n",
            **({f"project/{name}": text for name, text in project.items()} if self.local else {}),
            **{f"links/{each.wheel_name}": each.wheel for each in self.links},
        }

    def _pyproject(self, places: Places) -> str:
        """Return what ``uv lock`` makes a lock of."""
        lines = {each.name: str(each) for each in (*self.included, *self._unhashed())}
        more = {"project": self.local, "fetched": self.fetched}
        required = [*lines.values(), *(name for name, line in more.items() if line)]
        url, commit = places.repository.removeprefix("git+"), places.commits[self.commit]
        sources = {
            "project": f'path = "project", editable = {str(self.local.startswith("-e")).lower()}',
            "fetched": f'git = "{url}", rev = "{commit}"',
        }
        text = [
            *("[project]", 'name = "app"', 'version = "0"', 'requires-python = ">=3.10"'),
            f"dependencies = {json.dumps(required)}",
            *("", "[tool.uv]", "package = false"),
            f"constraint-dependencies = {json.dumps([str(each) for each in self.constraints])}",
            *(['find-links = ["links"]'] if self.links else ()),
            *("", "[[tool.uv.index]]", f'url = "http://{{host}}/{self.index}/simple/"'),
            *("default = true", "", "[tool.uv.sources]"),
            *(f"{name} = {{ {sources[name]} }}" for name, line in more.items() if line),
        ]
        return "\n".join([*text, ""]).replace("{host}", places.host)

    def _unhashed(self) -> list[Requirement]:
        return [replace(each, hashes=()) for each in self.lines]

    def _pylock(self, places: Places) -> str:
        """Return a lock of what the requirements name, as if it was made now.

        https://packaging.python.org/en/latest/specifications/pylock-toml/
        """
        lines = ['lock-version = "1.0"', 'created-by = "tests"']
        for requirement in {each.name: each for each in (*self.included, *self.lines)}.values():
            lines += self._locked_package(requirement, places.host)
        if self.local:
            is_editable = json.dumps(self.local.startswith("-e"))
            lines += ["", "[[packages]]", 'name = "project"']
            lines += [f'directory = {{ path = "project", editable = {is_editable} }}']
        if self.fetched:
            url, commit = places.repository.removeprefix("git+"), places.commits[self.commit]
            lines += ["", "[[packages]]", 'name = "fetched"']
            lines += [f'vcs = {{ type = "git", url = "{url}", commit-id = "{commit}" }}']
        return "\n".join([*lines, ""])

    def _locked_package(self, requirement: Requirement, host: str) -> list[str]:
        """Return the lines of the package, none if the index has nothing that fits."""
        fitting = [each for each in self.uploads if self._fits(each, requirement)]
        if not fitting:
            return []
        upload = min(fitting, key=lambda each: (each.is_yanked, each.is_sdist))
        url = f"http://{host}/{upload.index}/files/{upload.filename}"
        file = f'url = "{url}", hashes = {{ sha256 = "{upload.sha256}" }}'
        return [
            *("", "[[packages]]", f'name = "{requirement.name}"'),
            f'version = "{upload.distribution.version}"',
            *([f"marker = {json.dumps(requirement.marker)}"] if requirement.marker else ()),
            f"sdist = {{ {file} }}" if upload.is_sdist else f"wheels = [{{ {file} }}]",
        ]

    def _fits(self, upload: Upload, requirement: Requirement) -> bool:
        if upload.distribution.name != requirement.name:
            return False
        if requirement.url:
            return upload.index == "one" and upload.filename in requirement.url
        return upload.index == self.index and SpecifierSet(requirement.specifier).contains(
            upload.distribution.version
        )

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


# The ways in which pip takes the project of a Git repository.
FETCHED = (
    "-e {repository}@{commit}#egg=fetched",
    "fetched @ {repository}@{commit}",
)

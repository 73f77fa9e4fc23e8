"""From service bindings to the variables and temporary files in which tools find them."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from python_buildpack.app.bindings.authorities import CERTIFICATE_VARIABLES, write_authorities
from python_buildpack.app.bindings.git_credentials import git_helper
from python_buildpack.app.bindings.index_credentials import read_index_credentials, read_netrc_hosts
from python_buildpack.app.bindings.service_bindings import (
    Binding,
    DuplicateBindingsError,
    MissingEntryError,
    read_bindings,
)
from python_buildpack.app.given_secrets import read_settings, text_secrets
from python_buildpack.app.malformed_urls import malformed_lines
from python_buildpack.app.settings import MIRROR_FORM, is_mirror
from python_buildpack.app.tool_configuration import ToolConfiguration
from python_buildpack.system.output import Output
from python_buildpack.system.secrets import union
from python_buildpack.system.text import printable

_CERTIFICATES = "ca-certificates"
_MIRROR = "dependency-mirror"
_NETRC_ENTRIES = (".netrc", "netrc")
# Where the archives of our inventory are: of mirrors that are given by host, this one's counts.
_ARCHIVES_HOST = "github.com"
_MIRROR_ENTRIES = (_ARCHIVES_HOST, "default", "uri")


@dataclass(frozen=True)
class _Work:
    """What bindings are turned into variables with."""

    environment: Mapping[str, str]
    directory: Path
    by_type: Mapping[str, Sequence[Binding]]
    makers: Mapping[str, _Maker]


_Maker = Callable[[Sequence[Binding], _Work], dict[str, str]]


@contextmanager
def bound_environment(
    root: Path,
    environment: Mapping[str, str],
    configurations: Iterable[ToolConfiguration],
    output: Output,
) -> Iterator[Mapping[str, str]]:
    """Give the block ``environment`` with what the bindings in ``root`` add to it.

    What the user has set stays as it is. Files that are made are gone when the block ends; they
    lie neither in a layer nor in the app.

    Args:
        root: has a directory for each binding.
        configurations: of the tools of package managers; each has a binding of its name.

    Raises:
        UserError: a binding can't be used; see ``service_bindings``.
    """
    tools: Mapping[str, _Maker] = {each.tool: partial(_tool, each) for each in configurations}
    makers = {**_MAKERS, **tools}
    by_type = _bindings_by_type(root, makers)
    if not by_type:
        yield environment
        return
    entries = _readable_entries(by_type)
    output.hide(union(map(text_secrets, entries.values())))
    _check_urls(entries)
    output.section("Service bindings")
    with tempfile.TemporaryDirectory(prefix="python-buildpack-bindings-") as temporary:
        work = _Work(environment, Path(temporary), by_type, makers)
        yield {**environment, **_variables(work, output)}


def _readable_entries(
    by_type: Mapping[str, Sequence[Binding]],
) -> Mapping[tuple[Binding, Path], str]:
    """Return the text of each entry, but for certificates; "" for what isn't text."""
    return {
        (binding, path): read_settings(path)
        for bindings in by_type.values()
        for binding in bindings
        if binding.type != _CERTIFICATES
        for path in (binding.directory / name for name in binding.entries)
    }


def _check_urls(entries: Mapping[tuple[Binding, Path], str]) -> None:
    """Refuse a binding with a URL that tools would take apart in the wrong place."""
    for (binding, path), text in entries.items():
        if lines := malformed_lines(text, {}):
            raise binding.invalid(
                path,
                f"has a URL in line {lines[0]} whose password isn't percent-encoded"
                " (# is written as %23, / as %2F, ? as %3F, @ as %40)",
            )


def _bindings_by_type(root: Path, types: Collection[str]) -> Mapping[str, Sequence[Binding]]:
    by_type: defaultdict[str, list[Binding]] = defaultdict(list)
    for binding in read_bindings(root):
        if binding.type in types:
            by_type[binding.type].append(binding)
    for kind, bindings in by_type.items():
        # Authorities add to each other; of all else, one would hide the other.
        if len(bindings) > 1 and kind != _CERTIFICATES:
            raise DuplicateBindingsError(kind, tuple(binding.name for binding in bindings))
    return by_type


def _variables(work: _Work, output: Output) -> Mapping[str, str]:
    """Return the variables of all bindings, and log each binding."""
    variables: dict[str, str] = {}
    for kind, bindings in work.by_type.items():
        offered = work.makers[kind](bindings, work)
        used = {name: offered[name] for name in offered if not work.environment.get(name)}
        # Git's settings are numbered from where the user's end.
        variables |= offered if kind == "git-credentials" else used
        for binding in bindings:
            name = printable(binding.name)
            if used:
                output.line(f"Using {name}, a binding of type {kind}")
            else:
                reason = (
                    " and ".join(offered) + " is set" if offered else "it has nothing for Python"
                )
                output.line(f"Ignoring {name}, a binding of type {kind}: {reason}")
    if "PIP_CONFIG_FILE" in variables:
        variables |= _index_netrc(work)
    return variables


def _pip(bindings: Sequence[Binding], _work: _Work) -> dict[str, str]:
    path = bindings[0].require("pip.conf")
    read_index_credentials(bindings[0], path)
    # Not a copy: its path is one of the inputs of an installation.
    return {"PIP_CONFIG_FILE": str(path)}


def _tool(
    configuration: ToolConfiguration, bindings: Sequence[Binding], work: _Work
) -> dict[str, str]:
    binding = bindings[0]
    path = binding.require(*configuration.files)
    if not configuration.is_directory:
        binding.text(path)
        return {configuration.variable: str(path)}
    # The tool may write there, and a mounted secret is read-only.
    directory = work.directory / configuration.tool
    directory.mkdir()
    for each in map(binding.find, configuration.files):
        if each is not None:
            (directory / each.name).write_text(binding.text(each), encoding="utf-8")
    return {configuration.variable: str(directory)}


def _netrc(bindings: Sequence[Binding], _work: _Work) -> dict[str, str]:
    path = bindings[0].require(*_NETRC_ENTRIES)
    read_netrc_hosts(bindings[0], path)
    return {"NETRC": str(path)}


def _index_netrc(work: _Work) -> dict[str, str]:
    """Return NETRC with the credentials of pip.conf too; nothing where the user has their own."""
    (pip,) = work.by_type["pip"]
    home = work.environment.get("HOME")
    bound = work.by_type.get("netrc")
    has_own = home and Path(home, ".netrc").exists() and not bound
    if work.environment.get("NETRC") or has_own:
        return {}
    hosts, text = set[str](), ""
    if bound:
        path = bound[0].require(*_NETRC_ENTRIES)
        hosts, text = {*read_netrc_hosts(bound[0], path)}, bound[0].text(path)
    found = read_index_credentials(pip, pip.require("pip.conf"))
    lines = [each.netrc_line for each in found if each.host not in hosts]
    if not lines:
        return {}
    file = work.directory / "netrc"
    # Before the rest, which may end in an entry for all other hosts.
    file.write_text("".join(lines) + text, encoding="utf-8")
    return {"NETRC": str(file)}


def _git(bindings: Sequence[Binding], work: _Work) -> dict[str, str]:
    name, value = git_helper(bindings[0], work.directory / "git-credentials")
    count = work.environment.get("GIT_CONFIG_COUNT", "")
    number = int(count) if count.isdecimal() else 0
    return {
        "GIT_CONFIG_COUNT": str(number + 1),
        f"GIT_CONFIG_KEY_{number}": name,
        f"GIT_CONFIG_VALUE_{number}": value,
    }


def _certificates(bindings: Sequence[Binding], work: _Work) -> dict[str, str]:
    file = work.directory / "ca-certificates.pem"
    write_authorities(bindings, file, work.environment)
    return dict.fromkeys(CERTIFICATE_VARIABLES, str(file))


def _mirror(bindings: Sequence[Binding], _work: _Work) -> dict[str, str]:
    binding = bindings[0]
    if not binding.entries:
        raise MissingEntryError(binding.name, binding.type, ("default", _ARCHIVES_HOST))
    path = binding.find(*_MIRROR_ENTRIES)
    if path is None:
        return {}  # mirrors of other hosts, for other buildpacks
    url = binding.text(path).strip()
    if not is_mirror(url):
        raise binding.invalid(path, f"is not {MIRROR_FORM}")
    return {"BP_DEPENDENCY_MIRROR": url}


_MAKERS: Mapping[str, _Maker] = {
    _CERTIFICATES: _certificates,
    _MIRROR: _mirror,
    "git-credentials": _git,
    "netrc": _netrc,
    "pip": _pip,
}

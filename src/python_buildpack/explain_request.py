"""How a user asks what a build would do, in place of a platform and the lifecycle."""

from __future__ import annotations

import argparse
import platform
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from python_buildpack.cnb.contexts import BuildContext, DetectContext
from python_buildpack.cnb.errors import InvalidDocumentError
from python_buildpack.cnb.previous_image import PreviousImage, parse_previous_image
from python_buildpack.cnb.toml_reader import is_table, parse_toml
from python_buildpack.system.toml import get_table

_ID = "python-buildpack/python"
_DIRECTORY = _ID.replace("/", "_")
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
_PROJECT_TOML = "project.toml"
# What the lifecycle hands on of the caller's, and what only a user of this buildpack sets.
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")
_PREFIXES = ("BP_", "CNB_")


@dataclass(frozen=True)
class ExplainRequest:
    """What is asked.

    Attributes:
        app_dir: of the app; an absolute path.
        environment: as a platform would give it.
        buildpack_dir: with inventory.toml and vendor/.
        previous: of the last build; None for none.
        layers_dir: this buildpack's, as the lifecycle restored it; None for none.
        json: whether a document is wanted, in place of text.
        asks_indexes: whether the network may be used.
    """

    app_dir: Path
    environment: Mapping[str, str]
    buildpack_dir: Path
    previous: PreviousImage | None
    layers_dir: Path | None
    json: bool
    asks_indexes: bool

    @contextmanager
    def contexts(self) -> Iterator[tuple[DetectContext, BuildContext]]:
        """Give the block the directories that the lifecycle would give; they are temporary."""
        with tempfile.TemporaryDirectory(prefix="python-buildpack-explain-") as temporary:
            root = Path(temporary)
            # Alone: nobody else is beside it, and nobody follows.
            buildpack_dir = root / "buildpacks" / _DIRECTORY / "own"
            layers_dir = root / "layers" / _DIRECTORY
            for directory in (buildpack_dir.parent, layers_dir):
                directory.mkdir(parents=True)
            buildpack_dir.symlink_to(self.buildpack_dir)
            (root / "layers" / "group.toml").write_text(f'[[group]]\nid = "{_ID}"\n')
            plan = root / "plan.toml"
            plan.touch()
            if self.previous is not None:
                self.previous.restore(layers_dir)
            variables = {
                **self.environment,
                "CNB_BUILDPACK_DIR": str(buildpack_dir),
                "CNB_PLATFORM_DIR": self.environment.get("CNB_PLATFORM_DIR", str(root)),
                "CNB_LAYERS_DIR": str(self.layers_dir or layers_dir),
                "CNB_BUILD_PLAN_PATH": str(root / "build-plan.toml"),
                "CNB_BP_PLAN_PATH": str(plan),
            }
            yield (
                DetectContext.from_environment(variables, self.app_dir),
                BuildContext.from_environment(variables, self.app_dir),
            )


def parse_explain_request(
    arguments: Sequence[str], environment: Mapping[str, str]
) -> ExplainRequest:
    """Parse the command line of ``python-buildpack explain``.

    Args:
        arguments: without the program's name.
        environment: the caller's.

    Raises:
        SystemExit: help was asked for, or an argument is wrong; that is printed.
    """
    parser = _parser()
    options = parser.parse_args(arguments)
    app_dir = Path(options.path).resolve()
    if not app_dir.is_dir():
        parser.error(f"{options.path} isn't a directory")
    try:
        previous = _previous(options.image) if options.image else None
        settings = _project_settings(app_dir)
    except (OSError, UnicodeDecodeError) as error:
        parser.error(f"a file can't be read: {error}")
    except InvalidDocumentError as error:
        parser.error(f"{error.path_or_name}: {error.problem}")
    given = dict(_variable(text, environment) for text in options.env)
    return ExplainRequest(
        app_dir=app_dir,
        environment={
            **_target(options.arch, previous),
            **settings,
            **{name: environment[name] for name in environment if _is_passed(name)},
            **given,
        },
        buildpack_dir=_buildpack_dir(environment),
        previous=previous,
        layers_dir=options.layers and Path(options.layers).resolve(),
        json=options.json,
        asks_indexes=not options.no_network,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python-buildpack explain",
        description="Tell what a build of a directory would do, without a container.",
    )
    parser.add_argument("path", nargs="?", default=".", help="of the app; default: this directory")
    parser.add_argument(
        *("-e", "--env"),
        metavar="NAME[=VALUE]",
        action="append",
        default=[],
        help="a variable, as of pack build; without a value, the caller's",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--no-network", action="store_true", help="ask no package index")
    parser.add_argument("--arch", choices=("amd64", "arm64"), help="default: this machine's")
    last = parser.add_mutually_exclusive_group()
    last.add_argument(
        "--image", metavar="FILE", help="docker inspect of the last image; - is stdin"
    )
    last.add_argument(
        "--layers", metavar="DIR", help="of this buildpack, as the lifecycle restored"
    )
    return parser


def _previous(file: str) -> PreviousImage:
    text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    return parse_previous_image(text, file, _ID)


def _project_settings(app_dir: Path) -> dict[str, str]:
    """Return the variables that pack reads in project.toml.

    https://buildpacks.io/docs/reference/config/project-descriptor/
    """
    path = app_dir / _PROJECT_TOML
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    tables = parse_toml(text, _PROJECT_TOML)
    found = get_table(tables, "io", "buildpacks", "build").get("env")
    entries = found if found is not None else get_table(tables, "build").get("env")
    named = (each for each in (entries if isinstance(entries, list) else ()) if is_table(each))
    return {str(each.get("name", "")): str(each.get("value", "")) for each in named}


def _variable(text: str, environment: Mapping[str, str]) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    return name, value if separator else environment.get(name, "")


def _target(arch: str | None, previous: PreviousImage | None) -> dict[str, str]:
    machine = platform.machine()
    target = previous and previous.target
    values = {
        "OS": "linux",
        "ARCH": arch or (target.arch if target else _ARCHITECTURES.get(machine, machine)),
        "ARCH_VARIANT": target.arch_variant if target else None,
        "DISTRO_NAME": target.distro_name if target else None,
        "DISTRO_VERSION": target.distro_version if target else None,
    }
    return {f"CNB_TARGET_{name}": value for name, value in values.items() if value}


def _is_passed(name: str) -> bool:
    return name.startswith(_PREFIXES) or name in ("PATH", "SERVICE_BINDING_ROOT", *_PROXIES)


def _buildpack_dir(environment: Mapping[str, str]) -> Path:
    """Return where the inventory and the pinned tools are."""
    if named := environment.get("CNB_BUILDPACK_DIR"):
        return Path(named).resolve()
    installed = Path(__file__).resolve().parent / "buildpack"
    return installed if installed.is_dir() else installed.parents[2]

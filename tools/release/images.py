"""The images of a release: the buildpack for all architectures, and builders that have it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tools.errors import ToolError
from tools.pack import builder_config
from tools.packaging.targets import Target, parse_targets
from tools.release.version import current_version

_REFERENCE = re.compile(r"[^@:]+(:\d+/[^@:]+)?@sha256:[0-9a-f]{64}")


def push_buildpack(root: Path, pack: Path, packages: Path, image: str) -> str:
    """Push the packaged buildpack as one image of all architectures; return the index's digest.

    Args:
        packages: a directory for each architecture, as scripts/package makes them.
        image: without a tag; it gets that of the version.

    Raises:
        ToolError: an architecture is missing, or pack fails.
    """
    description = (root / "buildpack.toml").read_text("utf-8")
    targets = parse_targets(description)
    reference = f"{image}:{current_version(root)}"
    with tempfile.TemporaryDirectory() as temporary:
        # https://buildpacks.io/docs/for-buildpack-authors/how-to/distribute-buildpacks/package-buildpack/
        for target in targets:
            _copy(packages / str(target), Path(temporary) / target.os / target.arch)
        (Path(temporary) / "buildpack.toml").write_text(description, "utf-8")
        command = ["buildpack", "package", reference, "--publish", "--path", temporary]
        _run(pack, [*command, *_options(targets)])
    return index_digest(reference)


def index_digest(reference: str) -> str:
    """Return the digest of an image index in a registry, with the credentials of docker login.

    Raises:
        ToolError: docker fails, or prints no digest.
    """
    # pack's own "manifest inspect" prints an index in a registry as an empty one.
    command = ["docker", "buildx", "imagetools", "inspect", reference]
    command += ["--format", "{{.Manifest.Digest}}"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    digest = result.stdout.strip()
    if result.returncode != 0 or re.fullmatch("sha256:[0-9a-f]{64}", digest) is None:
        raise ToolError(f"docker knows no digest of {reference}:\n{result.stdout}{result.stderr}")
    return digest


def push_builders(root: Path, pack: Path, image: str, buildpack: str) -> None:
    """Push the builders of builder/: their tags are the names of the files.

    Args:
        image: without a tag.
        buildpack: what ``push_buildpack`` has pushed, with its digest.

    Raises:
        ToolError: pack fails.
    """
    targets = parse_targets((root / "buildpack.toml").read_text("utf-8"))
    version = current_version(root)
    for source in sorted((root / "builder").glob("*.toml")):
        with tempfile.TemporaryDirectory() as temporary:
            config = Path(temporary) / source.name
            text = builder_config(source, {"buildpacks": f"docker://{buildpack}"})
            config.write_text(text, "utf-8")
            command = ["builder", "create", f"{image}:{source.stem}", "--publish"]
            command += ["--config", str(config), "--tag", f"{image}:{source.stem}-{version}"]
            _run(pack, [*command, *_options(targets)])


def registry_entry(root: Path, buildpack: str) -> str:
    """Return the text of an issue that asks for an entry in the registry of buildpacks.

    https://github.com/buildpacks/registry-index

    Raises:
        ToolError: ``buildpack`` has no digest.
    """
    if _REFERENCE.fullmatch(buildpack) is None:
        raise ToolError(f"{buildpack} is no image with a digest.")
    found = re.search(r'(?m)^id = "(.+)"', (root / "buildpack.toml").read_text("utf-8"))
    if found is None:
        raise ToolError("buildpack.toml has no id.")
    lines = [f'id = "{found[1]}"', f'version = "{current_version(root)}"', f'addr = "{buildpack}"']
    return "\n".join(["```", *lines, "```", ""])


def _copy(package: Path, destination: Path) -> None:
    if not package.is_dir():
        raise ToolError(f"{package} is missing: run scripts/release files.")
    shutil.copytree(package, destination, symlinks=True)


def _options(targets: Sequence[Target]) -> list[str]:
    return [word for target in targets for word in ("--target", f"{target.os}/{target.arch}")]


def _run(pack: Path, arguments: Sequence[str]) -> None:
    """Run pack, which keeps its own settings out of this."""
    with tempfile.TemporaryDirectory() as home:
        result = subprocess.run(
            [str(pack), *arguments, "--no-color"],
            env={**os.environ, "PACK_HOME": home},
            capture_output=True,
            text=True,
            check=False,
        )
    if result.returncode != 0:
        raise ToolError(f"pack {arguments[0]} failed:\n{result.stdout}{result.stderr}")

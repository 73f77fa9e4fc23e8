"""Builds in which one operation of the buildpack's own process fails."""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
import subprocess
from collections.abc import Container, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.integration.direct_build import (
    DirectBuild,
    assert_same_tree,
    problem_of_failure,
    tree_digests,
)

_INJECTOR = Path(__file__).with_name("fault_injector.py")
# bin/run asks for the version, then starts the program, isolated as ever.
_INTERPRETER = """\
#!/bin/sh
case $1 in
-V) exec '{python}' -V ;;
*) exec '{python}' -I -S -B -u '{injector}' "$5" "$6" ;;
esac
"""
_LOG = logging.getLogger(__name__)
_NOTHING = (-1, "EIO")
_WRITES = frozenset(
    {
        *("open", "os.link", "os.mkdir", "os.rename", "os.symlink", "os.truncate"),
        "subprocess.Popen",
    }
)


@dataclass(frozen=True)
class Operation:
    """One that can fail: what Python calls it, which function of ours does it, and to what."""

    number: int
    event: str
    site: str
    path: str

    @property
    def is_write(self) -> bool:
        """Whether something is there after it that was not there before, or other than before."""
        return self.event in _WRITES


@dataclass(frozen=True)
class Fault:
    """What is to happen; the kinds are the injector's."""

    operation: Operation
    kind: str

    def __str__(self) -> str:
        operation = self.operation
        where = f"{operation.event} {operation.path} in {operation.site}"
        return f"{self.kind} at operation {operation.number}: {where}"


@dataclass(frozen=True)
class Course:
    """An undisturbed build: what it starts on, and what of it could have failed.

    Attributes:
        start: a directory of the layers that it finds; None if it starts from scratch.
        operations: of its own process, in their order.
        requests: the paths of those to the index, in their order.
    """

    start: Path | None
    operations: tuple[Operation, ...]
    requests: tuple[str, ...]


@dataclass
class Tally:
    """How faults ended.

    Attributes:
        left_something: how many builds failed, and left anything.
        proven: digests of what is known to be left so that the next build is right.
        problems: those faults that ended as none may.
    """

    explained: int = 0
    harmless: int = 0
    left_something: int = 0
    built_again: int = 0
    tried: int = 0
    proven: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)

    @contextmanager
    def trying(self) -> Iterator[None]:
        """Count one more, whose assertions are in the block; all others are tried all the same."""
        self.tried += 1
        try:
            yield
        except AssertionError as error:
            # At once, too: a long run may be cut off.
            _LOG.error("%s", error)
            self.problems.append(str(error))

    def require_no_problems(self) -> None:
        """Fail with all problems."""
        count = len(self.problems)
        assert count == 0, "\n\n".join([f"{count} problems in {self}", *self.problems])

    def __str__(self) -> str:
        return (
            f"{self.tried} faults tried: {self.explained} ended in a message, {self.harmless} did"
            f" no harm; what was left on {self.left_something} occasions was seen before or built"
            f" on ({self.built_again})"
        )


def with_injector(packaged: Path, directory: Path) -> Path:
    """Copy a buildpack to the new ``directory``, its interpreter replaced by the injector's."""
    shutil.copytree(packaged, directory, ignore=shutil.ignore_patterns("interpreter"))
    shutil.copyfile(_INJECTOR, directory / "fault_injector.py")
    interpreter = directory / "interpreter" / "bin" / "python3"
    interpreter.parent.mkdir(parents=True)
    python = packaged / "interpreter" / "bin" / "python3"
    script = _INTERPRETER.format(python=python, injector=directory / "fault_injector.py")
    interpreter.write_text(script, encoding="utf-8")
    for path in (directory, interpreter.parent.parent, interpreter.parent, interpreter):
        path.chmod(0o755)
    return directory


def operations(build: DirectBuild, start: Path | None = None) -> tuple[Operation, ...]:
    """Build on the layers of ``start``, and return all operations that could have failed."""
    build.prepare(start)
    trace = build.root / "home" / "trace.json"
    result = _run(build, _NOTHING, trace)
    assert result.returncode == 0, result.stdout
    seen = json.loads(trace.read_text(encoding="utf-8"))
    trace.unlink()
    return tuple(Operation(number, *each) for number, each in enumerate(seen))


def keep_layers(build: DirectBuild, names: Container[str], directory: Path) -> Path:
    """Copy the layers of these names, as they are after a build, to the new ``directory``."""
    directory.mkdir()
    for path in build.layers_dir.iterdir():
        if path.name.partition(".")[0] not in names:
            continue
        if path.is_dir():
            shutil.copytree(path, directory / path.name, symlinks=True)
        else:
            shutil.copy2(path, directory)
    return directory


def try_fault(
    build: DirectBuild,
    fault: Fault,
    expected: dict[str, str],
    tally: Tally,
    start: Path | None = None,
) -> None:
    """Build on the layers of ``start`` with a fault, then again without on what that left.

    Fails where the first build neither gives the ``expected`` layers nor tells why not, or where
    the second one doesn't give them.
    """
    build.prepare(start)
    app = tree_digests(build.root / "app")
    result = _run(build, (fault.operation.number, fault.kind))
    judge(build, result, expected, tally, f"{fault}\n{result.stdout}")
    assert_same_tree(app, tree_digests(build.root / "app"), f"The app: {fault}\n{result.stdout}")
    if result.returncode != 0:
        build_again(build, expected, tally, f"{fault}\n{result.stdout}")


def judge(
    build: DirectBuild,
    result: subprocess.CompletedProcess[str],
    expected: dict[str, str],
    tally: Tally,
    note: str,
) -> None:
    """Fail where a build neither gave the ``expected`` layers nor told why not."""
    if result.returncode == 0:
        assert_same_tree(expected, build.left(), note)
        tally.harmless += 1
        return
    problem = problem_of_failure(result)
    assert problem is None, f"{problem}: {note}"
    tally.explained += 1


def build_again(build: DirectBuild, expected: dict[str, str], tally: Tally, note: str) -> None:
    """Build without a fault on what a build left, unless that was nothing, or was seen before."""
    if not any(build.layers_dir.iterdir()) and not any(build.temporary_dir.iterdir()):
        return
    tally.left_something += 1
    left = digest_of_what_is_left(build)
    if left in tally.proven:
        return
    again = run_undisturbed(build)
    assert again.returncode == 0, f"Again: {again.stdout}\nBefore: {note}"
    assert_same_tree(expected, build.left(), f"Again: {again.stdout}\nBefore: {note}")
    tally.built_again += 1
    tally.proven.add(left)


def digest_of_what_is_left(build: DirectBuild) -> str:
    left = [sorted(tree_digests(path).items()) for path in (build.layers_dir, build.temporary_dir)]
    return hashlib.sha256(repr(left).encode()).hexdigest()


def run_undisturbed(build: DirectBuild) -> subprocess.CompletedProcess[str]:
    """Build on what is there; only the waits between attempts at a download are left out."""
    return _run(build, _NOTHING)


def _run(
    build: DirectBuild, fault: tuple[int, str], trace: Path | None = None
) -> subprocess.CompletedProcess[str]:
    number, kind = fault
    plan = {
        "roots": [f"{build.root}/"],
        "number": number,
        "kind": kind,
        "trace": str(trace) if trace else None,
    }
    env = {**build.env, "FAULT_PLAN": json.dumps(plan)}
    try:
        return replace(build, env=env).run()
    except subprocess.TimeoutExpired as error:
        printed = (error.output or b"").decode(errors="replace")
        raise AssertionError(f"{kind} at operation {number}: it hangs\n{printed}") from None

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from python_buildpack import programs
from python_buildpack.programs.sizing import settings

PROGRAM = programs.SIZING
MACHINE_CPUS = 8
# 16 GiB; all of the trees below are on such a machine.
MEMINFO = "MemTotal:       16777216 kB\nMemFree:         1000000 kB\n"
V2_MOUNT = "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n"
V1_MOUNTS = """\
24 1 0:22 / /proc rw shared:5 - proc proc rw
31 23 0:28 / /sys/fs/cgroup ro - tmpfs tmpfs rw,mode=755
32 31 0:29 {cgroup} /sys/fs/cgroup/cpu,cpuacct ro shared:9 master:1 - cgroup cgroup rw,cpu,cpuacct
35 31 0:32 {cgroup} /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory
"""
V1_CGROUP = "12:memory:{path}\n4:cpu,cpuacct:{path}\n1:name=systemd:{path}\n"
UNLIMITED_V1 = "9223372036854771712\n"
MIB = 1024 * 1024


def tree(root: Path, files: Mapping[str, str], *, cgroup: str, mounts: str) -> str:
    """Write what a container sees below ``root``, and return it."""
    proc = {"proc/self/cgroup": cgroup, "proc/self/mountinfo": mounts, "proc/meminfo": MEMINFO}
    for name, text in {**proc, **{f"sys/fs/cgroup/{name}": files[name] for name in files}}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return str(root)


def v2(root: Path, files: Mapping[str, str], *, path: str = "/", mounts: str = V2_MOUNT) -> str:
    return tree(root, files, cgroup=f"0::{path}\n", mounts=mounts)


def v1(root: Path, files: Mapping[str, str], *, path: str = "/", mounted: str = "/") -> str:
    return tree(
        root, files, cgroup=V1_CGROUP.format(path=path), mounts=V1_MOUNTS.format(cgroup=mounted)
    )


def cpu_v1(quota_us: int | str, directory: str = "", period_us: int = 100_000) -> dict[str, str]:
    return {
        f"cpu,cpuacct{directory}/cpu.cfs_quota_us": f"{quota_us}\n",
        f"cpu,cpuacct{directory}/cpu.cfs_period_us": f"{period_us}\n",
    }


def memory_v1(limit: int | str, directory: str = "") -> dict[str, str]:
    return {f"memory{directory}/memory.limit_in_bytes": f"{limit}\n"}


def chosen(root: str, environment: Mapping[str, str] | None = None) -> str:
    """Return the two variables, "-" for one that isn't set, such as ``2 1``."""
    variables, _ = settings(dict(environment or {}), root, MACHINE_CPUS)
    assert variables.keys() <= {"WEB_CONCURRENCY", "OMP_NUM_THREADS"}
    return " ".join(variables.get(name, "-") for name in ("WEB_CONCURRENCY", "OMP_NUM_THREADS"))


@pytest.mark.parametrize(
    ("cpu_max", "memory_max", "expected"),
    [
        pytest.param("200000 100000", f"{4096 * MIB}", "5 2", id="the CPUs decide"),
        pytest.param("200000 100000", f"{1024 * MIB}", "4 2", id="the memory decides"),
        pytest.param("200000 100000", "max", "5 2", id="no memory limit"),
        pytest.param("1600000 100000", "max", "17 8", id="more than the machine has"),
        pytest.param("800000 100000", "max", "17 8", id="all that the machine has"),
        pytest.param("150000 100000", f"{600 * MIB}", "2 2", id="one and a half"),
        pytest.param("150000 100000", "max", "4 2", id="one and a half, no memory limit"),
        pytest.param("25000 50000", "max", "2 1", id="half, another period"),
        pytest.param("10000 100000", "max", "1 1", id="a tenth"),
        pytest.param("1000 1000000", "max", "1 1", id="the smallest part"),
        pytest.param("400000 100000", f"{100 * MIB}", "1 4", id="tiny memory"),
        pytest.param("400000 100000", "4096", "1 4", id="a page of memory"),
        pytest.param("max 100000", "max", "- -", id="no limit"),
        pytest.param("max 100000", f"{512 * MIB}", "- -", id="a memory limit alone"),
        pytest.param("0 100000", "max", "- -", id="no time at all"),
        pytest.param("100000 0", "max", "- -", id="no period"),
        pytest.param("100000", "max", "- -", id="one number"),
        pytest.param("-1 100000", "max", "- -", id="v1's word for no limit"),
        pytest.param("1e5 100000", "max", "- -", id="junk"),
        pytest.param("", "max", "- -", id="empty"),
        pytest.param("²00000 100000", "max", "- -", id="a digit of another kind"),
        pytest.param(f"1{'0' * 400} 1", "max", "- -", id="a number beyond all"),
        pytest.param("200000 100000", "lots", "- -", id="junk for memory"),
        pytest.param("200000 100000", "", "- -", id="empty for memory"),
        pytest.param("200000 100000", "-1", "- -", id="negative memory"),
    ],
)
def test_v2(tmp_path: Path, cpu_max: str, memory_max: str, expected: str) -> None:
    files = {"cpu.max": f"{cpu_max}\n", "memory.max": f"{memory_max}\n", "memory.high": "max\n"}
    assert chosen(v2(tmp_path, files)) == expected


@pytest.mark.parametrize(
    ("path", "files", "expected"),
    [
        pytest.param("/", {}, "- -", id="the top of the machine, which has no files"),
        pytest.param(
            "/pod/app",
            {
                "pod/cpu.max": "100000 100000\n",
                "pod/app/cpu.max": "400000 100000\n",
                "pod/app/memory.max": "max\n",
            },
            "3 1",
            id="the quota of the parent is smaller",
        ),
        pytest.param(
            "/pod/app",
            {
                "pod/cpu.max": "max 100000\n",
                "pod/memory.max": f"{512 * MIB}\n",
                "pod/app/cpu.max": "400000 100000\n",
                "pod/app/memory.max": f"{4096 * MIB}\n",
            },
            "2 4",
            id="the memory of the parent is smaller",
        ),
        pytest.param(
            "/pod/app",
            {"pod/cpu.max": "200000 100000\n", "pod/app/cgroup.procs": "1\n"},
            "5 2",
            id="the controllers are on for the parent only",
        ),
        pytest.param(
            "/app",
            {
                "app/cpu.max": "200000 100000\n",
                "app/memory.max": "max\n",
                "app/memory.high": f"{800 * MIB}\n",
            },
            "3 2",
            id="memory that is throttled before the limit",
        ),
        pytest.param(
            "/pod", {"cpu.max": "max 1\n", "other/cpu.max": "1 1\n"}, "- -", id="not there"
        ),
        pytest.param(
            "/../other", {"cpu.max": "100000 100000\n"}, "- -", id="outside of the namespace"
        ),
        pytest.param(
            "/app (deleted)", {"app/cpu.max": "100000 100000\n"}, "- -", id="removed meanwhile"
        ),
        pytest.param("/a b:c", {"a b:c/cpu.max": "100000 100000\n"}, "3 1", id="an odd name"),
    ],
)
def test_v2_nested(tmp_path: Path, path: str, files: dict[str, str], expected: str) -> None:
    assert chosen(v2(tmp_path, files, path=path)) == expected


@pytest.mark.parametrize(
    ("mounts", "path", "expected"),
    [
        pytest.param(
            "30 23 0:26 /docker/abc /sys/fs/cgroup ro - cgroup2 cgroup rw\n",
            "/docker/abc",
            "3 1",
            id="the container's own cgroup is mounted",
        ),
        pytest.param(
            "30 23 0:26 /docker/abc /sys/fs/cgroup ro - cgroup2 cgroup rw\n",
            "/docker/abcd",
            "- -",
            id="one with a similar name is",
        ),
        pytest.param(
            "30 23 0:26 /../.. /sys/fs/cgroup ro - cgroup2 cgroup rw\n",
            "/",
            "- -",
            id="one outside of the namespace is",
        ),
        pytest.param(
            "30 23 0:26 /a\\040b /sys/fs/cgroup ro - cgroup2 cgroup rw\n",
            "/a b",
            "3 1",
            id="escaped",
        ),
        pytest.param("", "/", "- -", id="none is"),
        pytest.param("junk\n", "/", "- -", id="junk"),
    ],
)
def test_v2_mounts(tmp_path: Path, mounts: str, path: str, expected: str) -> None:
    root = v2(tmp_path, {"cpu.max": "100000 100000\n"}, path=path, mounts=mounts)
    assert chosen(root) == expected


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param({**cpu_v1(200_000), **memory_v1(1024 * MIB)}, "4 2", id="both limits"),
        pytest.param({**cpu_v1(150_000), **memory_v1(600 * MIB)}, "2 2", id="one and a half"),
        pytest.param({**cpu_v1(5_000, "", 50_000), **memory_v1(UNLIMITED_V1)}, "1 1", id="a tenth"),
        pytest.param({**cpu_v1(200_000), **memory_v1(UNLIMITED_V1)}, "5 2", id="no memory limit"),
        pytest.param({**cpu_v1(-1), **memory_v1(512 * MIB)}, "- -", id="no quota"),
        pytest.param({**cpu_v1(-1), **memory_v1(UNLIMITED_V1)}, "- -", id="no limit"),
        pytest.param({**cpu_v1(400_000), **memory_v1(64 * MIB)}, "1 4", id="tiny memory"),
        pytest.param({**cpu_v1(0), **memory_v1(512 * MIB)}, "- -", id="no time at all"),
        pytest.param({**cpu_v1(-2), **memory_v1(512 * MIB)}, "- -", id="less than nothing"),
        pytest.param({**cpu_v1("junk"), **memory_v1(512 * MIB)}, "- -", id="junk"),
        pytest.param({**cpu_v1(200_000), **memory_v1("junk")}, "- -", id="junk for memory"),
        pytest.param(cpu_v1(200_000), "- -", id="no directory of the memory controller"),
        pytest.param(
            {"cpu,cpuacct/cpu.cfs_quota_us": "100000\n", **memory_v1(512 * MIB)},
            "- -",
            id="no period",
        ),
    ],
)
def test_v1(tmp_path: Path, files: dict[str, str], expected: str) -> None:
    assert chosen(v1(tmp_path, files)) == expected


@pytest.mark.parametrize(
    ("path", "mounted", "directory", "expected"),
    [
        pytest.param("/docker/abc", "/docker/abc", "", "2 1", id="its own cgroup is mounted"),
        pytest.param("/docker/abc", "/", "/docker/abc", "2 1", id="the machine's is mounted"),
        pytest.param("/docker/abc", "/docker/xyz", "", "- -", id="another's is mounted"),
    ],
)
def test_v1_without_a_namespace(
    tmp_path: Path, path: str, mounted: str, directory: str, expected: str
) -> None:
    files = {**cpu_v1(100_000, directory), **memory_v1(512 * MIB, directory)}
    assert chosen(v1(tmp_path, files, path=path, mounted=mounted)) == expected


def test_v1_nested(tmp_path: Path) -> None:
    files = {
        **cpu_v1(400_000, "/pod/app"),
        **cpu_v1(100_000, "/pod"),
        **cpu_v1(-1),
        **memory_v1(UNLIMITED_V1),
        **memory_v1(512 * MIB, "/pod"),
        **memory_v1(1024 * MIB, "/pod/app"),
    }
    assert chosen(v1(tmp_path, files, path="/pod/app")) == "2 1"


@pytest.mark.parametrize(
    ("cgroup", "files"),
    [
        pytest.param(
            "12:memory:/\n4:cpu,cpuacct:/\n0::/\n",
            {**cpu_v1(150_000), **memory_v1(600 * MIB), "unified/cpu.max": "100000 100000\n"},
            id="all of it in v1",
        ),
        pytest.param(
            "12:memory:/\n0::/\n",
            {"unified/cpu.max": "150000 100000\n", **memory_v1(600 * MIB)},
            id="the CPUs in v2",
        ),
        pytest.param(
            "4:cpu,cpuacct:/\n0::/\n",
            {**cpu_v1(150_000), "unified/memory.max": f"{600 * MIB}\n"},
            id="the memory in v2",
        ),
    ],
)
def test_hybrid(tmp_path: Path, cgroup: str, files: dict[str, str]) -> None:
    mounts = V1_MOUNTS.format(cgroup="/") + V2_MOUNT.replace("/cgroup rw", "/cgroup/unified rw")
    assert chosen(tree(tmp_path, files, cgroup=cgroup, mounts=mounts)) == "2 2"


@pytest.mark.parametrize(
    ("cgroup", "files"),
    [
        pytest.param("", {}, id="no cgroups"),
        pytest.param("junk\n", {"cpu.max": "100000 100000\n"}, id="junk"),
        pytest.param("1:name=systemd:/\n", {"cpu.max": "100000 100000\n"}, id="no controllers"),
    ],
)
def test_own_cgroup_unknown(tmp_path: Path, cgroup: str, files: dict[str, str]) -> None:
    assert chosen(tree(tmp_path, files, cgroup=cgroup, mounts=V2_MOUNT)) == "- -"


@pytest.mark.parametrize(
    "name", ["proc/self/cgroup", "proc/self/mountinfo", "proc/meminfo", "sys/fs/cgroup/cpu.max"]
)
@pytest.mark.parametrize("damage", ["unreadable", "not UTF-8"])
def test_unreadable(tmp_path: Path, name: str, damage: str) -> None:
    root = v2(tmp_path, {"cpu.max": "100000 100000\n", "memory.max": "max\n"})
    assert chosen(root) == "3 1"
    path = tmp_path / name
    path.unlink()
    if damage == "unreadable":
        path.mkdir()  # which root can't read either
    else:
        path.write_bytes(b"\xff\xfe\n")
    assert chosen(root) == "- -"


def test_meminfo_without_the_total(tmp_path: Path) -> None:
    root = v2(tmp_path, {"cpu.max": "100000 100000\n"})
    (tmp_path / "proc" / "meminfo").write_text("MemFree: 1 kB\n")
    assert chosen(root) == "- -"


def test_a_small_machine_without_a_memory_limit(tmp_path: Path) -> None:
    root = v2(tmp_path, {"cpu.max": "200000 100000\n"})
    (tmp_path / "proc" / "meminfo").write_text("MemTotal: 1048576 kB\n")
    assert chosen(root) == "4 2"


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"WEB_CONCURRENCY": "1"}, "- 2"),
        ({"WEB_CONCURRENCY": ""}, "- 2"),
        ({"OMP_NUM_THREADS": "1"}, "5 -"),
        ({"OMP_NUM_THREADS": "1", "WEB_CONCURRENCY": "1"}, "- -"),
        ({"OPENBLAS_NUM_THREADS": "1"}, "5 2"),
    ],
)
def test_what_the_user_has_set_stays(
    tmp_path: Path, environment: dict[str, str], expected: str
) -> None:
    root = v2(tmp_path, {"cpu.max": "200000 100000\n"})
    assert chosen(root, environment) == expected


@pytest.mark.parametrize(
    ("cpu_max", "environment", "report"),
    [
        (
            "150000 100000",
            {},
            "Sizing: 1.5 CPUs, 600 MiB of memory: WEB_CONCURRENCY=2, OMP_NUM_THREADS=2\n",
        ),
        (
            "150000 100000",
            {"WEB_CONCURRENCY": "9"},
            "Sizing: 1.5 CPUs, 600 MiB of memory: WEB_CONCURRENCY is set already, OMP_NUM_THREADS=2\n",
        ),
        ("max 100000", {}, "Sizing: no CPU quota: nothing is set\n"),
        (
            "few 100000",
            {},
            "Sizing: {root}/sys/fs/cgroup has 'few' for a limit: nothing is set\n",
        ),
    ],
)
def test_report(tmp_path: Path, cpu_max: str, environment: dict[str, str], report: str) -> None:
    files = {"cpu.max": f"{cpu_max}\n", "memory.max": f"{600 * MIB}\n"}
    _, line = settings(environment, v2(tmp_path, files), MACHINE_CPUS)
    assert line == report.format(root=tmp_path)


def run_program(
    environment: Mapping[str, str], descriptor_3: str
) -> subprocess.CompletedProcess[str]:
    """Run the program as the launcher does, with a shell's redirection of file descriptor 3."""
    return subprocess.run(
        ["sh", "-c", f'exec "$@" {descriptor_3}', "sh", sys.executable, "-ISB", str(PROGRAM)],
        env=dict(environment),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("level", ["debug", "DEBUG", "info", ""])
def test_program_speaks_when_asked(tmp_path: Path, level: str) -> None:
    toml = tmp_path / "toml"
    environment = {"BP_LOG_LEVEL": level, "WEB_CONCURRENCY": "3", "OMP_NUM_THREADS": "3"}
    process = run_program(environment, f"3>{toml}")
    assert (process.returncode, process.stdout, toml.read_text()) == (0, "", "")
    assert process.stderr.startswith("Sizing: ") == (level.lower() == "debug")
    assert process.stderr.count("\n") == (level.lower() == "debug")


def test_program_imports_little() -> None:
    """Each start of the app waits for it: nearly all of that is the interpreter's own start."""

    def imported(*arguments: str) -> int:
        command = [sys.executable, "-ISB", "-X", "importtime", *arguments]
        return subprocess.run(command, capture_output=True, check=False).stderr.count(
            b"import time"
        )

    assert imported(str(PROGRAM)) - imported("-c", "") < 10


def test_program_to_which_nobody_listens() -> None:
    process = run_program({}, "3>&-")
    assert (process.returncode, process.stdout, process.stderr) == (0, "", "")

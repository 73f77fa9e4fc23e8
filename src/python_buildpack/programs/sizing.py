"""Sizes an app by the limits of its container; copied into the image, never imported by ours.

An exec.d program: the launcher runs it before each process and adds what it writes to file
descriptor 3 to the environment. https://github.com/buildpacks/spec/blob/buildpack/v0.10/buildpack.md#execd

What it chooses, and why, is in docs/sizing.md. Whatever it can't be sure of, it leaves alone; and
it never fails, which would keep the app from starting. It imports little: it runs before each
start, and most of its time is the interpreter's own.
"""

from __future__ import annotations

import os
from os import environ

BYTES_PER_WORKER = 256 * 1024 * 1024

_MIB = 1024 * 1024
_EXEC_D_OUTPUT = 3
_STANDARD_ERROR = 2
_DIGITS = 20


class UnknownLimitError(Exception):
    """A limit that may be there and can't be known; the text is where, and why."""


def settings(
    environment: dict[str, str], root: str, usable_cpus: int
) -> tuple[dict[str, str], str]:
    """Return the variables to set, and a line that says why.

    Args:
        environment: of the app; what is set there, if only to nothing, is the user's choice.
        root: "", or a directory that has ``proc``, and below which the mount points are.
        usable_cpus: how many CPUs this process may run on at all.
    """
    try:
        chosen, cause = sizes(root, usable_cpus)
    except (UnknownLimitError, OSError, ValueError) as error:
        chosen, cause = {}, str(error)
    wanted = {name: value for name, value in chosen.items() if name not in environment}
    results = [
        f"{name}={value}" if name in wanted else f"{name} is set already"
        for name, value in chosen.items()
    ]
    return wanted, f"Sizing: {cause}: {', '.join(results) or 'nothing is set'}\n"


def sizes(root: str, usable_cpus: int) -> tuple[dict[str, str], str]:
    """Return the variables that fit the container, and what they were chosen by.

    Raises:
        UnknownLimitError: a limit can't be known.
        OSError: a file can't be read.
        ValueError: a file isn't what the kernel writes.
    """
    quota = cpu_quota(root)
    if quota is None:
        return {}, "no CPU quota"
    memory = memory_bytes(root)
    cpus = min(quota, usable_cpus)
    workers = max(1, min(int(2 * cpus + 1), memory // BYTES_PER_WORKER))
    threads = -int(-cpus // 1)
    chosen = {"WEB_CONCURRENCY": str(workers), "OMP_NUM_THREADS": str(threads)}
    return chosen, f"{cpus:g} CPUs, {memory // _MIB} MiB of memory"


def cpu_quota(root: str) -> float | None:
    """Return how many CPUs' time the container gets at most; None if nothing limits it.

    https://docs.kernel.org/admin-guide/cgroup-v2.html#cpu-interface-files
    https://docs.kernel.org/scheduler/sched-bwc.html#management
    """
    quotas = []
    is_v1, directories = cgroup_directories(root, "cpu")
    for directory in directories:
        if is_v1:
            quota = _read(f"{directory}/cpu.cfs_quota_us")
            period = _read(f"{directory}/cpu.cfs_period_us")
        else:
            values = _read(f"{directory}/cpu.max")
            # The cgroup at the top has no such file.
            quota, period = values.split(" ") if values is not None else ("max", "")
        if quota not in (None, "max", "-1"):
            quotas.append(_number(quota, directory) / _number(period, directory))
    return min(quotas, default=None)


def memory_bytes(root: str) -> int:
    """Return how much memory the container gets at most: the machine's, where nothing limits it.

    https://docs.kernel.org/admin-guide/cgroup-v2.html#memory-interface-files
    https://docs.kernel.org/admin-guide/cgroup-v1/memory.html
    """
    limits = [_machine_memory_bytes(root)]
    is_v1, directories = cgroup_directories(root, "memory")
    # In v1, a number that is larger than any machine's memory stands for no limit.
    names = ("memory.limit_in_bytes",) if is_v1 else ("memory.max", "memory.high")
    for directory in directories:
        for name in names:
            value = _read(f"{directory}/{name}")
            if value not in (None, "max"):
                limits.append(_number(value, directory))
    return min(limits)


def cgroup_directories(root: str, controller: str) -> tuple[bool, list[str]]:
    """Return the cgroups by which a controller limits this process, its own last.

    Those that are outside of what is mounted in the container can't be seen.

    Returns:
        Whether they are of cgroup v1, and their directories; none if there are no cgroups.

    Raises:
        UnknownLimitError: they are not where they should be.
    """
    is_v1, own_path = _own_cgroup(root, controller)
    if own_path is None:
        return is_v1, []
    mounts = [
        (mounted_path.rstrip("/"), mount_point)
        for mounted_path, mount_point in _mounts(root, controller, is_v1=is_v1)
        if f"{own_path}/".startswith(f"{mounted_path.rstrip('/')}/")
    ]
    if not mounts:
        raise UnknownLimitError(f"the cgroup {own_path} ({controller}) is mounted nowhere")
    # The first is the one that shows the most of the cgroups around this one.
    mounted_path, mount_point = min(mounts)
    directories = [root + mount_point]
    names = [name for name in own_path[len(mounted_path) :].split("/") if name]
    for name in names:
        directories.append(f"{directories[-1]}/{name}")
    if ".." in names or not os.path.isdir(directories[-1]):  # noqa: PTH112
        raise UnknownLimitError(f"the cgroup {own_path} ({controller}) is not in {mount_point}")
    return is_v1, directories


def _own_cgroup(root: str, controller: str) -> tuple[bool, str | None]:
    """Return whether this process is limited by cgroup v1, and the path of its cgroup.

    A controller is in v1 or in v2, and where it is in neither, nothing is limited by it.

    https://man7.org/linux/man-pages/man7/cgroups.7.html
    """
    unified = None
    for line in _lines(f"{root}/proc/self/cgroup"):
        hierarchy, controllers, path = line.split(":", 2)
        if controller in controllers.split(","):
            return True, path
        if hierarchy == "0":
            unified = path
    return False, unified


def _mounts(root: str, controller: str, *, is_v1: bool) -> list[tuple[str, str]]:
    """Return which cgroup is mounted, and where, for each mount of a controller.

    https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html
    """
    mounts = []
    for line in _lines(f"{root}/proc/self/mountinfo"):
        place, _, kind = line.partition(" - ")
        file_system, _, options = kind.split(" ", 2)
        if (
            file_system == "cgroup" and controller in options.split(",")
            if is_v1
            else file_system == "cgroup2"
        ):
            mounted_path, mount_point = place.split(" ")[3:5]
            mounts.append((_unescaped(mounted_path), _unescaped(mount_point)))
    return mounts


def _unescaped(path: str) -> str:
    for code in (r"\040", r"\011", r"\012", r"\134"):
        path = path.replace(code, chr(int(code[1:], 8)))
    return path


def _machine_memory_bytes(root: str) -> int:
    for line in _lines(f"{root}/proc/meminfo"):
        name, _, value = line.partition(":")
        if name == "MemTotal":
            return _number(value.strip().removesuffix(" kB"), "/proc/meminfo") * 1024
    raise UnknownLimitError("/proc/meminfo doesn't tell the machine's memory")


def _number(text: str | None, where: str) -> int:
    """Return a number that is at least 1."""
    # What is longer is larger than anything that the kernel counts.
    if text is None or not text.isascii() or not text.isdigit() or len(text) > _DIGITS:
        raise UnknownLimitError(f"{where} has {text!r} for a limit")
    if int(text) == 0:
        raise UnknownLimitError(f"{where} has a limit of 0")
    return int(text)


def _lines(path: str) -> list[str]:
    with open(path, encoding="utf-8", errors="surrogateescape") as file:  # noqa: PTH123
        return file.read().splitlines()


def _read(path: str) -> str | None:
    """Return the text of a file of the kernel's, or None."""
    try:
        return "\n".join(_lines(path)).strip()
    except FileNotFoundError:
        return None


def main() -> None:
    """Tell the launcher what to set."""
    try:
        variables, report = settings(dict(environ), "", len(os.sched_getaffinity(0)))
        if environ.get("BP_LOG_LEVEL", "").lower() == "debug":
            os.write(_STANDARD_ERROR, report.encode("utf-8", "backslashreplace"))
        # TOML; these values need no escapes.
        toml = "".join(f'{name} = "{value}"\n' for name, value in variables.items())
        os.write(_EXEC_D_OUTPUT, toml.encode())
    except OSError:
        # Nobody listens, or this process may not ask.
        return


if __name__ == "__main__":
    main()

"""Programs of arm64 on a machine of another architecture, by QEMU's user-mode emulation.

The kernel starts the emulator for them, in containers and other roots as well: it keeps the program open
(flag F), so that nothing has to be installed there.
https://docs.kernel.org/admin-guide/binfmt-misc.html
"""

from __future__ import annotations

import os
import platform
import subprocess
from pathlib import Path

from tools.errors import ToolError

MACHINE = "aarch64"
PROGRAM = f"qemu-{MACHINE}-static"
PACKAGE = "qemu-user-static"
_BINFMT = Path("/proc/sys/fs/binfmt_misc")
# The header of an ELF file for the machine: 64 bits, little-endian, executable or shared.
_MAGIC = b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x02\x00\xb7\x00"
_MASK = b"\xff" * 7 + b"\x00" + b"\xff" * 8 + b"\xfe\xff\xff\xff"


def why_not_arm64() -> str | None:
    """Return what this machine lacks to run programs of arm64, None where it can.

    Where root may, the emulator is registered with the kernel, until it is started again.
    """
    if platform.machine() == MACHINE or _is_registered():
        return None
    program = Path("/usr/bin") / PROGRAM
    if not program.exists():
        return f"needs {PROGRAM} (Debian package {PACKAGE})"
    if os.geteuid() != 0:
        return "needs root: the emulator is registered with the kernel"
    try:
        _register(program)
    except (OSError, ToolError) as error:
        return f"needs binfmt_misc: {error}"
    return None


def _is_registered() -> bool:
    return (_BINFMT / f"qemu-{MACHINE}").exists()


def _register(program: Path) -> None:
    if not (_BINFMT / "register").exists():
        command = ["mount", "-t", "binfmt_misc", "binfmt_misc", str(_BINFMT)]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        if result.returncode != 0:
            raise ToolError(result.stderr.strip())
    magic, mask = ("".join(f"\\x{byte:02x}" for byte in each) for each in (_MAGIC, _MASK))
    rule = f":qemu-{MACHINE}:M::{magic}:{mask}:{program}:F"
    (_BINFMT / "register").write_text(rule, encoding="ascii")

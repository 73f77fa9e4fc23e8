from __future__ import annotations

from python_buildpack.environment.linkage.check import (
    MissingLibraries,
    MissingLibrariesError,
    MissingLibrary,
)
from python_buildpack.messages.links import SYSTEM_PACKAGES
from python_buildpack.messages.wording import message_for

MISSING = (
    MissingLibrary("libunknown\x1b.so.1", None, ("lib/python3.13/site-packages/_a.so",)),
    MissingLibrary("libGL.so.1", "opencv-python", ("cv2/a.so", "cv2/b.so", "cv2/c.so")),
    MissingLibrary("libgthread-2.0.so.0", "opencv-python", ("cv2/a.so",)),
)


def test_missing_libraries_warning() -> None:
    message = message_for(MissingLibraries(MISSING))
    assert message.heading == "Missing shared libraries"
    assert message.body == (
        "Neither the app's environment nor the build image has these:\n"
        "  of no known distribution\n"
        "    libunknown\\x1b.so.1\n"
        "      for lib/python3.13/site-packages/_a.so\n"
        "  opencv-python\n"
        "    libGL.so.1 (Debian and Ubuntu: libgl1)\n"
        "      for cv2/a.so and 2 more\n"
        "    libgthread-2.0.so.0 (Debian and Ubuntu: libglib2.0-0)\n"
        "      for cv2/a.so\n"
        "\n"
        "The files listed can't be loaded, unless the run image has these libraries.\n"
        "\n"
        "Require opencv-python-headless instead of opencv-python: it doesn't need them. Or:\n"
        "Use a builder that has the library in both the build image and the run image, or have\n"
        "heroku/deb-packages, a buildpack for Ubuntu, add the package before this one. In project.toml:\n"
        "    [com.heroku.buildpacks.deb-packages]\n"
        '    install = ["libgl1", "libglib2.0-0"]\n'
        f"See {SYSTEM_PACKAGES}\n"
        "\n"
        "With BP_STRICT_LINKAGE=true, this is an error."
    )


def test_missing_libraries_warning_without_known_packages() -> None:
    message = message_for(MissingLibraries(MISSING[:1]))
    assert "\n\nUse a builder that has the library in both " in message.body
    assert '    install = ["PACKAGE"]\n' in message.body


def test_missing_libraries_error() -> None:
    message = message_for(MissingLibrariesError(MISSING))
    assert message.heading == message_for(MissingLibraries(MISSING)).heading
    assert "    libGL.so.1 (Debian and Ubuntu: libgl1)\n" in message.body
    assert message.body.endswith("Without BP_STRICT_LINKAGE, this is a warning.")

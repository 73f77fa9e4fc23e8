"""The distributions that sequences of edits choose from: each is there for one difficulty."""

from __future__ import annotations

from dataclasses import replace

from python_buildpack.environment.parts.partition import LEAST_BYTES
from tests.distributions import Distribution
from tests.integration.generating import Generating
from tests.integration.package_index import Upload


def plain(version: str, text: str = "") -> Distribution:
    """Return one module, and nothing special."""
    return Distribution("plain", version, {"plain.py": f"VERSION = {version!r}\n{text}"})


def _tool(version: str, requirement: str) -> Distribution:
    return Distribution(
        "tool",
        version,
        {
            "tool/__init__.py": f"def main():\n    print('tool {version}')\n",
            "tool/data.txt": version,
        },
        requires=(requirement,),
        console_scripts=("tool = tool:main", "tool-again = tool:main"),
    )


def _web(version: str, fast: str) -> Distribution:
    return Distribution(
        "web",
        version,
        {"web/__init__.py": f"import plain\nVERSION = {version!r}\n", "web/routes.py": ""},
        requires=(
            "plain>=1",
            f'{fast} ; extra == "fast"',
            'checks ; extra == "testing" and python_version >= "3.8"',
            'plain<0 ; python_version < "3"',
        ),
        extras=("fast", "testing"),
    )


def _speedup(version: str, text: str = "") -> Distribution:
    return Generating("speedup", version, {"speedup.py": f"FAST = {version!r}\n{text}"})


def _checks(version: str) -> Distribution:
    files = {
        "checks/__init__.py": f"VERSION = {version!r}\n",
        "checks/tests/__init__.py": "",
        "checks/tests/test_checks.py": "def test():\n    assert True\n",
        # Not a package's own tests, but a top-level package of this name.
        "tests/test_all.py": f"# {version}\n",
    }
    return Distribution("checks", version, files)


def _space(part: str, version: str) -> Distribution:
    """Return a part of a namespace package."""
    files = {f"space/{part}/__init__.py": f"PART = {part!r}, {version!r}\n"}
    return Distribution(f"space-{part}", version, files)


def _clash(letter: str, version: str) -> Distribution:
    """Return one of two that overwrite each other's files: same names and sizes, other contents."""
    files = {
        "clash/__init__.py": f"LAST = '{letter}{version}'\n",
        "clash/common.py": f"def last():\n    return '{letter}{version}'\n",
        f"clash/only_{letter}.py": "",
        "data/share/clash.txt": f"{letter}{version}\n",
    }
    scripts = (f"clash = clash.only_{letter}:main",)
    return Distribution(f"clash-{letter}", version, files, console_scripts=scripts)


def _shared(version: str) -> Distribution:
    files = {
        "shared/__init__.py": "",
        f"data/share/shared/{version}.ini": "[shared]\n",
        "data/etc/shared.conf": f"version = {version}\n",
        "scripts/shared-script": f"#!python\nprint({version!r})\n",
    }
    return Distribution("shared", version, files)


def _pathy(version: str) -> Distribution:
    files = {
        "pathy.pth": "pathy_modules\nimport sys; sys.pathy = True\n",
        "pathy_modules/hidden.py": f"VERSION = {version!r}\n",
        # Templates of Python code are no Python code.
        "pathy_modules/template.py": "class {{ name }}:\n",
    }
    return Distribution("pathy", version, files)


def bulk(version: str, size: int = LEAST_BYTES) -> Distribution:
    """Return one with so much data that it has a layer of its own, programs and a top-level module."""
    files = {
        "bulk/__init__.py": f"VERSION = {version!r}\n",
        "bulk/data/zeros": "0" * size,
        "bulk_extra.py": "import bulk\n",
        "scripts/bulk-script": f"#!python\nprint({version!r})\n",
    }
    return Distribution(
        "bulk", version, files, requires=("plain>=1",), console_scripts=("bulk = bulk:main",)
    )


def _bulk_plugin(version: str) -> Distribution:
    """Return a small one that writes into the directory of a large one."""
    return Distribution("bulk-plugin", version, {"bulk/plugins/one.py": f"# {version}\n"})


def _bulk_patch(version: str) -> Distribution:
    """Return a small one that overwrites a file of a large one."""
    return Distribution("bulk-patch", version, {"bulk/__init__.py": f"PATCH = {version!r}\n"})


def _space_large(version: str, size: int = LEAST_BYTES) -> Distribution:
    """Return a part of a namespace package that is large in some versions."""
    files = {"space/large/__init__.py": "", "space/large/zeros": "0" * size}
    return Distribution("space-large", version, files)


_MARKED = Distribution(
    "marked",
    "1.0",
    {"marked.py": ""},
    requires=('space-one ; sys_platform == "linux"', 'web[fast] ; python_version < "3.0"'),
)

_FIRST = (
    plain("1.0"),
    plain("1.1"),
    _tool("1.0", "plain<2"),
    _web("1.0", "speedup"),
    _checks("1.0"),
    _space("one", "1.0"),
    _space("two", "1.0"),
    _clash("a", "1.0"),
    _clash("b", "1.0"),
    _shared("1.0"),
    _pathy("1.0"),
    _MARKED,
    bulk("1.0"),
    _bulk_plugin("1.0"),
    _bulk_patch("1.0"),
    _space_large("1.0"),
)
_LATER = (
    plain("2.0"),
    plain("3.0rc1"),
    _tool("2.0", "plain>=1.1"),
    _web("2.0", "speedup>=1.1"),
    _checks("1.1"),
    _space("one", "1.1"),
    _clash("a", "2.0"),
    _clash("b", "2.0"),
    _shared("2.0"),
    _pathy("2.0"),
    bulk("1.1"),
    bulk("2.0", LEAST_BYTES // 2),
    _bulk_plugin("2.0"),
    _space_large("1.1", 10),
)
# There are no wheels of these.
_FIRST_SDISTS = (_speedup("1.0"), _space("three", "1.0"))
_LATER_SDISTS = (_speedup("1.1"), _space("three", "1.1"))
# Of the second index: other files under the same names.
_OTHERS = {
    each.wheel_name: each
    for each in (plain("1.0", "OTHER = 1\n"), plain("1.1", "OTHER = 1\n"), _speedup("1.0", "# 2\n"))
}

NAMES = tuple(sorted({each.name for each in (*_FIRST, *_FIRST_SDISTS)}))


def first_uploads() -> tuple[Upload, ...]:
    """Return what the two indexes have at the start."""
    return tuple(upload for index in ("one", "two") for upload in _uploads(index, later=False))


def later_uploads() -> tuple[Upload, ...]:
    """Return the releases that come later, on both."""
    return tuple(upload for index in ("one", "two") for upload in _uploads(index, later=True))


def _uploads(index: str, *, later: bool) -> list[Upload]:
    wheels, sdists = (_LATER, _LATER_SDISTS) if later else (_FIRST, _FIRST_SDISTS)
    uploads = [
        *(Upload(index, each) for each in wheels),
        *(Upload(index, each, is_sdist=True) for each in sdists),
    ]
    if index == "one":
        return uploads
    return [
        replace(each, distribution=_OTHERS.get(each.distribution.wheel_name, each.distribution))
        for each in uploads
    ]


def local_project(revision: int, *, generates: bool) -> Distribution:
    """Return a project of the app's own; its contents change, its version doesn't.

    Args:
        revision: of its contents.
        generates: whether its backend writes into it, from what is in the app's VERSION.
    """
    files, requires = {"project.py": f"REVISION = {revision}\n"}, ("plain",)
    if generates:
        return Generating("project", "1.0", files, requires, outside="../VERSION")
    return Distribution("project", "1.0", files, requires)


def fetched(revision: int) -> Distribution:
    """Return a project of a Git repository."""
    return Generating("fetched", "1.0", {"fetched.py": f"REVISION = {revision}\n"})


LINKED = (plain("1.2"), plain("1.1", "LINKED = 1\n"), _speedup("1.5"))

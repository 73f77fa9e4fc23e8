"""Builds with a different secret in each place at once, for each package manager."""

from __future__ import annotations

import hashlib
import ssl
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import tomli

from tests.distributions import Distribution
from tests.integration.apps import write_app
from tests.integration.canaries import (
    LOGIN,
    CanaryIndex,
    canary,
    committed_canary,
    git_login,
    leaks,
    with_login,
)
from tests.integration.failed_builds import temporary_files_env
from tests.integration.git_server import (
    GitServer,
    git_server,
    git_store_env,
    write_repository,
)
from tests.integration.loopback_server import DIRECT
from tests.integration.managed_apps import Locker, checkout_locker
from tests.integration.private_builds import PRIVATE, private_app
from tests.integration.slim_runtime import write_own_slim_runtime
from tests.integration.workspaces import temporary_workspace
from tools.lifecycle_build import BuildResult, Workspace
from tools.platform_dir import Bindings
from tools.prepared_buildpack import PreparedBuildpack

# A source distribution is built here, and its wheel kept in the cache; so is what Git has.
BUILT = Distribution("built", "1.0", {"built.py": ""})
UNSIGNED = Distribution("unsigned", "1.0", {"unsigned.py": ""})
SIGNED = Distribution("signed", "1.0", {"signed.py": ""})
CLONED = Distribution("cloned", "1.0", {"cloned.py": ""})
SHA256 = hashlib.sha256(PRIVATE.wheel).hexdigest()
_ARCHIVE = "python.tar.gz"
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")
_LOCAL = {"NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost"}
_PYLOCK = f"""\
lock-version = "1.0"
created-by = "a test"

[[packages]]
name = "private"
version = "1.0"
index = "{{index}}"
wheels = [{{{{ url = "{{wheel}}", hashes = {{{{ sha256 = "{SHA256}" }}}} }}}}]
"""
_PYPROJECT = """
[project]
name = "shop"
version = "1.0"
dependencies = ["private==1.0"]
"""
_PDM_SOURCES = """
[[tool.pdm.source]]
name = "own"
url = "{url}"

[[tool.pdm.source]]
name = "token"
url = "{token}"
"""

Files = Mapping[str, str | bytes]


@dataclass(frozen=True)
class CanaryBuilds:
    """Where the builds take place, and the servers that they ask.

    Attributes:
        directory: one that every user can read.
        home: HOME of the builds, with a netrc file.
        inventory: of one Python, whose archive is behind the mirror.
        local_inventory: one whose archives are beside it.
        python: the version that they have.
        count: of builds, and of the places that were searched after them.
        apps: those that were made so far: the tools that lock take their time.
        commit: of the Git repository.
    """

    workspace: Workspace
    directory: Path
    home: Path
    inventory: Path
    local_inventory: Path
    python: str
    index: CanaryIndex
    git: GitServer
    commit: str
    locker: Locker
    apps: dict[str, Files] = field(default_factory=dict)
    count: Counter[str] = field(default_factory=Counter)

    def build(
        self, name: str, files: Files, env: Mapping[str, str], bindings: Bindings
    ) -> BuildResult:
        """Build as an image of this name, and fail where a canary is left."""
        app = Path(tempfile.mkdtemp(dir=self.directory), "app")
        write_app(app, files)
        workspace = self.workspace
        result = workspace.build(app, env, image=name, bindings=bindings)
        kept = [workspace.layers_dir, workspace.app_dir, workspace.home_dir, self.home]
        kept += [workspace.root / "cache" / name, workspace.root / "tmp"]
        kept += [path for path in (workspace.layout_dir / "cnb.local" / name,) if path.exists()]
        own_netrc = f"{self.home}/.netrc: home-netrc"
        search = leaks(result.log, kept, workspace.app_dir)
        self.count["builds"] += 1
        self.count["places"] += search.places
        found = search.leaks
        others = [leak for leak in found if leak != own_netrc]
        assert not others, others
        # It was there to be found.
        assert own_netrc in found
        return result

    def env(self) -> dict[str, str]:
        """Return variables, with a secret in each that may have one."""
        index = self.index
        return {
            **DIRECT,
            **temporary_files_env(self.workspace),
            **{name: with_login("http://127.0.0.1:9", canary("proxy")) for name in _PROXIES},
            "BP_REPORT": "true",
            "BP_PYTHON_INVENTORY": str(self.inventory),
            "BP_PYTHON_VERSION": self.python,
            "HOME": str(self.home),
            "DATABASE_URL": f"postgresql://{LOGIN}:{canary('database')}@db/shop",
            "SECRET_KEY": canary("secret-key"),
            "GIT_TOKEN": canary("git-url"),
            "PIP_EXTRA_INDEX_URL": index.url_with(canary("pip-extra-index-url")),
            "PIP_FIND_LINKS": "",
            "PIP_INDEX_URL": index.url_with(canary("pip-index-url")),
            "PIP_RETRIES": "0",
            "PIPENV_PYPI_MIRROR": index.url_with(canary("pipenv-mirror")),
            "INDEX_TOKEN": canary("index-token"),
            "PDM_PUBLISH_PASSWORD": canary("pdm-publish"),
            "POETRY_HTTP_BASIC_OWN_USERNAME": LOGIN,
            "POETRY_HTTP_BASIC_OWN_PASSWORD": canary("poetry-password"),
            "POETRY_PYPI_TOKEN_OWN": canary("poetry-token"),
            "UV_INDEX_OWN_USERNAME": LOGIN,
            "UV_INDEX_OWN_PASSWORD": canary("uv-password"),
            "UV_PUBLISH_TOKEN": canary("uv-publish"),
        }

    def token_env(self) -> dict[str, str]:
        """Return variables in whose URLs a secret is in the path, or will be in the query."""
        host = self.index.host
        env = {
            name: value
            for name, value in self.env().items()
            if not name.startswith("PIP_") or name in ("PIP_RETRIES", "PIP_FIND_LINKS")
        }
        return {
            **env,
            "BP_DEPENDENCY_MIRROR": f"http://{host}/{canary('mirror-path')}/mirror",
            "PIP_INDEX_URL": f"http://{host}/{canary('index-path')}/one/simple/",
            "PIP_EXTRA_INDEX_URL": f"http://{host}/{canary('extra-index-path')}/one/simple/",
            "FILE_QUERY": canary("file-query"),
            "FILE_PATH": canary("file-path"),
        }

    def bindings(self) -> dict[str, dict[str, str]]:
        """Return a binding of each type, with a secret in each."""
        index = self.index
        mirror = with_login(f"http://{index.host}/mirror", canary("mirror-binding"))
        conf = f"[global]\nextra-index-url = {index.url_with(canary('pip-binding'))}\n"
        basic = f'username = "{LOGIN}"\npassword = "{canary("poetry-binding")}"\n'
        git = self.git.credentials(git_login("git-binding"))
        uv = f'[[index]]\nname = "more"\nurl = "{index.url_with(canary("uv-binding"))}"\n'
        return {
            "pip": {"type": "pip", "pip.conf": conf},
            "netrc": {"type": "netrc", ".netrc": index.netrc(canary("netrc-binding"))},
            "uv": {"type": "uv", "uv.toml": uv},
            "poetry": {"type": "poetry", "auth.toml": f"[http-basic.own]\n{basic}"},
            "git": {"type": "git-credentials", "credentials": git},
            "ca": {"type": "ca-certificates", "a.pem": f"# {canary('ca-binding')}\n{_authority()}"},
            "mirror": {"type": "dependency-mirror", "default": mirror},
        }

    def app(self, manager: str) -> Files:
        """Return an app with a secret in its own files, made once for each manager."""
        if manager not in self.apps:
            self.apps[manager] = dict(self._app(manager))
        return self.apps[manager]

    def _app(self, manager: str) -> Files:
        url = self.index.url_with(committed_canary(manager))
        if manager == "poetry-proxied":
            # The only address that the builds' proxy isn't asked for is 127.0.0.1.
            elsewhere = url.replace("127.0.0.1", "localhost")
            return private_app("poetry", elsewhere, self.locker, self._lock_env)
        token = with_login(self.index.url(), "${INDEX_TOKEN}")
        if manager == "pip":
            git = with_login(self.git.url("cloned"), "${GIT_TOKEN}")
            lines = (
                *(f"--extra-index-url {url}", f"--extra-index-url {token}"),
                *("private==1.0", "built==1.0", f"cloned @ git+{git}@{self.commit}", ""),
            )
            return {"requirements.txt": "\n".join(lines)}
        if manager.endswith("-git"):
            return self._app_from_git(manager, url)
        if manager == "pylock":
            return {"pylock.toml": _PYLOCK.format(index=url, wheel=self._wheel_url(manager))}
        if manager == "pyproject":
            project = Distribution("shop", "1.0", {"shop.py": ""}, requires=("private==1.0",))
            text = project.project["pyproject.toml"] + _PYPROJECT + f"# {url}\n"
            return {**project.project, "pyproject.toml": text}
        if manager == "pdm":
            files = private_app("pdm", self.index.url(), self.locker)
            sources = _PDM_SOURCES.format(url=url, token=token)
            return {**files, "pyproject.toml": f"{files['pyproject.toml']!s}{sources}"}
        if manager == "pipenv":
            files = private_app("pipenv", token, self.locker)
            return {**files, "pip.conf": f"[global]\nextra-index-url = {url}\n"}
        return private_app(manager, url, self.locker, self._lock_env)

    def _app_from_git(self, manager: str, url: str) -> Files:
        """Return an app whose lock names a repository, but not who may read it."""
        dependency = f"cloned @ git+{self.git.url('cloned')}@{self.commit}"
        store = self.directory / "git-credentials"
        store.write_text(self.git.credentials(git_login("git-binding")), encoding="utf-8")
        env = {**self._lock_env, **git_store_env(store)}
        return private_app(manager.removesuffix("-git"), url, self.locker, env, dependency)

    @property
    def _lock_env(self) -> dict[str, str]:
        # Poetry sends what is in the URL of an index to its pages only.
        return {**_LOCAL, "NETRC": str(self.home / ".netrc")}

    def _wheel_url(self, manager: str) -> str:
        path = f"http://{self.index.host}/one/files/{PRIVATE.wheel_name}"
        return with_login(path, committed_canary(f"{manager}-wheel"))


def _authority() -> str:
    """Return a certificate that this machine trusts."""
    certificates = ssl.create_default_context().get_ca_certs(binary_form=True)
    return ssl.DER_cert_to_PEM_cert(certificates[0])


@contextmanager
def canary_builds(
    lifecycle: Path, prepared: PreparedBuildpack, wheels: Path
) -> Iterator[CanaryBuilds]:
    """Give where builds take place whose tools are among ``wheels``; all is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="cnb-canaries-") as temporary:
        directory = Path(temporary)
        directory.chmod(0o755)
        slim = write_own_slim_runtime(prepared, directory / "runtimes")
        local = slim.directory / "inventory.toml"
        inventory, archive = _mirrored_inventory(local, directory / "mirrored.toml")
        (directory / "git" / "cloned").mkdir(parents=True)
        commit = write_repository(directory / "git" / "cloned", CLONED.project)
        index = CanaryIndex(wheels, {_ARCHIVE: archive})
        index.upload(PRIVATE, SIGNED)
        index.upload(BUILT, UNSIGNED, is_sdist=True)
        with (
            temporary_workspace(lifecycle, prepared.buildpack) as workspace,
            index.running(),
            git_server(directory / "git", git_login("git-url"), git_login("git-binding")) as git,
        ):
            yield CanaryBuilds(
                workspace=workspace,
                directory=directory,
                home=_home(directory / "home", index),
                inventory=inventory,
                local_inventory=local,
                python=slim.versions[0],
                index=index,
                git=git,
                commit=commit,
                locker=checkout_locker(),
            )


def _mirrored_inventory(local: Path, file: Path) -> tuple[Path, Path]:
    """Write an inventory of one Python whose archive the mirror alone has; return the archive, too."""
    (entry,) = tomli.loads(local.read_text(encoding="utf-8"))["artifacts"]
    archive = local.parent / entry["url"]
    entry["url"] = f"http://archives.invalid/{_ARCHIVE}"
    lines = [f'{key} = "{value}"' for key, value in entry.items()]
    file.write_text("\n".join(['format = "1"', "[[artifacts]]", *lines, ""]), encoding="utf-8")
    return file, archive


def _home(directory: Path, index: CanaryIndex) -> Path:
    directory.mkdir()
    directory.chmod(0o777)
    (directory / ".netrc").write_text(index.netrc(canary("home-netrc")), encoding="utf-8")
    return directory

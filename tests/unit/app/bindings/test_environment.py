from __future__ import annotations

import io
import ssl
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from python_buildpack.app.bindings.environment import bound_environment
from python_buildpack.app.bindings.service_bindings import (
    DuplicateBindingsError,
    InvalidEntryError,
    MissingEntryError,
)
from python_buildpack.package_managers.registry import CONFIGURATIONS
from python_buildpack.system import certificates
from python_buildpack.system.download import mirrored_url
from python_buildpack.system.output import Output
from tests.unit.app.bindings.mounted import Bindings, mount

CANARY = "s3cret-canary"
PIP_CONF = f"""\
[global]
index-url = https://shop:{CANARY}@one.example/simple
extra_index_url =
    https://two.example/simple
    https://shop:a%2Fb@three.example:8443/simple
"""


@pytest.fixture
def certificate(tmp_path: Path) -> str:
    """A certificate of an authority of the test's own."""
    key, file = tmp_path / "key.pem", tmp_path / "own.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-nodes", "-subj", "/CN=own", "-keyout", str(key), "-out", str(file)]
    subprocess.run(command, check=True, capture_output=True)
    return file.read_text()


class Bound:
    """Binds in a directory of the test's own; ``log`` is what was printed."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._stream = io.StringIO()

    @contextmanager
    def __call__(
        self, bindings: Bindings, environment: Mapping[str, str] | None = None
    ) -> Iterator[Mapping[str, str]]:
        mount(self.root, bindings)
        output = Output(self._stream)
        with bound_environment(self.root, environment or {}, CONFIGURATIONS, output) as variables:
            yield variables

    @property
    def log(self) -> str:
        return self._stream.getvalue()


@pytest.fixture
def bound(tmp_path: Path) -> Bound:
    return Bound(tmp_path / "bindings")


def test_types_of_others_are_ignored(bound: Bound) -> None:
    with bound({"db": {"type": "postgresql", "password": CANARY}}, {"A": "1"}) as variables:
        assert variables == {"A": "1"}
    assert bound.log == ""


def test_files_that_tools_read_where_they_are(bound: Bound) -> None:
    bindings = {
        "hosts": {"type": "netrc", "netrc": f"machine h login shop password {CANARY}"},
        "index": {"type": "pip", "pip.conf": "[global]\nindex-url = https://two.example/\n"},
        "quick": {"type": "uv", "uv.toml": ""},
    }
    with bound(bindings, {"A": "1"}) as variables:
        assert variables == {
            "A": "1",
            "NETRC": str(bound.root / "hosts" / "netrc"),
            "PIP_CONFIG_FILE": str(bound.root / "index" / "pip.conf"),
            "UV_CONFIG_FILE": str(bound.root / "quick" / "uv.toml"),
        }
    assert bound.log == (
        "\nService bindings\n"
        "  Using hosts, a binding of type netrc\n"
        "  Using index, a binding of type pip\n"
        "  Using quick, a binding of type uv\n"
    )


def test_credentials_of_pip_serve_every_tool(bound: Bound) -> None:
    with bound({"index": {"type": "pip", "pip.conf": PIP_CONF}}) as variables:
        netrc = Path(variables["NETRC"])
        assert netrc.read_text() == (
            f"machine one.example login shop password {CANARY}\n"
            "machine three.example login shop password a/b\n"
        )
        assert netrc.parent.stat().st_mode & 0o077 == 0
    assert not netrc.parent.exists()
    assert CANARY not in bound.log


def test_credentials_of_netrc_are_not_hidden_by_those_of_pip(bound: Bound) -> None:
    own = "machine one.example login own password own\ndefault login any password any\n"
    bindings = {
        "hosts": {"type": "netrc", ".netrc": own},
        "index": {"type": "pip", "pip.conf": PIP_CONF},
    }
    with bound(bindings) as variables:
        text = Path(variables["NETRC"]).read_text()
    assert text == f"machine three.example login shop password a/b\n{own}"


@pytest.mark.parametrize("password", ["a%20b", "a%22b", "a%5Cb", "%C3%A4", ""])
def test_credentials_that_tools_would_read_otherwise_stay_in_pip_conf(
    bound: Bound, password: str
) -> None:
    text = f"[global]\nindex-url = https://shop:{password}@one.example/simple\n"
    with bound({"index": {"type": "pip", "pip.conf": text}}) as variables:
        assert variables.keys() == {"PIP_CONFIG_FILE"}


def test_the_users_variables_win(bound: Bound) -> None:
    bindings = {
        "hosts": {"type": "netrc", "netrc": ""},
        "index": {"type": "pip", "pip.conf": PIP_CONF},
        "mirror": {"type": "dependency-mirror", "default": "https://mirror.example"},
    }
    own = {"NETRC": "/n", "PIP_CONFIG_FILE": "/p", "BP_DEPENDENCY_MIRROR": "https://own.example"}
    with bound(bindings, own) as variables:
        assert variables == own
    assert "Ignoring index, a binding of type pip: PIP_CONFIG_FILE is set\n" in bound.log


def test_the_users_netrc_wins_over_credentials_of_pip(bound: Bound, tmp_path: Path) -> None:
    (tmp_path / ".netrc").touch()
    bindings = {"index": {"type": "pip", "pip.conf": PIP_CONF}}
    with bound(bindings, {"HOME": str(tmp_path)}) as variables:
        assert "NETRC" not in variables


def test_poetry(bound: Bound) -> None:
    text = f'[http-basic.shop]\nusername = "shop"\npassword = "{CANARY}"\n'
    with bound({"shop": {"type": "poetry", "auth.toml": text}}) as variables:
        directory = Path(variables["POETRY_CONFIG_DIR"])
        assert {path.name: path.read_text() for path in directory.iterdir()} == {"auth.toml": text}
    assert not directory.exists()


@pytest.mark.parametrize(
    "entries",
    [
        pytest.param({"credentials": f"https://u:{CANARY}@h.example"}, id="store"),
        pytest.param({"credentials": f"username=u\npassword={CANARY}\n"}, id="all hosts"),
        pytest.param(
            {"credentials": f"url=https://h.example\nusername=u\npassword={CANARY}"}, id="url"
        ),
        pytest.param(
            {"credentials": f"password={CANARY}\nusername=u", "context": "https://h.example\n"},
            id="context",
        ),
    ],
)
def test_git_credentials(bound: Bound, entries: dict[str, str]) -> None:
    bindings = {"code": {"type": "git-credentials", **entries}}
    own = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "user.name",
        "GIT_CONFIG_VALUE_0": "own",
        "HOME": str(bound.root),
        "PATH": "/usr/bin:/bin",
    }
    with bound(bindings, own) as variables:
        question = "protocol=https\nhost=h.example\n\n"

        def git(*arguments: str) -> str:
            return subprocess.run(
                ["git", *arguments],
                env=dict(variables),
                input=question,
                text=True,
                capture_output=True,
                check=True,
            ).stdout

        assert f"password={CANARY}\n" in git("credential", "fill")
        assert git("config", "user.name") == "own\n"
    assert CANARY not in bound.log


def test_git_credentials_of_another_host(bound: Bound) -> None:
    text = f"username=u\npassword={CANARY}\n"
    entries = {"credentials": text, "context": "https://other.example"}
    with bound({"code": {"type": "git-credentials", **entries}}) as variables:
        result = subprocess.run(
            ["git", "credential", "fill"],
            env={**variables, "PATH": "/usr/bin:/bin", "GIT_TERMINAL_PROMPT": "0"},
            input="protocol=https\nhost=h.example\n\n",
            text=True,
            capture_output=True,
            check=False,
        )
    assert result.returncode != 0
    assert CANARY not in result.stdout


def test_certificates_are_added_to_the_systems(
    bound: Bound, certificate: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "system.pem").write_text("# of the system\n")
    monkeypatch.setattr(certificates, "_SYSTEM_FILE", tmp_path / "system.pem")
    key = (tmp_path / "key.pem").read_text()
    bindings = {
        "one": {
            "type": "ca-certificates",
            "a.pem": f"# \u00e4\n{certificate}",
            "b.pem": certificate,
        },
        "two": {"type": "ca-certificates", "ca.crt": certificate + key},
    }
    with bound(bindings, {"PIP_CERT": "/own.pem"}) as variables:
        names = ("CURL_CA_BUNDLE", "GIT_SSL_CAINFO", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")
        (file,) = {variables[name] for name in names}
        text = Path(file).read_text()
        assert variables["PIP_CERT"] == "/own.pem"
        context = ssl.create_default_context(cafile=file)
    assert text.startswith("# of the system\n")
    assert text.count("BEGIN CERTIFICATE") == 3
    assert "PRIVATE KEY" not in text
    assert len(context.get_ca_certs()) == 1


@pytest.mark.parametrize(
    ("entries", "mirror"),
    [
        ({"default": "https://m.example/a\n"}, "https://m.example/a"),
        ({"uri": "https://m.example"}, "https://m.example"),
        ({"default": "https://m.example", "github.com": "file:///m"}, "file:///m"),
        ({"maven.example": "https://m.example"}, None),
    ],
)
def test_dependency_mirror(bound: Bound, entries: dict[str, str], mirror: str | None) -> None:
    with bound({"m": {"type": "dependency-mirror", **entries}}) as variables:
        assert variables.get("BP_DEPENDENCY_MIRROR") == mirror
    assert ("Ignoring m" in bound.log) == (mirror is None)


def test_mirror_with_the_original_host() -> None:
    mirrored = mirrored_url("https://github.com/a/b.tar.gz", "https://m.example/x/{originalHost}")
    assert mirrored == "https://m.example/x/github.com/a/b.tar.gz"


def test_two_bindings_of_one_type(bound: Bound) -> None:
    bindings = {name: {"type": "netrc", "netrc": ""} for name in ("b", "a")}
    with pytest.raises(DuplicateBindingsError) as error, bound(bindings):
        pass
    assert (error.value.type, error.value.names) == ("netrc", ("a", "b"))


@pytest.mark.parametrize(
    "kind", ["ca-certificates", "dependency-mirror", "git-credentials", "netrc", "pip", "poetry"]
)
def test_missing_entry(bound: Bound, kind: str) -> None:
    with pytest.raises(MissingEntryError) as error, bound({"shop": {"type": kind}}):
        pass
    assert (error.value.name, error.value.type) == ("shop", kind)


@pytest.mark.parametrize(
    ("kind", "entry", "text"),
    [
        ("ca-certificates", "a.pem", CANARY),
        (
            *("ca-certificates", "a.pem"),
            f"-----BEGIN CERTIFICATE-----\n{CANARY}\n-----END CERTIFICATE-----\n",
        ),
        ("dependency-mirror", "default", f"mirror.example/{CANARY}"),
        ("git-credentials", "credentials", f"password={CANARY}"),
        ("netrc", "netrc", f"machine h login shop {CANARY}"),
        ("pip", "pip.conf", f"index-url = https://{CANARY}"),
        ("pip", "pip.conf", f"[global]\na = 1\n{CANARY}\n"),
    ],
)
def test_invalid_entry(bound: Bound, kind: str, entry: str, text: str) -> None:
    with pytest.raises(InvalidEntryError) as error, bound({"shop": {"type": kind, entry: text}}):
        pass
    assert (error.value.type, error.value.entry) == (kind, entry)
    assert CANARY not in str(vars(error.value))
    assert error.value.__suppress_context__ or error.value.__context__ is None


@pytest.mark.parametrize(
    ("kind", "entry", "text"),
    [
        ("pip", "pip.conf", "[global]\nindex-url = https://user:a#b@host/simple\n"),
        ("uv", "uv.toml", '[[index]]\nurl = "https://user:a/b@host/simple"\n'),
        ("git-credentials", "credentials", "\nhttps://user:a?b@host\n"),
        ("dependency-mirror", "default", "\nhttps://user:a#b@host\n"),
    ],
)
def test_password_that_is_not_percent_encoded(
    bound: Bound, kind: str, entry: str, text: str
) -> None:
    with (
        pytest.raises(InvalidEntryError) as raised,
        bound({"shop": {"type": kind, entry: text}}),
    ):
        pass
    assert (raised.value.name, raised.value.entry) == ("shop", entry)
    assert raised.value.problem.startswith("has a URL in line 2 whose password")


def test_secrets_of_bindings_are_masked(bound: Bound) -> None:
    bindings = {f"name-{CANARY}": {"type": "pip", "pip.conf": f"# password = {CANARY}"}}
    with bound(bindings):
        pass
    assert bound.log == "\nService bindings\n  Using name-****, a binding of type pip\n"

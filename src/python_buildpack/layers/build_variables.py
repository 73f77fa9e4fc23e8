"""The environment variables that a build backend or a compiler can read."""

from __future__ import annotations

import re
from collections.abc import Mapping

from python_buildpack.package_managers.registry import TOOL_PREFIXES
from python_buildpack.system.digests import digest_of
from python_buildpack.system.redaction import redact_url_credentials

# Of the lifecycle and the package managers. What of these decides an installation is an input of
# its own. Git's hold credentials, and name a temporary file where they come from a binding.
_OTHERS_SETTINGS = ("CNB_", *TOOL_PREFIXES, "GIT_CONFIG_")
_OWN_SETTINGS = ("BP_", "BPE_", "BPL_")
_IRRELEVANT = frozenset(
    {
        *("COLUMNS", "HOME", "HOSTNAME", "LINES", "LOGNAME", "OLDPWD", "PWD", "SHLVL", "TERM"),
        *("TEMP", "TMP", "TMPDIR", "USER", "_"),
        *("CURL_CA_BUNDLE", "GIT_SSL_CAINFO", "NETRC", "REQUESTS_CA_BUNDLE", "SSL_CERT_DIR"),
        *("SERVICE_BINDING_ROOT", "SSL_CERT_FILE"),
        *("ALL_PROXY", "FTP_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"),
    }
)
_SECRET = re.compile(r"CREDENTIAL|KEY|PASSPHRASE|PASSWD|PASSWORD|SECRET|TOKEN", re.IGNORECASE)


def build_variables_digest(environment: Mapping[str, str]) -> str:
    """Return a digest of the variables that can decide what is built from source; SHA-256.

    One digest of them all: that of a single value could be guessed. Of a variable whose name says
    that it is a secret, only the name counts.
    """
    relevant = {name: environment[name] for name in environment if _is_relevant(name)}
    return digest_of(
        {
            name: None if _SECRET.search(name) else redact_url_credentials(value)
            for name, value in relevant.items()
        }
    )


def can_be_read(name: str) -> bool:
    """Return whether the app's own code may read a variable that the build has."""
    upper = name.upper()
    return upper not in _IRRELEVANT and not upper.startswith(_OTHERS_SETTINGS)


def _is_relevant(name: str) -> bool:
    return can_be_read(name) and not name.upper().startswith(_OWN_SETTINGS)

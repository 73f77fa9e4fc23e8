"""Credentials for Git, in either form that bindings have them, as a helper that answers with them.

https://git-scm.com/docs/git-credential-store
https://git-scm.com/docs/git-credential#IOFMT
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from python_buildpack.app.bindings.service_bindings import Binding

_FORMS = (
    "has neither a line such as https://USER:PASSWORD@HOST nor the lines username=USER and"
    " password=PASSWORD"
)
_ATTRIBUTE = re.compile(r"^(url|username|password)=(.*\S)[^\S\n]*$", re.MULTILINE)


def git_helper(binding: Binding, file: Path) -> tuple[str, str]:
    """Return the name and value of the setting by which Git has the credentials of ``binding``.

    Args:
        binding: has the entry ``credentials``; the lines ``username=`` and ``password=`` in it are
            for the URL in its line ``url=`` or in the entry ``context``, else for all hosts.
        file: new, for a copy: Git removes credentials from its store that a server refuses.

    Raises:
        MissingEntryError, InvalidEntryError, UnreadableBindingError: it has no such credentials.
    """
    path = binding.require("credentials")
    text = binding.text(path)
    # What a name or password may be on a line by itself, a URL may be as well.
    found = {match[1]: match[2] for match in _ATTRIBUTE.finditer(text)}
    if {"username", "password"} <= found.keys():
        lines = (f"{name}={found[name]}\n" for name in ("username", "password"))
        file.write_text("".join(lines), encoding="utf-8")
        answer = f"!answer() {{ cat {shlex.quote(str(file))}; }}; answer"
        context = binding.find("context")
        url = binding.text(context).strip() if context else found.get("url", "")
        return f"credential.{url}.helper" if url else "credential.helper", answer
    if "://" not in text:
        raise binding.invalid(path, _FORMS)
    file.write_text(text, encoding="utf-8")
    return "credential.helper", f"store --file={shlex.quote(str(file))}"

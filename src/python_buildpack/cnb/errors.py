"""Errors of the Buildpack API binding: the platform broke its side of the contract.

They are dataclasses with ``eq=False`` and never ``frozen=True``: contextlib assigns
``__traceback__`` while unwinding. Misuse of the binding by this buildpack is a ``ValueError`` or
a ``TypeError`` instead.
"""

from __future__ import annotations

from dataclasses import dataclass


class CnbError(Exception):
    """Base of every error that the Buildpack API binding raises about its input."""


@dataclass(eq=False)
class MissingVariableError(CnbError):
    """A ``CNB_*`` variable that the lifecycle always sets is unset or empty."""

    name: str


@dataclass(eq=False)
class InvalidDocumentError(CnbError):
    """A TOML document of the lifecycle's can't be read or isn't what the specification says.

    Attributes:
        path_or_name: the document's path where it is known, else what the document is.
        problem: what is wrong with it, as a clause such as ``[metadata] is missing``.
    """

    path_or_name: str
    problem: str

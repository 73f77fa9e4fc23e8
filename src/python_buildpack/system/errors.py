"""Base classes of the errors that end a build.

* BuildpackError
  + UserError        the app's source or configuration has to change
  + ServiceError     a network service failed; the same build may pass later
  + InternalError    a bug in this buildpack, or a broken build environment

Concrete errors live next to the code that raises them and carry data only;
their wording is in ``messages``. They are dataclasses with ``eq=False``
and never ``frozen=True``: contextlib assigns ``__traceback__`` while unwinding.
"""

from __future__ import annotations


class BuildpackError(Exception):
    """Base of every error this buildpack raises on purpose."""


class UserError(BuildpackError):
    """The app's source code or configuration has to change."""


class ServiceError(BuildpackError):
    """A network service failed; the same build may pass later."""


class InternalError(BuildpackError):
    """A bug in this buildpack, or a broken build environment."""

"""What a build has to know of an app's Django project, and what that means for its processes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from python_buildpack.cnb.layer_env import LayerEnv, ModificationBehavior, Scope
from python_buildpack.system.errors import UserError
from python_buildpack.system.text import place_text, printable

SETTINGS_MODULE = "DJANGO_SETTINGS_MODULE"
PYTHONPATH = "PYTHONPATH"
_MOST_NAMES = 5


@dataclass(frozen=True)
class NamedSettings:
    """A settings module, and where the app names it.

    Attributes:
        path: of the file, relative to the app; or "DJANGO_SETTINGS_MODULE".
        line: counted from 1; None for the variable.
        is_assigned: whether it counts whatever the variable says.
    """

    module: str
    path: str
    line: int | None
    is_assigned: bool = False

    @property
    def text(self) -> str:
        """The module and its place, for the log."""
        return f"{printable(self.module)} ({place_text(self.path, self.line)})"


@dataclass(frozen=True)
class ChosenSettings:
    """The settings of production, and the files that name others.

    Attributes:
        named: what all processes are to run with.
        others: what they would run with otherwise; () where all agree.
    """

    named: NamedSettings
    others: tuple[NamedSettings, ...] = ()


@dataclass(frozen=True)
class MissingSettings:
    """Settings that the app is to run with and doesn't have.

    Attributes:
        beside: the modules that are where it was expected.
        may_be_installed: whether the app doesn't have their package either.
    """

    named: NamedSettings
    beside: tuple[str, ...] = ()
    may_be_installed: bool = False


@dataclass(eq=False)
class MissingSettingsError(UserError):
    """Django can't be started: the app doesn't have the settings that it names."""

    missing: MissingSettings


@dataclass(frozen=True)
class DjangoApp:
    """The one Django project of an app.

    Attributes:
        settings: that its processes run with; None if the code doesn't tell.
        missing_settings: those that it runs with, where the app doesn't have them.
        root_imports: what it imports from the app's directory, where manage.py isn't there.
        directory: whose project it is, relative to the app; "" for the app's own.
        has_static_root: whether the app mentions STATIC_ROOT anywhere: only Django itself can
            tell what is set.
    """

    manage_py: str
    settings: ChosenSettings | None = None
    missing_settings: MissingSettings | None = None
    root_imports: tuple[str, ...] = ()
    has_static_root: bool = False
    directory: str = ""

    def imported_from_root(self, installed: Mapping[str, str]) -> tuple[str, ...]:
        """Return the root's packages that its code means: those that no distribution is called."""
        return tuple(
            name for name in self.root_imports if name.lower().replace("_", "-") not in installed
        )


def django_env(django: DjangoApp, app_dir: Path, installed: Mapping[str, str]) -> LayerEnv:
    """Return what the processes of a Django app need in their environment, and collectstatic too.

    Nothing where its files agree on the settings, and find all that they import.
    """
    env = LayerEnv()
    if django.settings is not None and django.settings.others:
        module = django.settings.named.module
        env = env.insert(Scope.LAUNCH, ModificationBehavior.DEFAULT, SETTINGS_MODULE, module)
    if django.imported_from_root(installed):
        # Before the standard library: there is no other place that gunicorn, Celery and
        # manage.py all look into, and that can be given to every process.
        root = str(app_dir / django.directory)
        env = env.insert(Scope.LAUNCH, ModificationBehavior.DELIMITER, PYTHONPATH, ":")
        env = env.insert(Scope.LAUNCH, ModificationBehavior.PREPEND, PYTHONPATH, root)
    return env


def django_env_lines(django: DjangoApp, imported_from_root: tuple[str, ...]) -> Iterator[str]:
    """Yield what the log says of the variables of a Django app, and why it needs them."""
    if django.settings is not None and django.settings.others:
        named, other = django.settings.named, django.settings.others[0]
        yield f"Settings: {named.text}, not {other.text}"
        yield "DJANGO_SETTINGS_MODULE chooses others, in the build and in the image"
        for each in django.settings.others:
            if each.is_assigned:
                file = printable(each.path)
                yield f"{file} sets its own whatever the variable says: {printable(each.module)}"
    if imported_from_root:
        names = printable(", ".join(imported_from_root[:_MOST_NAMES]))
        yield (
            f"PYTHONPATH: the app's directory, where {printable(django.manage_py)}'s project "
            f"imports {names} from"
        )

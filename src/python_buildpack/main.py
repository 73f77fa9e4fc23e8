"""Composition root: the environment comes in here, and every error leaves as a message here."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from python_buildpack import __version__
from python_buildpack.app.settings import check_settings, parse_settings
from python_buildpack.cnb.contexts import BuildContext, DetectContext
from python_buildpack.cnb.errors import CnbError
from python_buildpack.cnb.exit_codes import ExitCode
from python_buildpack.package_managers.registry import CONFIGURATIONS, PREFIXES, TOOLS
from python_buildpack.system.errors import BuildpackError
from python_buildpack.system.output import Output

if TYPE_CHECKING:
    from python_buildpack.app.request import Build
    from python_buildpack.system.secrets import Secrets

# Layers and their parent directories are exported with the modes that they have here.
_UMASK = 0o022
_LAYERS_DIR_MODE = 0o755
# Of container engines, for images that set none. Without any, builds would find neither git nor cc.
_DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def detect_main() -> int:
    """Run the detect phase and return its exit code."""
    from python_buildpack.detect import detect

    def phase(environment: Mapping[str, str], output: Output) -> ExitCode:
        context = DetectContext.from_environment(environment, Path.cwd())
        return detect(context, parse_settings(environment), output)

    return _run(phase)


def build_main() -> int:
    """Run the build phase and return its exit code."""

    def phase(environment: Mapping[str, str], output: Output) -> ExitCode:
        output.title(f"Python Buildpack {__version__}")
        from python_buildpack.build import build
        from python_buildpack.cnb.output_files import write_launch, write_store

        context = BuildContext.from_environment(environment, Path.cwd())
        context.layers_dir.chmod(_LAYERS_DIR_MODE)
        with _requested(context, environment, output) as requested:
            outcome = build(requested)
        write_launch(context.layers_dir, outcome.launch)
        write_store(context.layers_dir, outcome.store)
        return ExitCode.PASS

    return _run(phase)


def explain_main() -> int:
    """Tell what a build of a directory would do; return the exit code that it would have."""
    if sys.argv[1:2] != ["explain"]:
        sys.exit("usage: python-buildpack explain [PATH], or explain --help")
    from dataclasses import replace

    from python_buildpack.detect import detect
    from python_buildpack.explain import Answer, explain
    from python_buildpack.explain_request import parse_explain_request

    request = parse_explain_request(sys.argv[2:], os.environ)
    answer = Answer(sys.stdout, request.json)

    def phase(environment: Mapping[str, str], output: Output) -> ExitCode:
        with request.contexts() as (detect_context, context):
            detected = detect(detect_context, parse_settings(environment), output)
            if detected is not ExitCode.PASS:
                return answer.undetected(output, detected)
            output.title(f"Python Buildpack {__version__}: what a build would do")
            with _requested(context, environment, output) as requested:
                explained = explain(replace(requested, asks_indexes=request.asks_indexes))
                return answer.explained(output, explained)

    return _run(phase, request.environment, answer.log, answer.failed)


@contextmanager
def _requested(
    context: BuildContext, environment: Mapping[str, str], output: Output
) -> Iterator[Build]:
    """Give the block the build that the platform and the user ask for."""
    import datetime

    from python_buildpack.app.given_secrets import settings_secrets
    from python_buildpack.app.known_names import with_known_names
    from python_buildpack.app.offline import apply_find_links_and_offline
    from python_buildpack.app.request import Build
    from python_buildpack.cnb.output_files import read_buildpack_plan, read_store

    with _with_bindings(context.platform_dir, environment, output) as bound:
        output.hide(settings_secrets(bound, CONFIGURATIONS))
        known = with_known_names(bound, output)
        settings = parse_settings(known)
        check_settings(settings, TOOLS)
        yield Build(
            context=context,
            plan=read_buildpack_plan(context.buildpack_plan_path),
            store=read_store(context.layers_dir),
            settings=settings,
            environment=_complete(apply_find_links_and_offline(context.app_dir, settings, known)),
            today=datetime.datetime.now(datetime.timezone.utc).date(),
            output=output,
            bound=frozenset(name for name in bound if bound[name] != environment.get(name)),
        )


def _complete(environment: Mapping[str, str]) -> Mapping[str, str]:
    """Return ``environment`` with what programs take for granted; the lifecycle hands on no locale."""
    # A user without a name has a home nowhere else, and pip wants to know one, there or not.
    home = {} if environment.get("HOME") else {"HOME": "/nonexistent"}
    path = {} if environment.get("PATH") else {"PATH": _DEFAULT_PATH}
    return {"LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1", **environment, **home, **path}


@contextmanager
def _with_bindings(
    platform_dir: Path, environment: Mapping[str, str], output: Output
) -> Iterator[Mapping[str, str]]:
    """Give the block ``environment`` with what service bindings add to it, if there are any.

    https://servicebinding.io/spec/core/1.1.0/#workload-projection
    """
    named = environment.get("SERVICE_BINDING_ROOT")
    root = Path(named) if named else platform_dir / "bindings"
    if not root.is_dir() or not any(root.iterdir()):
        if named:
            output.line(f"No bindings in {named} (SERVICE_BINDING_ROOT)")
        yield environment
        return
    from python_buildpack.app.bindings.environment import bound_environment

    with bound_environment(root, environment, CONFIGURATIONS, output) as bound:
        if certificates := bound.get("SSL_CERT_FILE"):
            # The buildpack's own downloads: OpenSSL reads the process's environment itself.
            os.environ["SSL_CERT_FILE"] = certificates
        yield bound


def _run(
    phase: Callable[[Mapping[str, str], Output], ExitCode],
    environment: Mapping[str, str] | None = None,
    log: TextIO | None = None,
    failed: Callable[[Output, Exception, ExitCode], None] | None = None,
) -> int:
    """Return the exit code of a phase.

    Args:
        environment: default: the process's.
        log: default: standard output.
        failed: shows an error; default: as a part of the log.
    """
    os.umask(_UMASK)
    sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    given = dict(os.environ if environment is None else environment)
    output = Output(log or sys.stdout, secrets=lambda: _environment_secrets(given))
    show = failed or _show
    try:
        return phase(given, output)
    except BrokenPipeError:
        # Nobody reads the log any more. What is still to be flushed must not fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (BuildpackError, CnbError) as error:
        show(output, error, ExitCode.ERROR)
    except Exception as error:  # noqa: BLE001 - the last resort: no traceback reaches a user
        from python_buildpack.system.unexpected import to_buildpack_error

        show(output, to_buildpack_error(error), ExitCode.ERROR)
    return ExitCode.ERROR


def _environment_secrets(environment: Mapping[str, str]) -> Secrets:
    from python_buildpack.app.given_secrets import environment_secrets

    return environment_secrets(environment, PREFIXES)


def _show(output: Output, error: Exception, _code: ExitCode) -> None:
    from python_buildpack.messages.wording import show_error

    show_error(error, output)

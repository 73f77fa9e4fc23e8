"""The apps in an app's files: what modules define, put together over imports."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from python_buildpack.start_commands.declared_apps import DeclaredApp, find_declared_module
from python_buildpack.start_commands.django_project import DjangoProject, chooses_asgi
from python_buildpack.start_commands.frameworks import (
    ADK,
    BY_CONSTRUCTOR,
    DASH,
    DJANGO_ASGI,
    DJANGO_WSGI,
    MARKS,
    Framework,
    ServerInterface,
)
from python_buildpack.start_commands.import_effects import is_script_name
from python_buildpack.start_commands.module_names import (
    SRC,
    ModuleName,
    find_module,
    module_name,
)
from python_buildpack.start_commands.module_reading import (
    ModuleContents,
    imported_modules,
    package_of,
    read_module,
)
from python_buildpack.start_commands.scope import Definition
from python_buildpack.start_commands.servers import Target
from python_buildpack.start_commands.source_tree import (
    ENTRY_NAMES,
    SourceTree,
    depth,
    is_entry,
    rank,
)

# In this order, where a module has several apps; the others of it are parts of that one.
_USUAL_NAMES = ("app", "application")
_NAMES_THAT_CELERY_LOOKS_FOR = ("app", "celery")


@dataclass(frozen=True)
class FoundApp:
    """An app.

    Attributes:
        target: the app.
        source: the file or variable that tells of it: its own file, or what names it.
        line: of the source, counted from 1; None where it has none.
    """

    target: Target
    source: str
    line: int | None


@dataclass(frozen=True)
class FoundApps:
    """The apps, and the files that aren't taken for one.

    Attributes:
        apps: of frameworks that are installed.
        harmful: the files that would do something to data when a server imports them, and the
            line of each, counted from 1.
    """

    apps: tuple[FoundApp, ...]
    harmful: Mapping[str, int]


@dataclass(frozen=True)
class _Resolved:
    """What a name of another module is an app of, and the function that returns it, if any."""

    framework: Framework
    factory: tuple[str, str] | None = None


@dataclass
class _Reader:
    """Reads modules, each once.

    Attributes:
        tree: the app's files.
        used: the factories that some module calls.
        harmful: the files that change data, so that they aren't taken for an app; a line of each.
    """

    tree: SourceTree
    used: set[tuple[str, str]] = field(default_factory=set)
    harmful: dict[str, int] = field(default_factory=dict)
    _read: dict[str, tuple[ModuleName, ModuleContents] | None] = field(default_factory=dict)

    def read(self, path: str) -> tuple[ModuleName, ModuleContents] | None:
        if path not in self._read:
            self._read[path] = None
            module = self.tree.parse(path)
            if module is not None:
                name = module_name(self.tree, path, imported_modules(module))
                if name is not None:
                    contents = read_module(module, package_of(name.name, path))
                    self._read[path] = (name, contents)
        return self._read[path]

    def resolve(
        self, target: str, directory: str, *, is_call: bool, seen: frozenset[str] = frozenset()
    ) -> _Resolved | None:
        """Return what a full name is an app of, or what it returns when it is called."""
        module, _, name = target.rpartition(".")
        path = find_module(self.tree, module, directory) if module else None
        read = self.read(path) if path is not None and target not in seen else None
        if path is None or read is None:
            return None
        contents = read[1]
        if is_call and name in contents.classes:
            return _Resolved(contents.classes[name])
        if is_call and name in contents.returned:
            return _Resolved(contents.returned[name], (path, name))
        defined = (each for each in contents.definitions if each.name.partition(".")[0] == name)
        framework = next((each.framework for each in defined if not each.is_factory), None)
        if framework is not None and not is_call:
            return _Resolved(framework)
        for alias in contents.aliases:
            if alias.name == name and not (is_call and alias.is_call):
                called = is_call or alias.is_call
                return self.resolve(
                    alias.target, read[0].directory, is_call=called, seen=seen | {target}
                )
        return None


def find_apps(
    tree: SourceTree,
    installed: Mapping[str, str],
    project: str | None,
    declared: Iterable[DeclaredApp] = (),
) -> FoundApps:
    """Return the apps of frameworks that are installed; of Django, none.

    Where apps are named, no others are found for the web.

    Args:
        tree: the app's files.
        installed: the version of each installed distribution, by its normalised name.
        project: the name of the app's own distribution, whose packages can be imported anyway
            where it is installed.
        declared: the apps that are named.
    """
    reader = _Reader(tree)
    is_installed = project in installed
    named = [
        app
        for each in declared
        if each.framework.distribution in installed
        and (app := _named(reader, each, is_installed=is_installed)) is not None
    ]
    found: list[FoundApp] = []
    doubtful: list[FoundApp] = []
    for path in tree.paths:
        if not _may_hold_an_app(tree, path):
            continue
        definitions = [
            each
            for each in _definitions(reader, path)
            if each.framework.distribution in installed and not _is_part(path, each)
        ]
        for definition in _chosen(definitions):
            module = _module(reader, path, is_installed=is_installed)
            apps = doubtful if definition.is_doubtful else found
            apps.append(_found_app(reader, path, module, definition))
    found = [
        each
        for each in found
        if not (each.target.is_factory and (each.target.path, each.target.name) in reader.used)
    ]
    workers = best(each for each in found if each.target.framework.kind is ServerInterface.WORKER)
    web = [each for each in found if each.target.framework.kind is not ServerInterface.WORKER]
    return FoundApps((*(named or web or doubtful), *workers), reader.harmful)


def _named(reader: _Reader, declared: DeclaredApp, *, is_installed: bool) -> FoundApp | None:
    """Return the app that is named; None where it isn't there, or its file changes data."""
    path = find_declared_module(reader.tree, declared.module)
    read = reader.read(path) if path is not None else None
    if path is None or read is None:
        return None
    definitions = [
        each
        for each in _definitions(reader, path)
        if each.framework.kind in (ServerInterface.WSGI, ServerInterface.ASGI)
    ]
    if path in reader.harmful:
        return None
    definition = next((each for each in definitions if each.name == declared.name), None)
    if definition is None and declared.name:
        is_factory = declared.name in read[1].returned
        definition = Definition(declared.framework, declared.name, 1, is_factory)
    chosen = [definition] if definition is not None else _preferred(definitions, _USUAL_NAMES)
    if not chosen:
        return None
    module = _module(reader, path, is_installed=is_installed)
    app = _found_app(reader, path, module, chosen[0])
    return replace(app, source=declared.source, line=declared.line)


def best(apps: Iterable[FoundApp]) -> tuple[FoundApp, ...]:
    """Return the apps in the best places: several where these are equally good."""
    all_apps = tuple(apps)
    least = min((rank(each.target.path) for each in all_apps), default=None)
    return tuple(each for each in all_apps if rank(each.target.path) == least)


def django_app(project: DjangoProject, tree: SourceTree, installed: Mapping[str, str]) -> FoundApp:
    """Return the app of a Django project."""
    is_asgi = chooses_asgi(project, installed)
    framework = DJANGO_ASGI if is_asgi else DJANGO_WSGI
    path, name = (project.asgi, project.asgi_name) if is_asgi else (project.wsgi, project.wsgi_name)
    if path is None:
        # manage.py can start it all the same; no server can.
        target = Target(framework, "", "", False, project.directory, project.manage_py)
        return FoundApp(target, target.path, project.settings_line)
    # Outside of manage.py's directory, it is imported from the app's, which is on the path then.
    below = path.startswith(f"{project.directory}/")
    relative = PurePosixPath(path).relative_to(project.directory if below else "").with_suffix("")
    module = ".".join(part for part in relative.parts if part != "__init__")
    parsed = tree.parse(path)
    definitions = read_module(parsed, "").definitions if parsed is not None else ()
    line = next((each.line for each in definitions if each.name == name), 1)
    target = Target(framework, module, name, False, project.directory, path)
    return FoundApp(target, path, line)


def _may_hold_an_app(tree: SourceTree, path: str) -> bool:
    # A wsgi.py often does no more than import; so may the usual files at the top.
    is_for_servers = PurePosixPath(path).name in ENTRY_NAMES
    may_import = is_for_servers or (is_entry(path) and depth(path) == 0)
    return may_import or tree.mentions(path, MARKS)


def _definitions(reader: _Reader, path: str) -> Iterator[Definition]:
    read = reader.read(path)
    if read is None:
        module = reader.tree.parse(path)
        # A script needs no name that can be imported, such as "1 Home.py".
        definitions = read_module(module, "").definitions if module is not None else ()
        yield from (each for each in definitions if each.framework.kind is ServerInterface.SCRIPT)
        return
    name, contents = read
    # A flask.py would be imported in place of the framework.
    if name.name.partition(".")[0] in {each.partition(".")[0] for each in BY_CONSTRUCTOR}:
        return
    if _is_script(path, contents):
        if contents.definitions or any(each.is_call for each in contents.aliases):
            reader.harmful[path] = contents.effects.acts or 1
        yield from (
            each for each in contents.definitions if each.framework.kind is ServerInterface.SCRIPT
        )
        return
    is_doubtful = contents.effects.acts is not None and not is_entry(path)
    for definition in contents.definitions:
        is_served = definition.framework.kind in (ServerInterface.WSGI, ServerInterface.ASGI)
        yield replace(definition, is_doubtful=is_doubtful and is_served)
    yield from _imported(reader, path, name, contents)


def _is_script(path: str, contents: ModuleContents) -> bool:
    """Tell whether a file does something by itself that no start of a server should do."""
    is_named_so = is_script_name(PurePosixPath(path).stem)
    return is_named_so or contents.effects.destroys is not None


def _imported(
    reader: _Reader, path: str, name: ModuleName, contents: ModuleContents
) -> Iterator[Definition]:
    """Yield the apps that are imported, or made by a function of another module.

    A function's caller is what to start where its name says so, and nothing else is done there.
    """
    defined = {each.name.partition(".")[0] for each in contents.definitions}
    is_for_servers = PurePosixPath(path).name in ENTRY_NAMES
    for alias in contents.aliases:
        if alias.name in defined or not (alias.is_call or is_for_servers):
            continue
        found = reader.resolve(alias.target, name.directory, is_call=alias.is_call)
        if found is None:
            continue
        if contents.effects.acts is not None and not is_for_servers:
            reader.harmful[path] = contents.effects.acts
            return
        if found.factory is not None and is_entry(path):
            reader.used.add(found.factory)
        is_dash = found.framework is DASH and alias.name != "server"
        variable = f"{alias.name}.server" if is_dash else alias.name
        is_doubtful = found.factory is not None and not is_entry(path)
        yield Definition(found.framework, variable, alias.line, is_doubtful=is_doubtful)


def _is_part(path: str, definition: Definition) -> bool:
    """Tell whether a definition is no app by itself: Django's are found by manage.py."""
    is_page = PurePosixPath(path).parent.name == "pages"
    is_django = definition.framework in (DJANGO_WSGI, DJANGO_ASGI)
    # https://google.github.io/adk-docs/get-started/quickstart/
    is_sub_agent = definition.framework is ADK and definition.name != "root_agent"
    return (
        is_django
        or is_sub_agent
        or (is_page and definition.framework.kind is ServerInterface.SCRIPT)
    )


def _chosen(definitions: list[Definition]) -> Iterator[Definition]:
    """Yield the apps of one module that count: one for the web and one worker, if that is clear."""
    workers = [each for each in definitions if each.framework.kind is ServerInterface.WORKER]
    web = [
        each
        for each in definitions
        if each.framework.kind in (ServerInterface.WSGI, ServerInterface.ASGI)
    ]
    scripts = [each for each in definitions if each.framework.kind is ServerInterface.SCRIPT]
    yield from _preferred(workers, _NAMES_THAT_CELERY_LOOKS_FOR)
    yield from _preferred(web, _USUAL_NAMES) if web else scripts


def _preferred(definitions: list[Definition], names: tuple[str, ...]) -> list[Definition]:
    for name in names:
        named = [each for each in definitions if each.name.partition(".")[0] == name]
        if named:
            return named[:1]
    return definitions


def _module(reader: _Reader, path: str, *, is_installed: bool) -> ModuleName:
    read = reader.read(path)
    if read is None:
        return ModuleName("", "")
    name = read[0]
    is_in_package = path.count("/") > 1
    if name.directory == SRC and is_installed and is_in_package:
        return ModuleName(name.name, "")
    return name


def _found_app(reader: _Reader, path: str, module: ModuleName, definition: Definition) -> FoundApp:
    read = reader.read(path)
    target = Target(
        framework=definition.framework,
        module=module.name,
        name=definition.name,
        is_factory=definition.is_factory,
        directory=module.directory,
        path=path,
        runs_itself=read is not None and read[1].effects.runs is not None,
    )
    return FoundApp(target, path, definition.line)

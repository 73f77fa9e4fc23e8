"""The apps that the app's modules define, in variables, by factories and over imports."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from python_buildpack.start_commands.frameworks import (
    BY_ARGUMENTS,
    BY_CLASS,
    CELERY,
    DASH,
    FACTORY_NAMES,
    SERVED,
    App,
    Framework,
    ServerInterface,
    made_by_constructor,
)
from python_buildpack.start_commands.import_effects import last_name, read_import_effects
from python_buildpack.start_commands.marked_scripts import find_marked_scripts
from python_buildpack.start_commands.modules import (
    Function,
    Module,
    all_statements,
    assigned,
    find_module,
    full_name,
    read_module,
    text_of,
)
from python_buildpack.start_commands.source_tree import SourceTree

# In this order, where a module has several apps; the others of it are parts of that one.
SERVED_NAMES = ("app", "application")
# Of these names, a class without an instance in a variable is taken.
_CLASSES = ("App", "Application")
# What has another interface than the app within.
_ADAPTERS = ("WsgiToAsgi", "WSGIMiddleware", "ASGIMiddleware")


@dataclass(frozen=True)
class Alias:
    """A variable that gets what another module defines, or what its function returns.

    Attributes:
        target: the full name of what is there.
    """

    name: str
    target: str
    line: int
    is_call: bool


@dataclass
class DefinedApps:
    """What the names in the app's modules are apps of.

    Attributes:
        used: the factories that some module calls, and the frameworks whose app another module
            sets up: a path and a name each.
        harmful: the files that change data, so that they aren't taken for an app; a line of each.
    """

    tree: SourceTree
    used: set[tuple[str, str]] = field(default_factory=set)
    harmful: dict[str, int] = field(default_factory=dict)
    _modules: dict[str, Module | None] = field(default_factory=dict)
    _made: dict[tuple[str, str], Framework | None] = field(default_factory=dict)
    _variables: dict[str, tuple[App, ...]] = field(default_factory=dict)
    _imported: dict[tuple[str, str, bool], App | None] = field(default_factory=dict)

    def read(self, path: str) -> Module | None:
        """Read a module, once; None if it can't be parsed."""
        if path not in self._modules:
            self._modules[path] = read_module(self.tree, path)
        return self._modules[path]

    def framework_of(
        self, module: Module, value: ast.expr | None, names: Mapping[str, str]
    ) -> Framework | None:
        """Return what an expression makes an app of, by what the module itself defines."""
        if isinstance(value, ast.Subscript) and text_of(value.slice) == "celery":
            # https://flask.palletsprojects.com/en/stable/patterns/celery/
            return CELERY if last_name(value.value) == "extensions" else None
        if not isinstance(value, ast.Call):
            return None
        if last_name(value.func).startswith("with_") and isinstance(value.func, ast.Attribute):
            # As in `broker = ListQueueBroker(url).with_result_backend(backend)`.
            return self.framework_of(module, value.func.value, names)
        # Of what isn't a name, such as `configure().make_wsgi_app()`, the method may tell.
        name = full_name(value.func, names) or f".{last_name(value.func)}"
        return made_by_constructor(name) or self.made_by(module, name)

    def made_by(self, module: Module, name: str) -> Framework | None:
        """Return what a class or a function of a module makes an app of."""
        key = module.path, name
        if key not in self._made:
            self._made[key] = None  # Of what is defined by itself.
            function = module.functions.get(name)
            if name in module.classes:
                bases = [full_name(each, module.names) for each in module.classes[name].bases]
                made = (made_by_constructor(each) or self.made_by(module, each) for each in bases)
                found = next((each for each in made if each is not None), None)
                self._made[key] = found or _interface(_method(module.classes[name], "__call__"), 2)
            elif isinstance(function, ast.FunctionDef):
                self._made[key] = self._returned_by(module, function)
        return self._made[key]

    def _returned_by(self, module: Module, function: Function) -> Framework | None:
        names = module.names_in(function)
        if function.returns is not None:
            annotated = made_by_constructor(full_name(function.returns, names))
            if annotated is not None:
                return annotated
        variables: dict[str, Framework] = {}
        for statement in all_statements(function):
            for name, value in assigned(statement):
                framework = self.framework_of(module, value, names)
                variables |= {name: framework} if framework is not None else {}
            if isinstance(statement, ast.Return):
                returned = statement.value
                found = self.framework_of(module, returned, names)
                if isinstance(returned, ast.Name):
                    found = variables.get(returned.id)
                if found is not None:
                    return found
        return None

    def imported(self, target: str, directory: str, *, is_call: bool) -> App | None:
        """Return the app of another module that a full name is, or returns when it is called."""
        key = target, directory, is_call
        if key not in self._imported:
            self._imported[key] = None  # Of what is imported in a circle.
            self._imported[key] = self._find_imported(*key)
        return self._imported[key]

    def _find_imported(self, target: str, directory: str, is_call: bool) -> App | None:
        module_of_it, _, name = target.rpartition(".")
        path = find_module(self.tree, module_of_it, directory) if module_of_it else None
        module = self.read(path) if path is not None else None
        if module is None or not module.name:
            return None
        framework = self.made_by(module, name) if is_call else self.variable(module, name)
        if framework is not None:
            is_factory = is_call and name in module.functions
            return App(framework, name, None, module.path, is_factory=is_factory)
        for alias in self.aliases(module):
            if alias.name == name and not (is_call and alias.is_call):
                is_called = is_call or alias.is_call
                return self.imported(alias.target, module.directory, is_call=is_called)
        return None

    def variable(self, module: Module, name: str) -> Framework | None:
        """Return what a variable of a module is an app of, by what the module itself defines."""
        variables = self.variables(module)
        named = (each.framework for each in variables if each.name.partition(".")[0] == name)
        # What something else was made of, such as Dash's server, isn't among these any more.
        assignments = (each for statement in module.statements for each in assigned(statement))
        values = (value for variable, value in assignments if variable == name)
        made = (self.framework_of(module, value, module.names) for value in values)
        return next((each for each in (*named, *made) if each is not None), None)

    def variables(self, module: Module) -> tuple[App, ...]:
        """Return the apps that a module has in its variables."""
        if module.path not in self._variables:
            self._variables[module.path] = ()  # Of what wraps itself.
            self._variables[module.path] = self._read_variables(module)
        return self._variables[module.path]

    def _read_variables(self, module: Module) -> tuple[App, ...]:
        found: dict[str, App] = {}
        for statement in module.statements:
            for name, value in assigned(statement):
                framework = self.framework_of(module, value, module.names)
                if framework is DASH:
                    _add_dash(found, name, statement.lineno, value)
                elif framework is not None and framework.distribution:
                    found.setdefault(name, App(framework, name, statement.lineno))
                else:
                    self._add_derived(found, module, name, value, statement.lineno)
                    if framework is not None and name in SERVED_NAMES:
                        plain = App(framework, name, statement.lineno, is_doubtful=True)
                        found.setdefault(name, plain)
        return tuple(found.values())

    def _add_derived(
        self,
        found: dict[str, App],
        module: Module,
        name: str,
        value: ast.expr | None,
        line: int,
    ) -> None:
        """Add what is made of an app: Dash's server, or an app with middleware around it."""
        if isinstance(value, ast.Attribute) and value.attr == "server":
            app = full_name(value.value, module.names)
            if app in found and found[app].name == f"{app}.server":
                del found[app]
                found[name] = App(DASH, name, line)
        elif name in SERVED_NAMES and name not in found:
            inner = self._within(module, value, found)
            if inner is not None:
                found[name] = App(inner, name, line)

    def _within(
        self, module: Module, value: ast.expr | None, found: dict[str, App]
    ) -> Framework | None:
        """Return what middleware is given, which is then no app to serve: ``Auth(flask_app)``."""
        if not isinstance(value, ast.Call) or last_name(value.func) in _ADAPTERS:
            return None
        names = [node.id for node in ast.walk(value) if isinstance(node, ast.Name)]
        for name in names:
            inner = found.get(name)
            if inner is not None and inner.framework.kind in SERVED:
                del found[name]
                return inner.framework
        targets = [module.names.get(name, "") for name in names]
        imported = (self.imported(each, module.directory, is_call=False) for each in targets)
        frameworks = (each.framework for each in imported if each is not None)
        return next((each for each in frameworks if each.kind in SERVED), None)

    def definitions(self, module: Module) -> Iterator[App]:
        """Yield the apps of a module: variables, else factories; and scripts."""
        variables = self.variables(module)
        yield from variables
        if all(each.framework.kind is ServerInterface.WORKER for each in variables):
            for name in FACTORY_NAMES:
                framework = self.made_by(module, name)
                function = module.functions.get(name)
                if function is not None and framework is not None and _is_factory(function):
                    yield App(framework, name, function.lineno, is_factory=True)
        yield from self._plain(module)
        yield from find_marked_scripts(self.tree, module)

    def _plain(self, module: Module) -> Iterator[App]:
        """Yield what a server calls for each request: functions, classes; and classes of workers."""
        for name in SERVED_NAMES:
            function = module.functions.get(name)
            framework = _interface(function, 1)
            if function is not None and framework is not None:
                yield App(framework, name, function.lineno, is_doubtful=True)
        # As in `app = App`, without a call.
        named = {name: last_name(v) for each in module.statements for name, v in assigned(each)}
        classes = {name: named[name] for name in SERVED_NAMES if name in named}
        for name, class_name in {**dict(zip(_CLASSES, _CLASSES, strict=True)), **classes}.items():
            node = module.classes.get(class_name)
            if node is None:
                continue
            init, each_request = _method(node, "__init__"), _by_instances(node)
            made = each_request or self.made_by(module, class_name)
            is_callable = each_request or init is None or _is_factory(init, 1)
            if made is not None and not made.distribution and is_callable:
                is_factory = each_request is None
                yield App(made, name, node.lineno, is_factory=is_factory, is_doubtful=True)
        for name, framework in BY_CLASS.items():
            if name in module.classes:
                yield App(framework, name, module.classes[name].lineno)

    def aliases(self, module: Module) -> Iterator[Alias]:
        """Yield the imports and calls of what other modules define."""
        for statement in module.statements:
            if isinstance(statement, ast.ImportFrom):
                for alias in statement.names:
                    name = alias.asname or alias.name
                    if name in module.names:
                        yield Alias(name, module.names[name], statement.lineno, is_call=False)
            for name, value in assigned(statement):
                called = value.func if isinstance(value, ast.Call) else None
                target = full_name(called or value, module.names)
                if "." in target and self.framework_of(module, value, module.names) is None:
                    yield Alias(name, target, statement.lineno, is_call=called is not None)


def _interface(function: Function | None, bound: int) -> Framework | None:
    """Return by which interface a server calls a function for each request, if it can.

    Args:
        bound: how many arguments are before those that tell.
    """
    arguments = function.args.args[bound:] if function is not None else ()
    return BY_ARGUMENTS.get(tuple(each.arg for each in arguments))


def _by_instances(node: ast.ClassDef) -> Framework | None:
    """Return by which interface a server makes an instance for each request, if it can.

    https://peps.python.org/pep-3333/#the-application-framework-side
    https://asgi.readthedocs.io/en/stable/specs/main.html#legacy-applications
    """
    return _interface(_method(node, "__init__"), 2) or _interface(_method(node, "__call__"), 1)


def _method(node: ast.ClassDef, name: str) -> Function | None:
    methods = (each for each in node.body if isinstance(each, Function))
    return next((each for each in methods if each.name == name), None)


def _add_dash(found: dict[str, App], name: str, line: int, value: ast.expr) -> None:
    """Add an app of Dash; what a server is given is its ``server``, a Flask app."""
    for keyword in value.keywords if isinstance(value, ast.Call) else ():
        given = keyword.value
        if keyword.arg == "server" and isinstance(given, ast.Name) and given.id in found:
            found[given.id] = replace(found[given.id], framework=DASH)
            return
    found.setdefault(name, App(DASH, f"{name}.server", line))


def _is_factory(function: Function, bound: int = 0) -> bool:
    """Return whether a function can be called with no more arguments, and destroys nothing."""
    arguments = function.args
    positional = len(arguments.posonlyargs) + len(arguments.args) - bound
    effects = read_import_effects(ast.Module(body=function.body, type_ignores=[]))
    is_callable = positional == len(arguments.defaults) and None not in arguments.kw_defaults
    return is_callable and effects.destroys is None

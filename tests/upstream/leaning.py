"""How a use of what a library does not promise is written down, and how those of the product are found."""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from types import ModuleType
from typing import Any

from tests.servers import ROOT

PRODUCT = ("tasks_app", "backoffice", "projet")
# Where an override is seen to be called: by test_worker.py, by the two tests of test_beat.py, by test_web.py.
WORKER, CLOCK, COMMAND, HERE = "worker", "clock", "command", "here"


@dataclass(frozen=True)
class Lean:
    """One line of a table; what is no function has no parameters.

    `theirs` is "module:Class.attribute", or "module:Class().attribute" for what only its instances have.
    `called` is where our override of it is seen to be called; "" for what we only use.
    """

    theirs: str
    parameters: str | None
    why: str
    called: str = ""

    def __str__(self) -> str:
        return self.theirs


@dataclass(frozen=True)
class Override:
    """A method of ours in the place of a library's."""

    owner: type
    name: str
    theirs: type

    @property
    def address(self) -> str:
        return f"{self.theirs.__module__}:{self.theirs.__qualname__}.{self.name}"

    def __str__(self) -> str:
        return f"{self.owner.__module__}.{self.owner.__qualname__}.{self.name}"


def resolve(address: str) -> Any:
    """The object of "module:Class.attribute"; AttributeError or ImportError where there is none."""
    module, _, path = address.partition(":")
    found: Any = import_module(module)
    for name in path.split("."):
        found = getattr(found, name)
    return found


def function_of(found: Any) -> Any:
    """The function behind a method, a property or a cached property; None for anything else."""
    if isinstance(found, property):
        return found.fget
    if isinstance(found, classmethod | staticmethod):
        return found.__func__
    function = getattr(found, "func", found)  # functools.cached_property, Django's and kombu's
    return function if inspect.isfunction(function) or inspect.ismethod(function) else None


def parameters_of(found: Any) -> str | None:
    """Their names, as "self, task_id, *args, **options"; None for what is no function."""
    function = function_of(found)
    if function is None:
        return None
    plain = (
        parameter.replace(annotation=parameter.empty, default=parameter.empty)
        for parameter in inspect.signature(function).parameters.values()
    )
    return ", ".join(map(str, plain))


# --- What the product leans on -----------------------------------------------------------------


def every_module(*packages: str) -> Iterator[ModuleType]:
    """These packages and all modules in them, imported where they are not yet."""
    for package in packages:
        found = import_module(package)
        yield found
        for module in walk_packages(getattr(found, "__path__", []), f"{package}."):
            if ".migrations" not in module.name and not module.name.endswith("__main__"):
                yield import_module(module.name)


def loaded_modules() -> list[ModuleType]:
    """Those of the product that this process has imported by itself: some hook themselves up as they are."""
    return [module for name, module in list(sys.modules.items()) if name.split(".")[0] in PRODUCT]


def overrides(modules: Iterable[ModuleType]) -> list[Override]:
    """Each method of a class of these modules that stands in the place of a library's."""
    found = [
        Override(owner, name, theirs)
        for module in modules
        for owner in list(vars(module).values())
        if inspect.isclass(owner) and owner.__module__ == module.__name__
        for name, value in vars(owner).items()
        if _is_written(owner, name, value) and (theirs := _nearest(owner, name)) is not None
    ]
    return sorted(found, key=str)


def _is_written(owner: type, name: str, value: Any) -> bool:
    """Not what a metaclass puts there."""
    function = function_of(value)
    if function is None:
        return False
    place = [getattr(inspect.unwrap(function), part, "") for part in ("__module__", "__qualname__")]
    return place == [owner.__module__, f"{owner.__qualname__}.{name}"]


def _nearest(owner: type, name: str) -> type | None:
    """The first class of a library among its ancestors that has this method."""
    for ancestor in owner.__mro__[1:]:
        if name in vars(ancestor):
            return None if ancestor is object or ancestor.__module__.startswith(PRODUCT) else ancestor
    return None


def private_names() -> dict[str, str]:
    """Each name with an underscore that the product asks of an object and gives to none itself, and where."""
    found: dict[str, str] = {}
    for package in PRODUCT:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "migrations" not in path.parts:
                found |= _private_names_in(path)
    return found


def _private_names_in(path: Path) -> dict[str, str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = list(ast.walk(tree))
    own = {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    for node in nodes:
        if isinstance(node, ast.Assign | ast.AnnAssign):  # `|=` changes what somebody else has put there
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            own |= {
                part.attr
                for target in targets
                for part in ast.walk(target)
                if isinstance(part, ast.Attribute)
            }
    return {
        node.attr: f"{path.relative_to(ROOT)}:{node.lineno}"
        for node in nodes
        if isinstance(node, ast.Attribute) and _is_private(node.attr) and node.attr not in own
    }


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")

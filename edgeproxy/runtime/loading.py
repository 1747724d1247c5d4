"""From a handler string to the function, as the Python runtime loads it (LR-78 to LR-88).

Every environment gets module instances of its own, of the handler's module and of whatever it imports from the code
folder, so that what one environment keeps in its modules is not seen by another. The proxy's `sys.modules` and
`sys.path` are as they were after each import.
"""

from __future__ import annotations

import builtins
import importlib
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any

from edgeproxy.function import Fault, FaultKind

Handler = Callable[[Any, Any], Any]

_importing = threading.RLock()
"""Held while the import system is turned to one environment's code."""


class CodeModules:
    """The modules of one environment.

    :param code: the function's folder, or its single file.
    :param overrides: names that the code finds among its builtins instead of the usual ones.
    """

    def __init__(self, code: Path, overrides: dict[str, Any]) -> None:
        self.root = code if code.is_dir() else code.parent
        self._own_names = _top_level_names(self.root)
        self._modules: dict[str, ModuleType] = {}
        self._builtins = {**vars(builtins), **overrides, "__import__": self._import}

    def load(self, handler: str) -> Handler | Fault:
        """The handler, or the fault that the runtime reports for it."""
        module_name, dot, attribute = handler.rpartition(".")
        if not dot:
            return _fault(
                "Runtime.MalformedHandlerName",
                f"Bad handler '{handler}': not enough values to unpack (expected 2, got 1)",
            )
        dotted = module_name.replace("/", ".")
        top = dotted.partition(".")[0]
        if top in sys.builtin_module_names:
            return _fault("Runtime.BuiltInModuleConflict", f"Cannot use built-in module {top} as a handler module")
        try:
            with self._in_place(top):
                module = importlib.import_module(dotted)
        except ImportError as error:
            return _fault("Runtime.ImportModuleError", f"Unable to import module '{module_name}': {error}")
        except SyntaxError as error:
            place = f'  File "{error.filename}" Line {error.lineno}\n    {(error.text or "").rstrip()}'
            return _fault("Runtime.UserCodeSyntaxError", f"Syntax error in module '{module_name}': {error}", (place,))
        except Exception as error:  # noqa: BLE001 - whatever user code raises while it is loaded is its fault
            return of_exception(error)
        try:
            found: Handler = getattr(module, attribute)
        except AttributeError:
            return _fault("Runtime.HandlerNotFound", f"Handler '{attribute}' missing on module '{module_name}'")
        return found

    def _import(self, name: str, *args: Any, **kwargs: Any) -> ModuleType:
        """`__import__` for the code: what lies in its folder is its own, everything else is shared."""
        top = name.partition(".")[0]
        level = kwargs.get("level", args[3] if len(args) > 3 else 0)
        if level:
            # Relative: `args[0]` are the globals of a module of this environment.
            top = str((args[0] if args else kwargs["globals"])["__package__"]).partition(".")[0]
        if top not in self._own_names:
            return builtins.__import__(name, *args, **kwargs)
        with self._in_place(top):
            return builtins.__import__(name, *args, **kwargs)

    @contextmanager
    def _in_place(self, top: str) -> Iterator[None]:
        """Let the import system see this environment's modules below `top`, only while we are inside."""
        with _importing:
            finder = _CodeFinder(self.root, self._builtins)
            hidden = _take(lambda name, _: name.partition(".")[0] == top)
            sys.modules.update(self._modules)
            sys.meta_path.insert(0, finder)
            try:
                yield
            finally:
                sys.meta_path.remove(finder)
                # Imports nest: what an outer one sees again under a name of ours may be the module that was hidden.
                self._modules |= _take(lambda name, it: it is self._modules.get(name) or name in finder.found)
                sys.modules.update(hidden)


def _take(wanted: Callable[[str, ModuleType], bool]) -> dict[str, ModuleType]:
    """Remove modules from `sys.modules` and give them."""
    return {name: sys.modules.pop(name) for name, module in list(sys.modules.items()) if wanted(name, module)}


def _top_level_names(root: Path) -> frozenset[str]:
    """What can be imported from a code folder. A folder without `__init__.py` never hides a module of Python's own."""
    names = set()
    for entry in root.iterdir():
        name = entry.name.partition(".")[0]
        regular = (entry / "__init__.py").is_file() or (entry.is_file() and entry.suffix in {".py", ".so"})
        if regular or (entry.is_dir() and name.isidentifier() and name not in sys.stdlib_module_names):
            names.add(name)
    return frozenset(names)


class _CodeFinder:
    """Finds modules in one folder before anything else does, and gives them the environment's builtins."""

    def __init__(self, root: Path, its_builtins: dict[str, Any]) -> None:
        self._root = root
        self._builtins = its_builtins
        self.found: set[str] = set()

    def find_spec(self, name: str, path: Any = None, target: ModuleType | None = None) -> ModuleSpec | None:
        spec = PathFinder.find_spec(name, [str(self._root)] if path is None else path, target)
        if spec is None or not _is_below(spec, self._root):
            return None
        self.found.add(name)
        if isinstance(spec.loader, SourceFileLoader):
            spec.loader = _CodeLoader(spec.loader.name, spec.loader.path, self._builtins)
        return spec


class _CodeLoader(SourceFileLoader):
    """Runs a module with the environment's builtins, and leaves no byte code in the code folder (LE-303)."""

    def __init__(self, name: str, path: str, its_builtins: dict[str, Any]) -> None:
        super().__init__(name, path)
        self._builtins = its_builtins

    def exec_module(self, module: ModuleType) -> None:
        vars(module)["__builtins__"] = self._builtins
        super().exec_module(module)

    def set_data(self, *_: Any, **__: Any) -> None:
        """Where byte code would be cached."""


def _is_below(spec: ModuleSpec, root: Path) -> bool:
    places = [spec.origin] if spec.origin else list(spec.submodule_search_locations or ())
    return any(Path(place).is_relative_to(root) for place in places)


def of_exception(error: BaseException) -> Fault:
    """The payload for an exception out of user code (LR-224 to LR-226)."""
    own = str(Path(__file__).parent)
    frames = [
        # As plain tuples: the runtime's stack has no markers below the source line.
        (frame.filename, frame.lineno or 0, frame.name, frame.line)
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith(own)
    ]
    return _fault(type(error).__name__, str(error), tuple(traceback.format_list(frames)))


def _fault(error_type: str, message: str, stack: tuple[str, ...] = ()) -> Fault:
    return Fault(FaultKind.ERROR, error_type, message, stack)

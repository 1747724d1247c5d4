"""From a handler string to the function."""

import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from edgeproxy.function import Fault, FaultKind
from edgeproxy.runtime.loading import CodeModules, of_exception


def load(folder: Path, handler: str = "index.handler", **overrides: Any) -> Any:
    return CodeModules(folder, overrides).load(handler)


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / name.replace("__", "/")
        path = path.with_suffix(".py") if not path.suffix else path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def loaded(folder: Path, handler: str = "index.handler") -> Any:
    found = load(folder, handler)
    assert not isinstance(found, Fault), found
    return found


@pytest.mark.rule("LE-305")
@pytest.mark.rule("LR-78")
def test_a_function_is_found_by_module_and_name(tmp_path: Path) -> None:
    write(tmp_path, index="def handler(event, context): return event['n'] + 1")
    assert loaded(tmp_path)({"n": 1}, None) == 2
    assert loaded(tmp_path / "index.py")({"n": 2}, None) == 3


@pytest.mark.rule("LR-79")
def test_slashes_and_dots_name_the_same_module(tmp_path: Path) -> None:
    write(tmp_path, pkg__mod="def func(event, context): return __name__")
    assert loaded(tmp_path, "pkg/mod.func")(None, None) == loaded(tmp_path, "pkg.mod.func")(None, None) == "pkg.mod"


FAULTS = [
    pytest.param(
        "index",
        "",
        "Runtime.MalformedHandlerName",
        "Bad handler 'index': not enough values to unpack (expected 2, got 1)",
        marks=pytest.mark.rule("LR-80"),
    ),
    pytest.param(
        "sys.handler",
        "",
        "Runtime.BuiltInModuleConflict",
        "Cannot use built-in module sys as a handler module",
        marks=pytest.mark.rule("LR-81"),
    ),
    pytest.param(
        "absent.handler",
        "",
        "Runtime.ImportModuleError",
        "Unable to import module 'absent': No module named 'absent'",
        marks=pytest.mark.rule("LR-82"),
    ),
    pytest.param(
        "a/b.handler",
        "",
        "Runtime.ImportModuleError",
        "Unable to import module 'a/b': No module named 'a'",
        marks=pytest.mark.rule("LR-83"),
    ),
    pytest.param(
        "index.handler",
        "import no_such_package",
        "Runtime.ImportModuleError",
        "Unable to import module 'index': No module named 'no_such_package'",
        marks=pytest.mark.rule("LR-82"),
    ),
    pytest.param(
        "index.handler",
        "def (",
        "Runtime.UserCodeSyntaxError",
        "Syntax error in module 'index': invalid syntax (index.py, line 1)",
        marks=pytest.mark.rule("LR-84"),
    ),
    pytest.param("index.handler", "1 / 0", "ZeroDivisionError", "division by zero", marks=pytest.mark.rule("LR-85")),
    pytest.param(
        "index.other",
        "def handler(event, context): ...",
        "Runtime.HandlerNotFound",
        "Handler 'other' missing on module 'index'",
        marks=pytest.mark.rule("LR-86"),
    ),
]


@pytest.mark.rule("LE-311")
@pytest.mark.parametrize(("handler", "source", "error_type", "message"), FAULTS)
def test_what_cannot_be_loaded(tmp_path: Path, handler: str, source: str, error_type: str, message: str) -> None:
    if source:
        write(tmp_path, index=source)
    fault = load(tmp_path, handler)
    assert isinstance(fault, Fault)
    assert (fault.kind, fault.error_type, fault.message) == (FaultKind.ERROR, error_type, message)


@pytest.mark.rule("LR-85")
def test_the_stack_of_a_failing_import_leads_to_user_code(tmp_path: Path) -> None:
    write(tmp_path, index="import helper", helper="raise ValueError('no')")
    fault = load(tmp_path)
    assert isinstance(fault, Fault)
    assert "importlib" in fault.stack[0], "the import machinery's frames are shown, as on Lambda"
    assert f'  File "{tmp_path}/index.py", line 1, in <module>\n    import helper\n' in fault.stack
    assert not any("loading.py" in entry for entry in fault.stack)
    assert fault.stack[-1] == f"  File \"{tmp_path}/helper.py\", line 1, in <module>\n    raise ValueError('no')\n"


@pytest.mark.rule("LE-301")
def test_each_environment_has_module_instances_of_its_own(tmp_path: Path) -> None:
    write(
        tmp_path,
        index="import counter\ndef handler(event, context):\n    counter.n += 1\n    return counter.n",
        counter="n = 0",
    )
    first, second = loaded(tmp_path), loaded(tmp_path)
    assert [first(0, 0), first(0, 0), second(0, 0)] == [1, 2, 1]


def test_two_functions_with_modules_of_one_name_do_not_meet(tmp_path: Path) -> None:
    handlers = []
    for name in ("a", "b"):
        write(
            tmp_path / name,
            index="def handler(event, context):\n    import util\n    return util.NAME",
            util=f"NAME = {name!r}",
        )
        handlers.append(loaded(tmp_path / name))
    assert [handler(0, 0) for handler in handlers * 2] == ["a", "b", "a", "b"]


def test_relative_imports_and_importlib_stay_in_the_code_folder(tmp_path: Path) -> None:
    write(
        tmp_path,
        index=(
            "import importlib\nfrom pkg.inner import value\nmodule = importlib.import_module('other')\n"
            "def handler(event, context): return value, module.value"
        ),
        other="value = 'other'",
    )
    write(tmp_path / "pkg", inner="from . import leaf\nfrom .leaf import value", leaf="value = 'leaf'")
    (tmp_path / "pkg" / "__init__.py").write_text("")
    assert loaded(tmp_path)(0, 0) == ("leaf", "other")


def test_the_proxy_s_import_system_is_left_as_it_was(tmp_path: Path) -> None:
    write(tmp_path, index="import json\ndef handler(event, context): return hasattr(json, 'mine')", json="mine = True")
    modules, path, finders = set(sys.modules), list(sys.path), list(sys.meta_path)
    real = sys.modules["json"]
    assert loaded(tmp_path)(0, 0) is True
    assert set(sys.modules) ^ modules == set()
    assert (sys.path, sys.meta_path) == (path, finders)
    assert sys.modules["json"] is real


@pytest.mark.rule("LE-303")
def test_nothing_is_written_into_the_code_folder(tmp_path: Path) -> None:
    write(tmp_path, index="import helper\ndef handler(event, context): ...", helper="")
    loaded(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["helper.py", "index.py"]


def test_dataclasses_and_pickled_names_work_while_loading(tmp_path: Path) -> None:
    write(
        tmp_path,
        index=(
            "from __future__ import annotations\nfrom dataclasses import dataclass\n"
            "@dataclass\nclass P:\n    x: int = 1\n"
            "def handler(event, context): return P().x"
        ),
    )
    assert loaded(tmp_path)(0, 0) == 1


def test_a_data_folder_with_the_name_of_a_module_hides_nothing(tmp_path: Path) -> None:
    (tmp_path / "json").mkdir()
    write(tmp_path, index="import json\ndef handler(event, context): return json.dumps([1])")
    assert loaded(tmp_path)(0, 0) == "[1]"


def test_many_threads_can_load_at_once(tmp_path: Path) -> None:
    write(
        tmp_path,
        index="import helper\ndef handler(event, context):\n    import late\n    return helper.n + late.n",
        helper="n = 1",
        late="n = 2",
    )
    results: list[Any] = []
    threads = [threading.Thread(target=lambda: results.append(loaded(tmp_path)(0, 0))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [3] * 8


def test_the_frames_of_the_runtime_are_not_shown(tmp_path: Path) -> None:
    write(tmp_path, index="def handler(event, context): raise KeyError('x')")
    with pytest.raises(KeyError) as caught:
        loaded(tmp_path)(0, 0)
    fault = of_exception(caught.value)
    assert (fault.error_type, fault.message) == ("KeyError", "'x'")
    assert fault.stack[-1].endswith("in handler\n    def handler(event, context): raise KeyError('x')\n")

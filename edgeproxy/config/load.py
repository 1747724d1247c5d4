"""The ways to a Project: a configuration file, its text, the same as data, or a few options."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from edgeproxy.config.document import Document
from edgeproxy.config.options import for_wsgi, from_options
from edgeproxy.config.project import Project
from edgeproxy.errors import ConfigError, Problem

__all__ = ["for_wsgi", "from_options", "load", "load_data", "load_text"]


def load(
    path: str | os.PathLike[str], environ: Mapping[str, str] | None = None, *, app_origin: bool = False
) -> Project:
    """Read a configuration file. Raises `errors.ConfigError` with everything that is wrong.

    :param environ: variables for `${VAR}`; default: those of this process.
    :param app_origin: a WSGI application stands behind the origin `app`, so `origins` may leave that out.
    """
    file = os.fspath(path)
    try:
        text = Path(file).read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigError([Problem("the file is not UTF-8", file, line, hint="save it as UTF-8")]) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigError([Problem(f"the file cannot be read: {reason}", file)]) from error
    base = Path(file).absolute().parent
    return load_text(text, file, base, os.environ if environ is None else environ, app_origin=app_origin)


def load_text(
    text: str, file: str, base: str | os.PathLike[str], environ: Mapping[str, str], *, app_origin: bool = False
) -> Project:
    """Read the text of a configuration. Raises `errors.ConfigError` with everything that is wrong.

    :param file: how the file is shown and watched; `""` when there is none.
    :param base: the folder that paths in the text are relative to.
    """
    # pydantic and PyYAML take as long to load as all the rest of a start: who has no configuration waits for neither.
    from edgeproxy.config.assemble import assemble  # noqa: PLC0415
    from edgeproxy.config.yaml import parse  # noqa: PLC0415

    return assemble(parse(text, environ), file, Path(base).absolute(), app_origin=app_origin)


def load_data(data: Mapping[str, Any], base: str | os.PathLike[str] = ".", *, app_origin: bool = False) -> Project:
    """A configuration that is given as data, of the same form. `${VAR}` is not expanded, and there are no lines.

    Raises `errors.ConfigError` with everything that is wrong.
    """
    from edgeproxy.config.assemble import assemble  # noqa: PLC0415 - as in `load_text`

    return assemble(Document(_plain(data), {}), "", Path(base).absolute(), app_origin=app_origin)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return os.fspath(value) if isinstance(value, os.PathLike) else value

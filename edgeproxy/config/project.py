"""Everything that a configuration says, ready for the builder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

import msgspec

from edgeproxy.cloudfront.distribution import Distribution
from edgeproxy.cloudfront.profile import LATEST, Profile
from edgeproxy.errors import Problem
from edgeproxy.function import Function


class UrlBackend(msgspec.Struct, frozen=True):
    """A server."""

    url: str
    """`http://host:port` or `https://host:port`, without a path."""


class DirectoryBackend(msgspec.Struct, frozen=True):
    """A directory whose files are served."""

    path: str
    """Absolute."""


class WsgiBackend(msgspec.Struct, frozen=True):
    """A WSGI application in this process."""

    spec: str
    """`module:name`, or `module:factory()`."""
    path: str
    """Absolute path of the folder that its module is looked for in, before `sys.path`."""


Backend: TypeAlias = UrlBackend | DirectoryBackend | WsgiBackend
"""Where an origin really is."""


class ViewerDefaults(msgspec.Struct, frozen=True):
    """What the local viewer looks like."""

    country: str = ""
    """ISO 3166 code; `""` when none is given."""


class CacheSettings(msgspec.Struct, frozen=True):
    """Bounds of the edge cache, in bytes."""

    max_bytes: int = 256 * 1_048_576
    max_object_bytes: int = 8 * 1_048_576


class TlsSettings(msgspec.Struct, frozen=True):
    """Absolute paths of PEM files."""

    cert: str
    key: str


class ServerSettings(msgspec.Struct, frozen=True):
    """Where viewers connect."""

    host: str = "127.0.0.1"
    port: int = 8080
    workers: int = 1
    threads: int = 32
    """Requests at one time, at most."""
    tls: TlsSettings | None = None


class AdminSettings(msgspec.Struct, frozen=True):
    """Where the admin port is."""

    host: str = "127.0.0.1"
    port: int = 8081


class LogSettings(msgspec.Struct, frozen=True):
    """What is written down, and where. Paths are absolute; `""` means nowhere."""

    console: Literal["pretty", "json", "none"] = "pretty"
    directory: str = ""
    """One file per log stream of a function goes here."""
    access_path: str = ""
    access_format: Literal["cloudfront", "json"] = "cloudfront"


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """A distribution, its functions, where its origins really are, and how it all runs here."""

    distribution: Distribution
    functions: Mapping[str, Function] = msgspec.field(default_factory=dict)
    """Every function of the configuration by name, attached or not."""
    backends: Mapping[str, Backend] = msgspec.field(default_factory=dict)
    """Origin id -> where it really is. Absent: its domain name and port decide."""
    resolve: Mapping[str, str] = msgspec.field(default_factory=dict)
    """Host name, or `*.suffix` -> URL of the server that really answers for it."""
    resolve_only: bool = False
    """A name that has no backend and is not in `resolve` is never looked up."""
    profile: Profile = LATEST
    viewer: ViewerDefaults = ViewerDefaults()
    trusted_proxies: tuple[str, ...] = ()
    """Addresses and networks."""
    cache: CacheSettings = CacheSettings()
    server: ServerSettings = ServerSettings()
    admin: AdminSettings | None = AdminSettings()
    logs: LogSettings = LogSettings()
    file: str = ""
    """The configuration file as it was named; `""` when there is none."""
    watched: tuple[str, ...] = ()
    """Absolute paths of files and folders whose change means: load again."""
    warnings: tuple[Problem, ...] = ()
    """What is allowed and worth knowing; above all what this version does not act on."""

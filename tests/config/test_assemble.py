from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from edgeproxy.config.assemble import assemble
from edgeproxy.config.document import Document, Mistake
from edgeproxy.config.project import AdminSettings, CacheSettings, LogSettings, Project, ServerSettings, TlsSettings
from edgeproxy.errors import ConfigError

DISTRIBUTION = {"origins": {"a": {"url": "http://a"}}, "default_cache_behavior": {"target_origin": "a"}}


def built(base: Path, **sections: Any) -> Project:
    return assemble(Document({"distribution": DISTRIBUTION, **sections}, {}), "", base, app_origin=False)


def test_what_is_left_out_has_the_defaults_of_a_project(tmp_path: Path) -> None:
    project = built(tmp_path)
    assert project == Project(distribution=project.distribution, backends=project.backends)


def test_settings(tmp_path: Path) -> None:
    for name in ("cert.pem", "key.pem"):
        (tmp_path / name).touch()
    project = built(
        tmp_path,
        cache={"max_bytes": "1GB", "max_object_bytes": 5},
        server={"host": "::", "port": 1, "workers": 2, "threads": 3, "tls": {"cert": "cert.pem", "key": "key.pem"}},
        admin={"port": 4},
        logs={"functions": {"console": "none", "directory": "logs"}, "access": {"path": "a.log", "format": "json"}},
        resolve={"EU.test": "http://b/"},
        resolve_only=True,
        trusted_proxies=["10.0.0.0/8"],
        viewer={"country": "NL"},
        strict=False,
        uncertain={"LE-66": "absent"},
    )
    assert project.cache == CacheSettings(1_073_741_824, 5)
    tls = TlsSettings(str(tmp_path / "cert.pem"), str(tmp_path / "key.pem"))
    assert project.server == ServerSettings("::", 1, 2, 3, tls)
    assert project.admin == AdminSettings("127.0.0.1", 4)
    assert project.logs == LogSettings("none", str(tmp_path / "logs"), str(tmp_path / "a.log"), "json")
    assert project.resolve == {"eu.test": "http://b"}
    assert project.resolve_only
    assert project.trusted_proxies == ("10.0.0.0/8",)
    assert project.viewer.country == "NL"
    assert not project.profile.strict
    assert project.profile.choice("LE-66") == "absent"


def test_the_admin_port_can_be_switched_off(tmp_path: Path) -> None:
    assert built(tmp_path, admin=None).admin is None


def test_mistakes_of_the_text_come_with_all_others(tmp_path: Path) -> None:
    document = Document(
        {"distribution": {**DISTRIBUTION, "id": "", "zzz": 1}},
        {(): 1, ("distribution",): 1, ("distribution", "id"): 2, ("distribution", "zzz"): 3},
        mistakes=(Mistake("the variable X is not set", 2, ("distribution", "id")), Mistake("given twice", 9)),
    )
    with pytest.raises(ConfigError) as caught:
        assemble(document, "f.yaml", tmp_path, app_origin=False)
    assert [(problem.line, problem.message) for problem in caught.value.problems] == [
        (2, "the variable X is not set"),
        (3, "unknown key"),
        (9, "given twice"),
    ]

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from edgeproxy.cloudfront.hooks import Hook
from edgeproxy.config.load import load, load_data, load_text
from edgeproxy.config.project import AdminSettings, DirectoryBackend, UrlBackend, WsgiBackend
from edgeproxy.errors import ConfigError, Problem

CASES = Path(__file__).parent.parent / "cases"
DESIGN = (CASES / "design-configuration.yaml").read_text(encoding="utf-8")
MISTAKES = yaml.safe_load((CASES / "configuration-mistakes.yaml").read_text(encoding="utf-8"))
SITE = """\
distribution:
  origins: {site: {url: "http://127.0.0.1:9000"}}
  default_cache_behavior: {target_origin: site}
"""


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with everything that the configurations of these tests name."""
    folder = tmp_path_factory.mktemp("project")
    for name in ("functions/auth", "functions/rewrite", "public"):
        (folder / name).mkdir(parents=True)
    for name in ("cert.pem", "key.pem"):
        (folder / name).touch()
    return folder


def refused(text: str, base: Path, environ: dict[str, str] | None = None) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        load_text(text, "edgeproxy.yaml", base, environ or {})
    return caught.value


@pytest.mark.rule("LE-2")
@pytest.mark.rule("LE-63")
@pytest.mark.rule("CF-5")
@pytest.mark.rule("CF-15")
def test_the_block_of_the_design(base: Path) -> None:
    project = load_text(DESIGN, "edgeproxy.yaml", base, {"EDGE_SECRET": "s3cret"})
    site = project.distribution.origins["site"]
    assert (site.domain_name, site.path, site.protocol_policy) == ("origin.example.test", "/v2", "http-only")
    assert site.custom_headers.lines == (("X-From-Edge", "s3cret"),)
    assert project.backends == {
        "site": UrlBackend("http://127.0.0.1:9000"),
        "assets": DirectoryBackend(str(base / "public")),
        "app": WsgiBackend("mypackage.app:create_app()", str(base)),
    }
    default = project.distribution.default_behavior
    assert default.origin is site
    assert default.allowed_methods == {"GET", "HEAD", "OPTIONS"}
    assert default.cache_policy.name == "CachingOptimized"
    assert default.origin_request_policy is not None
    assert default.origin_request_policy.name == "AllViewer"
    assert {hook: (found.function.name, found.include_body) for hook, found in default.functions.items()} == {
        Hook.VIEWER_REQUEST: ("auth", False),
        Hook.ORIGIN_REQUEST: ("rewrite", True),
    }
    (api,) = project.distribution.behaviors
    assert (api.path_pattern, api.origin.id, api.cache_policy.name) == ("/api/*", "app", "CachingDisabled")
    assert api.origin_request_policy is None
    assert project.functions["auth"].version == 7
    assert project.functions["rewrite"].runtime == "nodejs20.x"
    assert project.profile.choice("LE-17") == "after-origin-response"
    assert (project.cache.max_bytes, project.cache.max_object_bytes) == (268_435_456, 8_388_608)
    assert project.server.tls is not None
    assert project.server.tls.cert == str(base / "cert.pem")
    assert project.admin == AdminSettings("127.0.0.1", 8081)
    assert project.logs.access_path == str(base / "logs/access.log")
    assert project.resolve["*.internal.test"] == "http://127.0.0.1:9002"
    assert project.viewer.country == "NL"


def test_what_the_block_asks_for_and_does_not_get_is_said(base: Path) -> None:
    project = load_text(DESIGN, "edgeproxy.yaml", base, {"EDGE_SECRET": ""})
    lines = DESIGN.splitlines()
    for warning in project.warnings:
        assert warning.file == "edgeproxy.yaml"
        assert warning.key.rpartition(".")[2] in lines[warning.line - 1]
    assert [warning.key for warning in project.warnings if "NOT checked" in warning.message] == [
        "distribution.default_cache_behavior.trusted_key_groups"
    ]


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(
            case,
            id=case["name"].replace(" ", "-"),
            marks=[
                pytest.mark.rule(rule)
                for rule in dict.fromkeys([*case.get("shows", ()), *case.get("rule", "").split()])
            ],
        )
        for case in MISTAKES
    ],
)
def test_one_mistake_is_one_problem(case: dict[str, Any], base: Path) -> None:
    (problem,) = refused(case["text"], base, {"SET": "x"}).problems
    assert problem.file == "edgeproxy.yaml"
    assert (problem.key, problem.line) == (case["key"], case["line"])
    assert case["message"] in problem.message
    assert case.get("hint", "") in problem.hint
    assert problem.rule == case.get("rule", "")


def test_three_mistakes_are_three_problems(base: Path) -> None:
    text = """\
distribution:
  origins:
    site: {ulr: http://127.0.0.1:9000}
  default_cache_behavior:
    target_origin: sit
    functions:
      viewer-request: auth
"""
    error = refused(text, base)
    default, define = "distribution.default_cache_behavior", "define it under `functions`"
    assert str(error).splitlines() == [
        "edgeproxy.yaml:3: distribution.origins.site.ulr: unknown key (did you mean `url`?)",
        f"edgeproxy.yaml:5: {default}.target_origin: there is no origin `sit` (did you mean `site`?)",
        f"edgeproxy.yaml:7: {default}.functions.viewer-request: there is no function `auth` ({define})",
    ]


def test_what_follows_from_a_mistake_is_no_second_one(base: Path) -> None:
    text = """\
distribution:
  origins: {site: 5}
  origin_groups: {ha: [site]}
  default_cache_behavior: {target_origin: site, cache_policy: own, functions: {viewer-request: auth}}
  cache_behaviors: [{path_pattern: 5, target_origin: ha, trusted_key_groups: [media]}]
functions: {auth: [1]}
cache_policies: {own: 1}
key_groups: 7
"""
    assert [problem.key for problem in refused(text, base).problems] == [
        "distribution.origins.site",
        "distribution.origin_groups.ha",
        "distribution.cache_behaviors[0].path_pattern",
        "functions.auth",
        "cache_policies.own",
        "key_groups",
    ]


def test_two_mistakes_in_one_place_leave_the_rest_to_be_checked(base: Path) -> None:
    text = SITE.replace("{target_origin: site}", "{allowed_methods: [get, put], target_origin: other}")
    text = text.replace(
        "get, put]", "get, put], functions: {viewer-reqest: {function: a, body: true}, origin-request: b}"
    )
    default = "distribution.default_cache_behavior"
    assert sorted(problem.key for problem in refused(text, base).problems) == [
        f"{default}.allowed_methods[0]",
        f"{default}.allowed_methods[1]",
        f"{default}.functions.origin-request",
        f"{default}.functions.viewer-reqest",
        f"{default}.functions.viewer-reqest.body",
        f"{default}.target_origin",
    ]


def test_what_a_variable_holds_is_not_shown(base: Path) -> None:
    text = SITE.replace('"http://127.0.0.1:9000"', '"${WHERE}"').replace("{target", "{compress: '${WHERE}', target")
    error = refused(text, base, {"WHERE": "s3cret"})
    assert len(error.problems) == 2
    assert "s3cret" not in str(error)


def test_numbers_and_switches_may_come_from_variables(base: Path) -> None:
    text = SITE + "server: {port: '${PORT:-8080}', host: '${HOST:-0.0.0.0}'}\nstrict: ${STRICT}\n"
    project = load_text(text, "", base, {"PORT": "9999", "STRICT": "false"})
    assert (project.server.port, project.server.host, project.profile.strict) == (9999, "0.0.0.0", False)


class TestLoad:
    def test_paths_are_relative_to_the_file(self, base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (base / "edgeproxy.yaml").write_text(DESIGN, encoding="utf-8")
        monkeypatch.chdir(base.parent)
        monkeypatch.setenv("EDGE_SECRET", "from the process")
        project = load(f"{base.name}/edgeproxy.yaml")
        assert project.file == f"{base.name}/edgeproxy.yaml"
        assert project.functions["auth"].code == str(base / "functions/auth")
        assert project.watched == tuple(
            str(base / name) for name in ("edgeproxy.yaml", "functions/auth", "functions/rewrite")
        )
        assert project.distribution.origins["site"].custom_headers.get("x-from-edge") == "from the process"

    def test_the_environment_can_be_given(self, base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("EDGE_SECRET", "from the process")
        (base / "given.yaml").write_text(DESIGN, encoding="utf-8")
        with pytest.raises(ConfigError, match="EDGE_SECRET is not set"):
            load(base / "given.yaml", {})

    def test_a_byte_order_mark_does_no_harm(self, tmp_path: Path) -> None:
        (tmp_path / "a.yaml").write_bytes(b"\xef\xbb\xbf" + SITE.encode())
        assert load(tmp_path / "a.yaml").distribution.origins["site"].domain_name == "127.0.0.1"

    def test_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match=r"no\.yaml: the file cannot be read: No such file"):
            load(tmp_path / "no.yaml")

    def test_a_name_that_no_file_can_have(self) -> None:
        with pytest.raises(ConfigError, match="cannot be read"):
            load("a\0b")

    def test_a_file_that_is_not_utf_8(self, tmp_path: Path) -> None:
        (tmp_path / "a.yaml").write_bytes(b"a: 1\nb: \xff\n")
        with pytest.raises(ConfigError, match=r"a\.yaml:2: the file is not UTF-8"):
            load(tmp_path / "a.yaml")


class TestLoadData:
    def test_data_of_the_same_form(self, base: Path) -> None:
        data = {
            "distribution": {
                "origins": {"files": {"directory": base / "public"}},
                "default_cache_behavior": {"target_origin": "files", "allowed_methods": ("GET", "HEAD")},
                "custom_error_responses": [],
            },
            "profile": 2023,
        }
        project = load_data(data, base)
        assert project.backends == {"files": DirectoryBackend(str(base / "public"))}
        assert project.distribution.origins["files"].domain_name == "files.localhost"
        assert project.profile.column == "2023"
        assert (project.file, project.watched) == ("", ())

    def test_variables_are_not_expanded(self, base: Path) -> None:
        data = yaml.safe_load(SITE)
        data["distribution"]["origins"]["site"]["custom_headers"] = {"X-A": "${HOME}"}
        project = load_data(data, base)
        assert project.distribution.origins["site"].custom_headers.get("x-a") == "${HOME}"

    def test_problems_have_a_key_and_no_line(self) -> None:
        with pytest.raises(ConfigError) as caught:
            load_data({"distribution": {"origins": {}}, "5": 1})
        assert [(problem.key, problem.line) for problem in caught.value.problems] == [
            ("distribution.default_cache_behavior", 0),
            ("5", 0),
            ("distribution.origins", 0),
        ]

    def test_the_data_stays_as_it_was(self) -> None:
        data = {"distribution": {"default_cache_behavior": {"target_origin": "app"}, "aliases": 5}}
        before = copy.deepcopy(data)
        with pytest.raises(ConfigError):
            load_data(data, app_origin=True)
        assert data == before


class TestAnApplicationAsOrigin:
    def test_origins_may_be_left_out(self) -> None:
        data = {"distribution": {"default_cache_behavior": {"target_origin": "app"}}}
        project = load_data(data, app_origin=True)
        assert project.distribution.default_behavior.origin.domain_name == "app.localhost"
        assert project.backends == {}

    def test_the_origin_of_the_file_stays(self, base: Path) -> None:
        text = SITE.replace("site", "app").replace("{url", "{domain_name: www.example.test, url")
        project = load_text(text, "", base, {}, app_origin=True)
        assert project.distribution.origins["app"].domain_name == "www.example.test"

    @pytest.mark.parametrize("text", ["[]", "distribution: 5", "distribution: {origins: 5}"])
    def test_a_shape_that_has_no_place_for_it(self, text: str, base: Path) -> None:
        with pytest.raises(ConfigError):
            load_text(text, "", base, {}, app_origin=True)


SCRAPS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(["site", "*", "/a", "http://a", "${X}", "GET", "auth", "256MB", "a.b", "\0", "http://[", "-1", []]),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=4), st.text(max_size=4), max_size=2),
)


def all_paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    if isinstance(value, dict):
        for key, item in value.items():
            found += all_paths(item, (*path, key))
    if isinstance(value, list):
        for index, item in enumerate(value):
            found += all_paths(item, (*path, index))
    return found


DESIGN_DATA = yaml.safe_load(DESIGN)
DESIGN_PATHS = all_paths(DESIGN_DATA)


@st.composite
def mutations(draw: st.DrawFn) -> Any:
    data = copy.deepcopy(DESIGN_DATA)
    for path in draw(st.lists(st.sampled_from(DESIGN_PATHS), min_size=1, max_size=6)):
        holder = data
        try:
            for part in path[:-1]:
                holder = holder[part]
            holder[path[-1]]
        except (KeyError, IndexError, TypeError):
            continue
        if isinstance(holder, str):
            continue
        match draw(st.sampled_from(["drop", "replace", "insert"])):
            case "drop":
                del holder[path[-1]]
            case "replace":
                holder[path[-1]] = draw(SCRAPS)
            case "insert" if isinstance(holder, dict):
                holder[draw(st.text(max_size=6))] = draw(SCRAPS)
            case "insert":
                holder.insert(path[-1], draw(SCRAPS))
    return data


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=mutations())
def test_any_mutation_of_the_block_is_loaded_or_refused(data: Any, base: Path) -> None:
    text = yaml.safe_dump(data, allow_unicode=True)
    found: tuple[Problem, ...] = ()
    try:
        found = load_text(text, "edgeproxy.yaml", base, {"EDGE_SECRET": "x"}).warnings
    except ConfigError as error:
        found = error.problems
    assert found
    assert all(1 <= problem.line <= text.count("\n") + 1 and problem.message for problem in found)


@settings(deadline=None)
@given(st.one_of(st.text(), st.text(alphabet="ab:-[]{}*&!?|>'\"\n\t #${}<%@`,~0.")))
@example("a: &a [*a]")
@example("? {a: b}\n: c")
@example("distribution: !!set {a}")
@example("%YAML 9.9\n---\na: b")
@example("\ud800")
def test_any_text_is_refused(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_text(text, "edgeproxy.yaml", "/", {})
    assert caught.value.problems

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeproxy.cloudfront.path_pattern import PatternIndex, normalize_path, pattern_problem

# --- a slow, obvious reference --------------------------------------------------------------------------------------


def reference_matches(pattern: str, path: str) -> bool:
    """`reachable` holds every position of the path at which the pattern so far can end."""
    reachable = {0}
    for character in pattern:
        if character == "*":
            reachable = {end for start in reachable for end in range(start, len(path) + 1)}
        else:
            reachable = {at + 1 for at in reachable if at < len(path) and character in ("?", path[at])}
    return len(path) in reachable


def reference_remove_dot_segments(path: str) -> str:
    """RFC 3986, 5.2.4, as it is written there."""
    source, output = path, ""
    while source:
        if source.startswith("../"):
            source = source[3:]
        elif source.startswith(("./", "/./")):
            source = source[2:]
        elif source == "/.":
            source = "/"
        elif source.startswith("/../"):
            source, output = source[3:], output.rpartition("/")[0]
        elif source == "/..":
            source, output = "/", output.rpartition("/")[0]
        elif source in (".", ".."):
            source = ""
        else:
            end = source.find("/", 1)
            end = len(source) if end < 0 else end
            source, output = source[end:], output + source[:end]
    return output


def reference_unescape(text: str) -> str:
    unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"

    def one(escape: re.Match[str]) -> str:
        character = chr(int(escape[0][1:], 16))
        return character if character in unreserved else escape[0].upper()

    return re.sub("%[0-9a-fA-F]{2}", one, text)


def reference_first(patterns: Sequence[str], path: str) -> int | None:
    normal = re.sub("/+", "/", reference_remove_dot_segments(reference_unescape(path)))
    for index, pattern in enumerate(patterns):
        if reference_matches(reference_unescape(pattern if pattern[:1] == "/" else "/" + pattern), normal):
            return index
    return None


# Few letters, so that patterns and paths often meet.
patterns = st.text("ab/*?.", max_size=8) | st.lists(
    st.sampled_from(["/", "a", "b", "ab", "*", "?", ".a", "%2f", "%61", "a*", "*b", "?a"]), max_size=7
).map("".join)
paths = (
    st.lists(st.sampled_from(["/", "a", "b", "ab", ".", "..", ".a", "%2F", "%2f", "%61", "%", "\n"]), max_size=9)
    .map("".join)
    .map("/".__add__)
)


@given(st.lists(patterns, max_size=12), paths)
@pytest.mark.rule("CF-40")
@pytest.mark.rule("CF-43")
@pytest.mark.rule("CF-44")
def test_agrees_with_a_slow_obvious_reference(some: list[str], path: str) -> None:
    assert PatternIndex(some).match(path) == reference_first(some, path)


@given(st.text(max_size=30))
def test_any_text_is_a_path_and_a_pattern(text: str) -> None:
    assert PatternIndex([text]).match(text) in (0, None)


@given(paths)
@pytest.mark.rule("CF-48")
def test_dot_segments_are_removed_as_rfc_3986_says(path: str) -> None:
    expected = re.sub("/+", "/", reference_remove_dot_segments(reference_unescape(path)))
    assert normalize_path(path) == expected


@given(st.text("abc/-_", max_size=20).filter(lambda path: "//" not in path))
def test_a_normal_path_is_left_alone(path: str) -> None:
    assert normalize_path(f"/{path.lstrip('/')}") == f"/{path.lstrip('/')}"


# --- the rules ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "normal"),
    [
        pytest.param("/a/b/..", "/a/", marks=pytest.mark.rule("CF-48")),
        pytest.param("/a/./b/../../c", "/c", marks=pytest.mark.rule("CF-48")),
        pytest.param("/../a", "/a", marks=pytest.mark.rule("CF-48")),
        pytest.param("/a/.", "/a/", marks=pytest.mark.rule("CF-48")),
        pytest.param("//a///b//", "/a/b/", marks=pytest.mark.rule("CF-48")),
        pytest.param("/.well-known/x", "/.well-known/x", marks=pytest.mark.rule("CF-48")),
        pytest.param("/%7e%61%2D", "/~a-", marks=pytest.mark.rule("CF-50")),
        pytest.param("/a%2fb%c3%a9", "/a%2Fb%C3%A9", marks=pytest.mark.rule("CF-50")),
        pytest.param("/a/%2e%2E/b", "/b", marks=pytest.mark.rule("CF-50")),
        pytest.param("/%2561", "/%2561", marks=pytest.mark.rule("CF-50")),
        pytest.param("/100%/%zz", "/100%/%zz", marks=pytest.mark.rule("CF-50")),
    ],
)
def test_normalisation(raw: str, normal: str) -> None:
    assert normalize_path(raw) == normal


@pytest.mark.parametrize(
    ("pattern", "path", "does"),
    [
        pytest.param("/Images/*", "/images/a", False, marks=pytest.mark.rule("CF-42")),
        pytest.param("/a*z", "/a/b/c/z", True, marks=pytest.mark.rule("CF-43")),
        pytest.param("/a*z", "/az", True, marks=pytest.mark.rule("CF-43")),
        pytest.param("/a?c", "/a/c", True, marks=pytest.mark.rule("CF-43")),
        pytest.param("/a?c", "/ac", False, marks=pytest.mark.rule("CF-43")),
        pytest.param("/a.b", "/axb", False, marks=pytest.mark.rule("CF-43")),
        pytest.param("/a$?", "/a$b", True, marks=pytest.mark.rule("CF-43")),
        pytest.param("/[ab]?", "/aa", False, marks=pytest.mark.rule("CF-43")),
        pytest.param("/a*", "/b/a", False, marks=pytest.mark.rule("CF-44")),
        pytest.param("/*a", "/a/b", False, marks=pytest.mark.rule("CF-44")),
        pytest.param("images/*.jpg", "/images/x.jpg", True, marks=pytest.mark.rule("CF-45")),
        pytest.param("*.jpg", "/a/b.jpg", True, marks=pytest.mark.rule("CF-45")),
        pytest.param("a*.jpg", "/apple.jpg", True, marks=pytest.mark.rule("CF-45")),
        pytest.param("a*.jpg", "/abra/cadabra/magic.jpg", True, marks=pytest.mark.rule("CF-45")),
        pytest.param("a*.jpg", "/x/apple.jpg", False, marks=pytest.mark.rule("CF-45")),
        pytest.param("*.doc*", "/x.doc", True, marks=pytest.mark.rule("CF-46")),
        pytest.param("*.doc*", "/x.docx", True, marks=pytest.mark.rule("CF-46")),
        pytest.param("*.doc?", "/x.doc", False, marks=pytest.mark.rule("CF-46")),
        pytest.param("/images", "/images/", False, marks=pytest.mark.rule("CF-51")),
        pytest.param("images/*", "/images", False, marks=pytest.mark.rule("CF-46")),
        pytest.param("/%7Euser/*", "/~user/x", True, marks=pytest.mark.rule("CF-50")),
        pytest.param("/a%2fb", "/a%2Fb", True, marks=pytest.mark.rule("CF-50")),
        pytest.param("/a/*", "/a%2Fb", False, marks=pytest.mark.rule("CF-50")),
        pytest.param("*ab*ab", "/ab", False, marks=pytest.mark.rule("CF-43")),
        pytest.param("/?a*a?", "/xay", False, marks=pytest.mark.rule("CF-43")),
        pytest.param("/?a*a?", "/xaay", True, marks=pytest.mark.rule("CF-43")),
        pytest.param("/*a*b*", "/xbya", False, marks=pytest.mark.rule("CF-43")),
        pytest.param("/*a*b*", "/xaybz", True, marks=pytest.mark.rule("CF-43")),
        pytest.param("/?b*", "/xay", False, marks=pytest.mark.rule("CF-43")),
        pytest.param("/*b?", "/xay", False, marks=pytest.mark.rule("CF-43")),
    ],
)
def test_one_pattern(pattern: str, path: str, does: bool) -> None:
    assert PatternIndex([pattern]).match(path) == (0 if does else None)


@pytest.mark.rule("CF-40")
@pytest.mark.parametrize(
    ("some", "path", "first"),
    [
        (["/a/*", "/a/b", "*"], "/a/b", 0),
        (["/a/b", "/a/*", "*"], "/a/b", 0),
        (["*", "/a/*", "/a/b"], "/a/b", 0),
        (["*.jpg", "/a/*", "/a/b"], "/a/b", 1),
        (["/x", "/a*", "/a/*"], "/a/b", 1),
        (["/a/?", "/a/?", "/a/b"], "/a/b", 0),
        (["/a/b", "/a/b"], "/a/b", 0),
        (["*", "/a*"], "/a", 0),
        (["/a?*", "/abc", "/a*"], "/abc", 0),
        (["*x*", "/abc", "*c*"], "/abc", 1),
        (["/b/*"], "/a/b", None),
        ([], "/", None),
    ],
)
def test_the_first_in_the_list_wins(some: list[str], path: str, first: int | None) -> None:
    assert PatternIndex(some).match(path) == first


@pytest.mark.rule("CF-48")
def test_the_example_of_the_guide() -> None:
    assert PatternIndex(["/a/b*", "/a*"]).match("/a/b/..") == 1


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("*a" * 100 + "*b*", None),
        ("*" * 250 + "b*", None),
        ("/*" + "?" * 200 + "b*", None),
        ("/*" + "a" * 200 + "b*", None),
        ("*a?" * 80 + "*b*", None),
        ("*a?" * 80, 0),
    ],
)
def test_a_hostile_path_ends(pattern: str, found: int | None) -> None:
    # A matcher that backtracks would not come back from these before the deadline of the test.
    assert PatternIndex([pattern]).match("/" + "a" * 8000) == found


@pytest.mark.parametrize("form", ["/svc{}/*", "/api/svc{}/*", "/svc{:03}*", "*.ext{}", "/v{}/*/x/?.html"])
def test_a_thousand_patterns_are_not_compared_one_by_one(form: str) -> None:
    index = PatternIndex(form.format(number) for number in range(1000))
    path = form.format(777).replace("*", "x").replace("?", "x")
    assert index.match("/" + path.lstrip("/")) == 777
    groups = [*index._anywhere, *(group for some in index._by_segment.values() for group in some)]
    assert max(len(globs) for group in groups for globs in group.by_ends.values()) == 1
    assert max(len(some) for some in (index._anywhere, *index._by_segment.values())) <= 3


@pytest.mark.rule("CF-47")
@pytest.mark.parametrize("pattern", ["*", "/images/*.jpg", "a-b_c.d$e/f~g\"h'i@j:k+l&m?*", "x" * 255])
def test_patterns_that_cloudfront_takes(pattern: str) -> None:
    assert pattern_problem(pattern) is None


@pytest.mark.rule("CF-47")
@pytest.mark.parametrize(
    ("pattern", "named"), [("", "empty"), ("x" * 256, "256"), ("/a b", "' '"), ("/[ab]", "'['"), ("/é", "'é'")]
)
def test_patterns_that_cloudfront_refuses(pattern: str, named: str) -> None:
    problem = pattern_problem(pattern)
    assert problem is not None
    assert named in problem

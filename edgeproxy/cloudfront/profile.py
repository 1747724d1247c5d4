"""Which reading of the rules holds: the column of the guide, strictness, and the points that nobody has measured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec


class OpenPoint(msgspec.Struct, frozen=True):
    """A rule tagged unsure: what may be chosen, the default first."""

    choices: tuple[str, ...]
    about: str
    in_2023: str = ""
    """The default in the column `2023`, where it is another."""

    @property
    def default(self) -> str:
        return self.choices[0]


OPEN_POINTS: dict[str, OpenPoint] = {
    "LE-17": OpenPoint(
        ("after-origin-response", "before-origin-response"),
        "the status that decides whether viewer-response runs when origin-response changed it",
    ),
    "LE-61": OpenPoint(("after-viewer-request", "before-viewer-request"), "the request that viewer-response sees"),
    "LE-66": OpenPoint(("present", "absent"), "`body` when Include Body is on and the request has none"),
    "LE-118": OpenPoint(
        ("reject", "fill"), "a returned request that lacks `method`, `uri`, `querystring` or `headers`"
    ),
    "LE-123": OpenPoint(("reject", "ignore"), "a returned request whose `method` or `clientIp` was changed"),
    "LE-132": OpenPoint(("reject", "ignore"), "an `origin` returned from viewer-request"),
    "LE-136": OpenPoint(("reject", "cut"), "a replaced request body above the limit", in_2023="cut"),
    "LE-154": OpenPoint(("ignore", "reject"), "a `body` returned from viewer-response"),
    "LE-161": OpenPoint(("reject", "ignore"), "a status changed at viewer-response"),
    "LE-162": OpenPoint(("reject", "drop"), "a body with status 204 generated at origin-request"),
    "LE-246": OpenPoint(("strict", "relaxed"), "base64 in the URL-safe alphabet, with white space or without padding"),
    "LE-252": OpenPoint(("encoded", "decoded"), "which length of a base64 body counts against the size of a response"),
}
"""Every setting of design section `uncertain`, by rule (LE section 12, CF section 27)."""


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """How the rules are read."""

    column: Literal["latest", "2023"] = "latest"
    """Which column wins where the guide changed."""
    strict: bool = True
    """False: warn where the service would fail validation, and go on."""
    uncertain: Mapping[str, str] = msgspec.field(default_factory=dict)
    """Rule -> the choice made for it."""

    def choice(self, rule: str) -> str:
        """What holds for an open point: the user's choice or the default. `KeyError` for a rule that is not open."""
        chosen = self.uncertain.get(rule)
        if chosen:
            return chosen
        point = OPEN_POINTS[rule]
        return (point.in_2023 if self.column == "2023" else "") or point.default


LATEST = Profile()

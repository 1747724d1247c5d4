"""Which reading of the rules holds: the column of the guide, strictness, and the points that nobody has measured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec


class OpenPoint(msgspec.Struct, frozen=True):
    """A rule tagged unsure: what may be chosen, the default first."""

    choices: tuple[str, ...]
    about: str

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
        return self.uncertain.get(rule) or OPEN_POINTS[rule].default


LATEST = Profile()

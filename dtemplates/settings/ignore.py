"""Rules that a team breaks on purpose."""

from __future__ import annotations

from pydantic import Field

from dtemplates.settings.types import Model, RuleId


class Ignore(Model):
    """A rule that is not to be told of, and why."""

    rule: RuleId = Field(description="The rule's id.", examples=["DT412"])
    reason: str = Field(
        min_length=1, description="Why it may be broken here.", examples=["The image is ours."]
    )

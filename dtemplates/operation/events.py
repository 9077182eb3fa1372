"""What happens while steps are carried out, for whoever shows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from dtemplates.planning.step import Command, Step

Outcome = Literal["done", "already done", "not there", "failed", "interrupted"]


@dataclass(frozen=True)
class StepStarted:
    """A step begins; `number` counts from 1."""

    step: Step
    number: int
    total: int


@dataclass(frozen=True)
class CommandStarted:
    """A command that changes something begins."""

    command: Command


@dataclass(frozen=True)
class Line:
    """A line that a tool wrote."""

    text: str


@dataclass(frozen=True)
class Waiting:
    """What is waited for, and how it stands."""

    text: str


@dataclass(frozen=True)
class StepEnded:
    """A step ended, after so many seconds."""

    step: Step
    outcome: Outcome
    seconds: float


Event = StepStarted | CommandStarted | Line | Waiting | StepEnded
Observer = Callable[[Event], None]


def unseen(event: Event) -> None:
    """Show nothing."""

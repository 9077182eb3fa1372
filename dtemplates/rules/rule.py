"""A rule: what must not be, why, and the function that finds it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dtemplates.findings import Level
    from dtemplates.inventory import Inventory, Part


class Breach(NamedTuple):
    """What breaks a rule: the value that is to blame, and the user's values in words.

    `remedy` is what mends just this, where there is more to say than the rule's own; `compared` are
    the other values that it was seen beside, and `key` tells that it is about the field's name.
    """

    part: Part
    message: str
    remedy: str = ""
    compared: tuple[Part, ...] = ()
    key: bool = False


@dataclass(frozen=True)
class Rule:
    """A rule; its id never changes.

    `title` says what must hold, `symptom` what happens to those who break it, and `source` is the
    address where that is told. `find` yields what breaks it.
    """

    id: str
    level: Level
    title: str
    symptom: str
    remedy: str
    source: str
    find: Callable[[Inventory], Iterator[Breach]]

    @property
    def name(self) -> str:
        """The name of its function, in words."""
        return self.find.__name__.replace("_", " ")


def rule(
    id: str, level: Level, *, symptom: str, remedy: str, source: str
) -> Callable[[Callable[[Inventory], Iterator[Breach]]], Rule]:
    """Make a rule of the function that finds what breaks it; its docstring is the title."""

    def make(find: Callable[[Inventory], Iterator[Breach]]) -> Rule:
        title = (find.__doc__ or "").strip().rstrip(".")
        return Rule(id, level, title, symptom, remedy, source, find)

    return make

"""How few and how many nodes a group can have, in whatever words its fields are called."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

DEFAULT_NODES = 2
"""Nodes that eksctl gives a group that says nothing of its size (0.230.0)."""


def most_nodes(counts: Iterable[int | None]) -> int:
    """Return the most nodes of a group: of its maximum, desired and least number the first given.

    A group of none at all may be scaled to one.
    """
    return max(1, next((count for count in counts if count is not None), DEFAULT_NODES))


class WrongSize(NamedTuple):
    """The size that is wrong, what is said of it in words, and the remedy."""

    name: str
    message: str
    remedy: str


def wrong_size(
    sizes: Sequence[tuple[str, int | None]], *, group: str, managed: bool
) -> WrongSize | None:
    """Return what is wrong with the sizes of a node group; None where nothing is.

    `group` is put after the size in the message, such as ` of node group gpu`. Sizes are the
    fewest nodes, those at the start and the most, each with what it is called. An EKS-managed
    group (EKS API: scalingConfig.maxSize) has a maximum of at least one.
    """
    told = [(name, count) for name, count in sizes if count is not None]
    most, limit = sizes[-1]
    if managed and limit == 0:
        message = f"{most} 0{group} is less than 1, the least that EKS takes"
        return WrongSize(most, message, _idle(sizes))
    for number, (name, count) in enumerate(told):
        if over := [(other, than) for other, than in told[number + 1 :] if than < count]:
            than = " and ".join(f"{other} {value}" for other, value in over)
            return WrongSize(name, f"{name} {count}{group} is more than {than}", _in_order(told))
    return None


def _idle(sizes: Sequence[tuple[str, int | None]]) -> str:
    """Return in words how a group has no nodes, though it may have some."""
    low, most = sizes[:-1], sizes[-1][0]
    wanted = max([1, *(count for _, count in low if count)])
    if wanted > 1:
        return f"set {most} to {wanted}"
    zero = " and ".join(f"{name} to 0" for name, _ in low)
    return f"set {most} to 1, and for no nodes {zero}"


def _in_order(told: Sequence[tuple[str, int]]) -> str:
    """Return in words how sizes are lowered to what comes after, or raised to what is before."""
    names, counts = [name for name, _ in told], [count for _, count in told]
    lowest = list(accumulate(reversed(counts), min))[::-1]
    highest = list(accumulate(counts, max))
    return f"lower {_changes(names, counts, lowest)}, or raise {_changes(names, counts, highest)}"


def _changes(names: list[str], before: list[int], after: list[int]) -> str:
    changed = [
        (name, new) for name, old, new in zip(names, before, after, strict=True) if old != new
    ]
    return f"{' and '.join(name for name, _ in changed)} to {changed[0][1]}"

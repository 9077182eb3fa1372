"""What an overview is made of: one row a thing, the same for tables and for JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Kind = Literal[
    "cluster", "node group", "plugin", "file system", "volume", "claim", "operator", "job"
]
Mood = Literal["well", "coming", "ill", "absent", "unknown"]


@dataclass(frozen=True)
class Row:
    """One thing: how it stands in a word or two, how it is meant, and numbers where it has some.

    `ready` and `wanted` count nodes, pods or workers; `age` is in seconds.
    """

    kind: Kind
    name: str
    state: str
    mood: Mood
    ready: int | None = None
    wanted: int | None = None
    details: str = ""
    age: int | None = None

    @property
    def counted(self) -> str:
        """`3/4`, where it has numbers."""
        return "" if self.ready is None else f"{self.ready}/{self.wanted}"


@dataclass(frozen=True)
class Overview:
    """All rows, what to do next, and what costs money as it stands."""

    cluster: str
    region: str
    rows: tuple[Row, ...]
    next: tuple[str, ...]
    costs: tuple[str, ...]

    def as_plain(self) -> dict[str, Any]:
        """Return it as plain values, to be written as JSON."""
        return asdict(self)

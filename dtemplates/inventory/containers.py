"""Containers of pods, with what many rules look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dtemplates.inventory.parts import Part

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from dtemplates.inventory.parts import Document


class Container(Part):
    """A container; `env` are its variables, `mounts` what it mounts.

    `limits` and `requests` are the values of its resources.
    """

    __slots__ = ("env", "limits", "mounts", "requests")

    def __init__(self, document: Document, above: Part, step: int, value: Any) -> None:
        super().__init__(document, above, step, value)
        has = value if type(value) is dict else {}
        # Parts of its own would hold it as it holds them, and be left to the garbage collector.
        self.env: Sequence[Part] = above.at(step, "env").items if "env" in has else ()
        self.mounts: Sequence[Part] = (
            above.at(step, "volumeMounts").items if "volumeMounts" in has else ()
        )
        self.limits = _resources(has, "limits")
        self.requests = _resources(has, "requests")

    @property
    def resources(self) -> dict[str, Any]:
        """What it has limits of, or requests, by the resource's name."""
        return self.limits | self.requests


def _resources(container: dict[str, Any], kind: str) -> dict[str, Any]:
    told = container.get("resources")
    found = told.get(kind) if type(told) is dict else None
    return found if type(found) is dict else {}


def containers(spec: Part, field: str) -> list[Container]:
    """Return the containers in a field of a pod's spec."""
    found = spec.value_at(field)
    if type(found) is not list:
        return []
    above = spec[field]
    return [Container(spec.document, above, number, one) for number, one in enumerate(found)]

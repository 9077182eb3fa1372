"""Documents taken apart: every value with its path, and no surprise where there is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dtemplates import quantities

if TYPE_CHECKING:
    from collections.abc import Iterator
    from fractions import Fraction

    from dtemplates.findings import Path
    from dtemplates.manifests import Manifest


@dataclass(frozen=True)
class Document:
    """A document of a manifest, by its number from 0; `base` leads to it where a List holds it."""

    manifest: Manifest
    number: int
    value: Any
    base: Path = ()

    @property
    def file(self) -> str:
        """The file that it is in."""
        return self.manifest.file

    @property
    def part(self) -> Part:
        """The whole of it."""
        return Part(self, None, self.base, self.value)


class Part:
    """A value in a document; going down from it never fails, but may lead to nothing (falsy)."""

    __slots__ = ("_above", "_step", "document", "value")

    def __init__(
        self, document: Document, above: Part | None, step: str | int | Path, value: Any
    ) -> None:
        self.document = document
        # Few parts are asked for their path, which is made of these.
        self._above = above
        self._step = step
        self.value = value

    def __repr__(self) -> str:
        return f"Part({self.document.file!r}, {self.path!r}, {self.value!r})"

    def __bool__(self) -> bool:
        return self.value is not None

    @property
    def path(self) -> Path:
        """The keys that lead to it from the top of the document."""
        step = self._step if isinstance(self._step, tuple) else (self._step,)
        return self._above.path + step if self._above is not None else step

    def __getitem__(self, key: str | int) -> Part:
        value, below = self.value, None
        if type(value) is dict:
            below = value.get(key)
        elif type(value) is list and type(key) is int and key < len(value):
            below = value[key]
        return Part(self.document, self, key, below)

    def at(self, *keys: str | int) -> Part:
        """Return what is below, key after key."""
        return Part(self.document, self, keys, _below(self.value, keys))

    def value_at(self, *keys: str | int) -> Any:
        """Return the value below, key after key; None where there is none.

        It is cheaper than the part, which is for what may be blamed.
        """
        return _below(self.value, keys)

    def text_at(self, *keys: str | int) -> str:
        """Return the text below, key after key; empty where there is none."""
        value = _below(self.value, keys)
        return value if type(value) is str else ""

    @property
    def fields(self) -> dict[str, Part]:
        """The parts of a mapping by their keys; none of anything else."""
        if type(self.value) is not dict:
            return {}
        return {key: Part(self.document, self, key, value) for key, value in self.value.items()}

    @property
    def items(self) -> list[Part]:
        """The parts of a list; none of anything else."""
        if type(self.value) is not list:
            return []
        return [Part(self.document, self, number, value) for number, value in enumerate(self.value)]

    @property
    def text(self) -> str:
        """The text; empty where it is none."""
        return self.value if type(self.value) is str else ""

    @property
    def texts(self) -> list[str]:
        """The texts in a list."""
        return [one for one in self.value if type(one) is str] if type(self.value) is list else []

    @property
    def number(self) -> int | None:
        """The whole number; None where it is none."""
        return self.value if type(self.value) is int else None

    @property
    def amount(self) -> Fraction | None:
        """The quantity in Kubernetes' notation; None where it is none."""
        if type(self.value) not in (int, float, str):
            return None
        try:
            return quantities.parse(self.value)
        except ValueError:
            return None

    @property
    def is_true(self) -> bool:
        """Whether it is true, and not merely something."""
        return self.value is True

    # What documents of Kubernetes and eksctl have at their top.

    @property
    def kind(self) -> str:
        """The document's kind."""
        return self.text_at("kind")

    @property
    def api_version(self) -> str:
        """The document's apiVersion."""
        return self.text_at("apiVersion")

    @property
    def group(self) -> str:
        """The API group, empty for Kubernetes' core."""
        return self.api_version.rpartition("/")[0]

    @property
    def name(self) -> str:
        """The document's metadata.name, or a node group's name."""
        return self.text_at("metadata", "name") or self.text_at("name")

    @property
    def namespace(self) -> str:
        """The document's namespace: `default` unless it says another."""
        return self.text_at("metadata", "namespace") or "default"


def _below(value: Any, keys: Path) -> Any:
    for key in keys:
        if type(value) is dict:
            value = value.get(key)
        elif type(value) is list and type(key) is int and key < len(value):
            value = value[key]
        else:
            return None
    return value


def documents_in(
    manifest: Manifest, number: int, value: Any, base: Path = ()
) -> Iterator[Document]:
    """Yield the document itself, or for a List what is in it."""
    items = value.get("items") if isinstance(value, dict) else None
    if isinstance(items, list) and value.get("kind") == "List":
        for position, item in enumerate(items):
            yield from documents_in(manifest, number, item, (*base, "items", position))
    else:
        yield Document(manifest, number, value, base)

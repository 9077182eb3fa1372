"""Real documents with something wrong in them: every JSON type at every place, and other shapes."""

from __future__ import annotations

import json
import os
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conftest import ROOT

import dtemplates
from dtemplates.errors import InputError
from dtemplates.manifests import Manifest
from dtemplates.yaml_reader import read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

Place = tuple["str | int", ...]

# Every type of JSON, and what each may hold that is easily forgotten.
TYPES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1.5, 2**64 - 1, 1e300),
    *("", "a", "a\x00\n\t\x1b[1m\x85\u202eé😀", "4800Gi", "10m"),
    *([], [None], [[]], ["a", 1], {}, {"": 0}, {"a": [{"b": None}]}),
)
# Text that looks like numbers, versions, quantities, commands, addresses or pointers, and is none.
TEXTS = (
    *("²", "١٢", "-1", "1.", "9" * 400, "9" * 5000, "9" * 400 + "Ei", "1e400", "0x1F"),
    *("=", ":", "/", "//", ".", "..", "-", "--", "--=", ",", ", ,", "*", "[", "\\", "'", '"', "~"),
    *(" ", "\n", "a b 'c", "-np", "mpirun -np", "mpirun -np ² a", "$(", "$(a)", "${!a}", "a@b"),
    *(
        "0.0.0.0/0",
        "10.0.0.0/99",
        "::/0",
        "fs-",
        "us-east-1",
        "1.35",
        "1.²",
        "v²",
        "arn:aws:",
        "AWS::",
    ),
)
KEYS = ("1", "true", "")
# In so many documents of a kind types are put at a place, and texts; and up to so many places are
# all of a document's that are tried.
MOST_TYPES, MOST_TEXTS, MOST_PLACES = 4, 1, 1000


@dataclass(frozen=True)
class Files:
    """Manifests that belong together, each by its name and what it holds."""

    manifests: tuple[Manifest, ...]

    def with_document(self, file: int, number: int, document: Any) -> Files:
        """Return them with one document in another's place."""
        old = self.manifests[file]
        documents = [*old.documents]
        documents[number] = document
        changed = Manifest(old.file, text_of(documents))
        return Files((*self.manifests[:file], changed, *self.manifests[file + 1 :]))

    def places(self) -> Iterator[tuple[int, int]]:
        """Yield the numbers of each file and each document in it."""
        for file, manifest in enumerate(self.manifests):
            for number in range(len(manifest.documents)):
                yield file, number


def text_of(documents: list[Any]) -> str:
    """Return documents as YAML, each on lines of its own."""
    return "".join(f"---\n{json.dumps(one, ensure_ascii=False)}\n" for one in documents)


def places(value: Any, place: Place = ()) -> Iterator[Place]:
    """Yield the path of everything in a document, the whole of it first."""
    yield place
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from places(inner, (*place, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from places(inner, (*place, number))


def type_changes(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield what may stand in a value's place, or become of it, and how that is called."""
    for number, other in enumerate(TYPES):
        if json.dumps(other) != json.dumps(value):
            yield f"type {number}", other
    if isinstance(value, list):
        yield "nested", [value]
        yield "doubled", [one for one in value for _ in range(2)]
    if isinstance(value, dict):
        yield "in a list", [value]
        for key in value:
            yield f"without {key}", {name: one for name, one in value.items() if name != key}
            for other in KEYS:
                named = {other if name == key else name: one for name, one in value.items()}
                yield f"{key} as {other!r}", named


def text_changes(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield other texts for a text."""
    if isinstance(value, str):
        for number, other in enumerate(TEXTS):
            yield f"text {number}", other


def at(document: Any, place: Place) -> Any:
    """Return what a document has at a place."""
    for part in place:
        document = document[part]
    return document


def put(document: Any, place: Place, value: Any) -> Any:
    """Return the document with another value at a place; the rest of it is shared."""
    if not place:
        return value
    first, *rest = place
    inner = put(document[first], tuple(rest), value)
    if isinstance(document, dict):
        return {key: inner if key == first else one for key, one in document.items()}
    return [inner if number == first else one for number, one in enumerate(document)]


def one_change(document: Any, chance: Random) -> tuple[str, Place, Any]:
    """Return a change by chance: in words, where it is, and what is put there."""
    place = chance.choice(list(places(document)))
    value = at(document, place)
    what, other = chance.choice([*type_changes(value), *text_changes(value)])
    return f"{place}: {what}", place, other


def changed(document: Any, chance: Random) -> tuple[str, Any]:
    """Return the document with one change by chance, and in words which one."""
    what, place, value = one_change(document, chance)
    return what, put(document, place, value)


def all_changes(
    document: Any, seen: Counter[Any], most: int = MOST_TYPES
) -> Iterator[tuple[str, Place, Any]]:
    """Yield every single change: in words, where it is, and what is put there.

    `seen` tells in how many documents of its kind there is something at a place: after the `most`
    of them, more tell nothing new.
    """
    kind = (document.get("apiVersion"), document.get("kind")) if isinstance(document, dict) else ()
    kept = list(places(document))
    # A long schema of a custom resource is the same all along.
    for place in kept[:: len(kept) // 10 if len(kept) > MOST_PLACES else 1]:
        value = at(document, place)
        abstract = (str(kind), tuple("*" if type(part) is int else part for part in place))
        seen[abstract] += 1
        found = list(type_changes(value)) if seen[abstract] <= most else []
        if seen[abstract] <= MOST_TEXTS:
            found += text_changes(value)
        for what, other in found:
            yield f"{place}: {what}", place, other


def _documents(path: Path) -> tuple[Any, ...]:
    try:
        return read_yaml(path.read_bytes(), path.name).documents
    except InputError:
        return ()


def _shape(value: Any) -> Any:
    """Return what a document has in it, but for its texts and numbers."""
    if isinstance(value, dict):
        return tuple((key, _shape(inner)) for key, inner in sorted(value.items()))
    if isinstance(value, list):
        return tuple(_shape(one) for one in value)
    return type(value).__name__


@cache
def _corpus() -> dict[Path, tuple[Any, ...]]:
    """Return the documents of all YAML here, each once."""
    folders = [ROOT / "examples", ROOT / "tests"]
    if oracles := os.environ.get("DTEMPLATES_ORACLES"):
        folders.append(Path(oracles))
    known: set[str] = set()
    found: dict[Path, tuple[Any, ...]] = {}
    for path in (one for folder in folders for one in sorted(folder.rglob("*"))):
        # What is rendered comes from the examples.
        if path.suffix in (".yaml", ".json") and ROOT / "tests" / "golden" not in path.parents:
            documents = _documents(path)
            if (text := json.dumps(documents)) not in known:
                known.add(text)
                found[path] = documents
    return found


def _is_settings(documents: tuple[Any, ...]) -> bool:
    return len(documents) == 1 and isinstance(documents[0], dict) and "cluster" in documents[0]


@cache
def all_settings() -> dict[str, Any]:
    """Return all documents that are settings, or are to be, by their files."""
    found = {str(path): known for path, known in _corpus().items() if _is_settings(known)}
    return {name: documents[0] for name, documents in found.items()}


@cache
def all_files() -> tuple[Files, ...]:
    """Return the manifests of each file, and of each example all that it renders."""
    found = []
    for path in sorted((ROOT / "examples").rglob("*.yaml")):
        made = dtemplates.render(dtemplates.load(path))
        texts = {str(_shape([*one.documents])): Manifest(one.file, one.text) for one in made}
        found.append(Files(tuple(texts.values())))
    for path, documents in _corpus().items():
        if documents and not _is_settings(documents):
            # Of thirty jobs that are the same, one does.
            unlike = {str(_shape(one)): one for one in documents}
            found.append(Files((Manifest(path.name, text_of([*unlike.values()])),)))
    return tuple(found)

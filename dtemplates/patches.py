"""Patches of the settings, applied to the manifests that they name."""

from __future__ import annotations

from dataclasses import replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from dtemplates.errors import PatchError
from dtemplates.findings import PATCH
from dtemplates.yaml_writer import UnwritableValue, dump

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dtemplates.manifests import Manifest
    from dtemplates.settings.patches import Patch, Target
    from dtemplates.settings.root import Settings


# Maps, lists and values that a patched document may hold: far more than any manifest has.
_MOST_VALUES = 100_000
# Characters of a complaint of the library's that a person reads.
_MOST_WORDS = 120


def patched(manifests: Iterable[Manifest], settings: Settings) -> list[Manifest]:
    """Return the manifests with all patches applied, one after the other.

    A file that a patch changes is written anew from its documents; the comments at its top stay.
    Raises `PatchError` for every patch that fits no document, or whose operations fail.
    """
    manifests = list(manifests)
    problems = []
    for number, patch in enumerate(settings.patches):
        try:
            manifests = _apply(patch, manifests)
        except _Unfit as error:
            path = ("patches", number, *error.below)
            problems.append(settings.finding(path, str(error), error.remedy, id=PATCH))
    if problems:
        raise PatchError(problems)
    return manifests


class _Unfit(Exception):
    def __init__(self, message: str, remedy: str = "", below: tuple[str | int, ...] = ()) -> None:
        super().__init__(message)
        self.remedy, self.below = remedy, below


def _apply(patch: Patch, manifests: list[Manifest]) -> list[Manifest]:
    found = False
    results = []
    for manifest in manifests:
        documents = [
            _changed(document, patch) if matches(patch.target, manifest.file, document) else None
            for document in manifest.documents
        ]
        if any(changed is not None for changed in documents):
            found = True
            pairs = zip(manifest.documents, documents, strict=True)
            text = _written([old if new is None else new for old, new in pairs])
            manifest = replace(manifest, text=_heading(manifest.text) + text)
        results.append(manifest)
    if not found:
        documents = [one for each in manifests for one in each.documents]
        named = [one for one in documents if isinstance(one, dict) and "kind" in one]
        known = {str(one["kind"]) for one in named}
        if patch.target.kind in known:
            known = {_name(one) for one in named if one["kind"] == patch.target.kind}
        raise _Unfit(
            "fits no rendered document",
            f"there are: {', '.join(sorted(known))}",
            ("target",),
        )
    return results


def _written(documents: list[Any]) -> str:
    if not all(isinstance(document, dict) for document in documents):
        raise _Unfit("leaves a document that is no mapping")
    try:
        return "---\n".join(map(dump, documents))
    except UnwritableValue as error:
        raise _Unfit(str(error)) from None
    except RecursionError:
        raise _Unfit("nests too deep") from None


def matches(target: Target, file: str, document: Any) -> bool:
    """Return whether a patch of this target changes the document."""
    if not isinstance(document, dict):
        return False
    return (
        (target.kind is None or target.kind == document.get("kind"))
        and (target.name is None or target.name == _name(document))
        and (target.file is None or fnmatchcase(file, target.file))
    )


def _name(document: dict[str, Any]) -> str:
    metadata = document.get("metadata")
    return str(metadata.get("name")) if isinstance(metadata, dict) else ""


def _changed(document: Any, patch: Patch) -> Any:
    if patch.merge is not None:
        return merge(document, patch.merge)
    # Only settings with such patches pay for the import.
    from jsonpatch import JsonPatch, JsonPatchConflict, JsonPatchException
    from jsonpointer import JsonPointerException

    for number, operation in enumerate(patch.json6902 or ()):
        plain: Any = operation.model_dump(by_alias=True, exclude_unset=True)
        try:
            document = JsonPatch([plain]).apply(document)
            _bound(document)
        except RecursionError:
            raise _Unfit("nests too deep", "", ("json6902", number)) from None
        except (JsonPatchException, JsonPatchConflict, JsonPointerException, TypeError) as error:
            # They may tell the whole document, which nobody reads.
            why = str(error).splitlines()[0] if str(error) else type(error).__name__
            why = why if len(why) <= _MOST_WORDS else "there is no such place"
            message = f"{operation.op} {operation.path!r} does not fit: {why}"
            raise _Unfit(message, _known(document, plain), ("json6902", number)) from None
    return document


def parts_of(pointer: str) -> tuple[str, ...]:
    """Return the keys of a JSON pointer (RFC 6901)."""
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:])


def _known(document: Any, operation: dict[str, Any]) -> str:
    """Return what there is where an operation's path first leads to nothing."""
    for name in ("from", "path"):
        inside = document
        for key in parts_of(str(operation.get(name, ""))):
            if isinstance(inside, dict) and key not in inside:
                return f"there is: {', '.join(map(str, inside))}" if len(inside) < 20 else ""
            if isinstance(inside, list) and not (key.isdecimal() and int(key) < len(inside)):
                return f"the list has {len(inside)} items, from 0 on"
            if not isinstance(inside, dict | list):
                break
            inside = inside[int(key)] if isinstance(inside, list) else inside[key]
    return ""


def _bound(document: Any) -> None:
    """Refuse what `copy` operations have multiplied beyond any manifest's size."""
    left, waiting = _MOST_VALUES, [document]
    while waiting:
        value = waiting.pop()
        left -= 1
        if left < 0:
            raise _Unfit(f"makes more than {_MOST_VALUES} values")
        if isinstance(value, dict):
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value


def merge(document: Any, patch: Any) -> Any:
    """Return the document with a JSON merge patch (RFC 7396) applied: null removes."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(document) if isinstance(document, dict) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = merge(merged.get(key), value)
    return merged


def _heading(text: str) -> str:
    """Return the comments before the first document."""
    lines = []
    for line in text.splitlines(keepends=True):
        if not line.startswith("#"):
            break
        lines.append(line)
    return "".join(lines)

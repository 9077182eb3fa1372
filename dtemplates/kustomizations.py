"""Kustomizations: which files are no objects, but patches of others."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any

from dtemplates.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dtemplates.manifests import Manifest

_NAMES = ("kustomization.yaml", "kustomization.yml")


def is_kustomization(file: str) -> bool:
    """Return whether kustomize takes a file of this name for its own."""
    return file.rpartition("/")[2] in _NAMES


def patch_files(manifests: Iterable[Manifest]) -> dict[str, str]:
    """Return the files that kustomizations among the manifests take for patches, and why."""
    manifests = list(manifests)
    known = {one.file for one in manifests}
    found = {}
    for kustomization in manifests:
        if is_kustomization(kustomization.file):
            folder = posixpath.dirname(kustomization.file)
            for path in _patches(kustomization):
                file = posixpath.normpath(posixpath.join(folder, path))
                if file in known:
                    found[file] = f"it is a patch of {kustomization.file}"
    return found


def _patches(kustomization: Manifest) -> Iterator[str]:
    try:
        documents = kustomization.documents
    except InputError:
        return
    for document in documents:
        if not isinstance(document, dict):
            continue
        for field in ("patches", "patchesStrategicMerge", "patchesJson6902"):
            listed: Any = document.get(field)
            for patch in listed if isinstance(listed, list) else ():
                path = patch.get("path") if isinstance(patch, dict) else patch
                if isinstance(path, str) and "\n" not in path:
                    yield path

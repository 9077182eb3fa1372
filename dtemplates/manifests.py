"""Rendered manifests: files, their texts, and what waits to be one of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, overload

from dtemplates.errors import InputError
from dtemplates.findings import Finding
from dtemplates.yaml_reader import YamlText, read_yaml

if TYPE_CHECKING:
    from dtemplates.output import Written
    from dtemplates.settings.root import Settings

_DOCUMENT_START = re.compile(r"^---[ \t]*\n", re.MULTILINE)


@dataclass(frozen=True)
class Manifest:
    """One file: its path under the output folder, and its text, which is what will be applied.

    `own` tells that a template of the user's made it, which may do without any setting.
    """

    file: str
    text: str
    own: bool = field(default=False, compare=False)

    @cached_property
    def yaml(self) -> YamlText:
        """The text as Kubernetes reads it. Raises `InputError` where it is no YAML."""
        # Of thousands that were rendered, nobody asks for a place in most.
        return read_yaml(self.text, self.file, with_places=False)

    @property
    def documents(self) -> tuple[Any, ...]:
        """The documents in the text, as plain values. Raises `InputError`."""
        return self.yaml.documents


class Wait(NamedTuple):
    """A setting that a manifest needs, and that can be known only later."""

    setting: str
    until: str


class Pending(NamedTuple):
    """A manifest that is not rendered yet, and the settings that it waits for."""

    file: str
    waits: tuple[Wait, ...]

    def __str__(self) -> str:
        names = " and ".join(wait.setting for wait in self.waits)
        sets = " ".join(f"--set {wait.setting}=…" for wait in self.waits)
        until = self.waits[0].until
        return (
            f"{self.file} waits until {until}; then put {names} into the settings, or give {sets}"
        )


@dataclass(frozen=True)
class Manifests(Sequence[Manifest]):
    """Rendered manifests in the order in which they are applied, and what they come from."""

    files: tuple[Manifest, ...]
    pending: tuple[Pending, ...] = ()
    settings: Settings | None = field(default=None, repr=False, compare=False)

    @property
    def kubernetes_version(self) -> str | None:
        """The Kubernetes version that they are for, where settings tell it."""
        return self.settings.components["kubernetes"] if self.settings else None

    @overload
    def __getitem__(self, index: int) -> Manifest: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Manifest]: ...
    def __getitem__(self, index: int | slice) -> Manifest | Sequence[Manifest]:
        return self.files[index]

    def __len__(self) -> int:
        return len(self.files)

    @property
    def text(self) -> str:
        """All of them as one YAML stream, each under a comment that names its file."""
        return "".join(_under_its_name(one) for one in self.files)

    def select(self, patterns: Sequence[str]) -> Manifests:
        """Return those whose file, with or without its ending, fits one of the patterns.

        Raises `InputError` for a pattern that fits none.
        """
        names = [one.file for one in self.files] + [one.file for one in self.pending]
        wanted = fitting(names, patterns)
        return replace(
            self,
            files=tuple(one for one in self.files if one.file in wanted),
            pending=tuple(one for one in self.pending if one.file in wanted),
        )


def fitting(files: Sequence[str], patterns: Sequence[str]) -> set[str]:
    """Return the files that, with or without their ending, fit one of the patterns.

    Raises `InputError` for a pattern that fits none.
    """
    chosen = {pattern: [file for file in files if _fits(file, pattern)] for pattern in patterns}
    remedy = f"there are: {', '.join(files)}"
    if unfit := [pattern for pattern, found in chosen.items() if not found]:
        raise InputError(
            Finding("fits no manifest", file=pattern, remedy=remedy) for pattern in unfit
        )
    return {file for found in chosen.values() for file in found}


def _fits(file: str, pattern: str) -> bool:
    return fnmatchcase(file, pattern) or fnmatchcase(file.removesuffix(".yaml"), pattern)


def _under_its_name(manifest: Manifest) -> str:
    """Return the text with its file's name above each of its documents."""
    source = f"---\n# Source: {manifest.file}\n"
    text = _DOCUMENT_START.sub(source, manifest.text)
    return text if text.startswith("---\n") else source + text


def write(
    manifests: Manifests, folder: str | Path, *, overwrite: bool = False, partial: bool = False
) -> Written:
    """Write the manifests into a folder, and return what became of each file.

    The folder is afterwards as it was, or holds exactly these manifests beside files of others;
    with `partial`, also what was rendered into it before. Raises `OutputError`, and has changed
    nothing then: among others where a file is in the way that was not made here, or was edited
    since; `overwrite` replaces it.
    """
    from dtemplates.output import write_files

    files = {manifest.file: manifest.text for manifest in manifests}
    return write_files(files, Path(folder), overwrite=overwrite, partial=partial)

"""Manifests that are not finished: templates of other tools, and values that are to be filled in.

Nobody can tell what will become of them, so that they are skipped and not guessed at.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dtemplates.findings import Finding
    from dtemplates.manifests import Manifest

# A block of Helm, Go or Jinja templates on a line of its own, which no YAML can hold.
_BLOCK = re.compile(r"^\s*(?:-\s+)?(?:\{\{-?[^{}]*\}\}|\{%[^\n]*%\})\s*$", re.MULTILINE)
_OBJECT = re.compile("^apiVersion:", re.MULTILINE)
_TAG = re.compile("tag '(!.*)' means nothing to Kubernetes")
_OPENING = re.compile(r"\{\{|\{%")
# What stands for a value in a value: of Helm and Jinja, of envsubst and Terraform, and of people.
_PLACEHOLDERS = (
    (re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL), "a template"),
    (re.compile(r"\$\{[A-Za-z_][\w.\[\]-]*\}"), "a variable"),
    (re.compile(r"<[A-Za-z][\w .:/-]*>"), "a placeholder"),
    (
        re.compile(r"\b(?:YOUR|REPLACE|CHANGE|INSERT)(?:[_-][A-Z]+)+\b|\bCHANGEME\b"),
        "a placeholder",
    ),
    (re.compile(r"^(?:[a-z]+-)?x{4,}$", re.IGNORECASE), "a placeholder"),
)
# Here shells, programs and other tools have signs of their own.
_SCRIPTS = frozenset(
    [
        *("args", "command", "env", "data", "stringData", "annotations", "description"),
        *("preBootstrapCommands", "overrideBootstrapCommand", "configurationValues"),
        *("UserData", "Description", "Fn::Sub"),
    ]
)


def is_template(manifest: Manifest, unreadable: Iterable[Finding] = ()) -> str:
    """Return that a file is a template, for which there are signs before it is read; or nothing.

    `unreadable` is what keeps it from being YAML: where that is a variable, it is a template.
    """
    text = manifest.text
    if _OPENING.search(text) and (block := _BLOCK.search(text)):
        return f"it is a template: {block[0].strip()}"
    unreadable = list(unreadable)
    # CloudFormation and others have tags of their own, and no Kubernetes object has any.
    tags = [_TAG.match(finding.message) for finding in unreadable]
    if tags and all(tags) and tags[0] and not _OBJECT.search(text):
        return f"it has tags of another tool: {tags[0][1]}"
    for finding in unreadable:
        for pattern, _ in _PLACEHOLDERS[:2]:
            if found := pattern.search(finding.excerpt):
                return f"it is a template: {found[0][:60]}"
    return ""


def placeholder(document: Any) -> str:
    """Return what in a document stands for a value that is not there yet; or nothing."""
    for text in _texts(document):
        for pattern, what in _PLACEHOLDERS:
            if found := pattern.search(text):
                return f"it holds {what}: {found[0][:60]}"
    return ""


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield key
            # The description of a custom resource may show anything.
            if key not in _SCRIPTS and not key.startswith("x-"):
                yield from _texts(inner)

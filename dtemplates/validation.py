"""Manifests in, findings out: every document against the schema of its kind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from dtemplates import kinds
from dtemplates.errors import InputError
from dtemplates.findings import Finding
from dtemplates.manifests import Manifest, Manifests
from dtemplates.schema_wording import QUOTE, word

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

    from dtemplates.findings import Path

Status = Literal["valid", "invalid", "no schema", "unreadable"]


@dataclass(frozen=True)
class Result:
    """What became of one document; `number` counts from 1 within its file."""

    file: str
    status: Status
    number: int = 1
    kind: str = ""
    name: str = ""
    findings: tuple[Finding, ...] = field(default=())


def validate(
    manifests: Iterable[Manifest], *, kubernetes_version: str | None = None
) -> list[Finding]:
    """Return everything that is wrong with the manifests, in their order; nothing if all is well.

    Kinds of Kubernetes are held against `kubernetes_version`: that of the settings where they were
    rendered from some, else the current stack's. Raises `InputError` where it is no version.
    """
    results = check(manifests, kubernetes_version=kubernetes_version)
    return [finding for result in results for finding in result.findings]


def check(
    manifests: Iterable[Manifest], *, kubernetes_version: str | None = None
) -> Iterator[Result]:
    """Yield a result for every document of every manifest. Raises as `validate`."""
    version = kubernetes_version
    if version is None and isinstance(manifests, Manifests):
        version = manifests.kubernetes_version
    version = kinds.checked_version(version)
    for manifest in manifests:
        yield from _check_file(manifest, version)


def _check_file(manifest: Manifest, kubernetes: str) -> Iterator[Result]:
    try:
        yaml = manifest.yaml
    except InputError as error:
        yield Result(manifest.file, "unreadable", findings=error.findings)
        return
    if yaml.findings:
        yield Result(manifest.file, "unreadable", findings=yaml.findings)
        return
    for number, document in enumerate(yaml.documents):
        yield _check_document(manifest, number, document, kubernetes)


def _check_document(manifest: Manifest, number: int, document: Any, kubernetes: str) -> Result:
    kind, name = _identity(document)
    status: Status = "valid"
    found: dict[Finding, None] = {}
    for path, part in _parts(document):
        schema = kinds.schema_of(manifest.file, part, kubernetes)
        if schema is None:
            status = "no schema"
            if message := kinds.unknown(part, kubernetes):
                line, column = manifest.yaml.position(path, number)
                found[Finding(message, manifest.file, line, column, path)] = None
            continue
        checks = [(path, part, schema.validator)]
        for below in schema.pod_templates:
            template = _at(part, below)
            if template is not None:
                checks.append(((*path, *below), template, kinds.pod_template(kubernetes)))
        for where, value, validator in checks:
            for finding in _findings(manifest, number, where, value, validator):
                found[finding] = None
    return Result(
        manifest.file, "invalid" if found else status, number + 1, kind, name, tuple(found)
    )


def _parts(document: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield the document itself, or for a List what is in it."""
    items = document.get("items") if isinstance(document, dict) else None
    if isinstance(items, list) and document.get("kind") == "List":
        for number, item in enumerate(items):
            yield from _parts(item, (*path, "items", number))
    else:
        yield path, document


def _identity(document: Any) -> tuple[str, str]:
    if not isinstance(document, dict):
        return "", ""
    metadata = document.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else document.get("name")
    return str(document.get("kind") or ""), str(name or "")


def _at(document: Any, path: tuple[str, ...]) -> Any:
    for part in path:
        if not isinstance(document, dict) or part not in document:
            return None
        document = document[part]
    return document


def _findings(
    manifest: Manifest, number: int, path: Path, value: Any, validator: Validator
) -> Iterator[Finding]:
    for mismatch in word(validator.iter_errors(value)):
        where = (*path, *mismatch.path)
        line, column = manifest.yaml.position(where, number, key=mismatch.key)
        remedy = mismatch.remedy
        if remedy == QUOTE and (written := manifest.yaml.written(where, number)):
            remedy = f'{QUOTE}: "{written}"'
        yield Finding(mismatch.message, manifest.file, line, column, where, remedy)

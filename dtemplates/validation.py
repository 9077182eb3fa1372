"""Manifests in, findings out: every document against its schema, and all of them by the rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from dtemplates import kinds
from dtemplates.checking import Checking, Result
from dtemplates.inventory import Inventory
from dtemplates.manifests import Manifest, Manifests
from dtemplates.rules import choose

if TYPE_CHECKING:
    from dtemplates.findings import Finding

__all__ = ["Result", "check", "in_order", "validate"]


def validate(
    manifests: Iterable[Manifest],
    *,
    kubernetes_version: str | None = None,
    select: str | Iterable[str] = (),
    ignore: str | Iterable[str] = (),
    track: Callable[[list[Manifest]], Iterable[Manifest]] = iter,
) -> list[Finding]:
    """Return everything that is wrong with the manifests or worth a warning, sorted by place.

    Kinds of Kubernetes are held against `kubernetes_version`: that of the settings where they were
    rendered from some, else the current stack's. `track` is given the manifests and yields them
    again, for whoever shows how far it is. `select` and `ignore` are ids of rules, or what
    ids begin with. Where settings made the manifests, findings point into the settings.
    Raises `InputError` where the version is none, and for an id that no rule has.
    """
    results = check(
        manifests, kubernetes_version=kubernetes_version, select=select, ignore=ignore, track=track
    )
    return in_order(finding for result in results for finding in result.findings)


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings sorted by place, files in the order of their first finding, each once."""
    found = list(dict.fromkeys(findings))
    files = {file: number for number, file in enumerate(dict.fromkeys(one.file for one in found))}
    return sorted(found, key=lambda one: (files[one.file], one.line or 0, one.column or 0))


def check(
    manifests: Iterable[Manifest],
    *,
    kubernetes_version: str | None = None,
    select: str | Iterable[str] = (),
    ignore: str | Iterable[str] = (),
    track: Callable[[list[Manifest]], Iterable[Manifest]] = iter,
) -> list[Result]:
    """Return a result for every document of every manifest. Raises as `validate`."""
    chosen = choose(select, ignore)
    settings = manifests.settings if isinstance(manifests, Manifests) else None
    version = kubernetes_version
    if version is None and settings:
        version = settings.components["kubernetes"]
    checking = Checking(settings, kinds.checked_version(version))
    for manifest in track(list(manifests)):
        checking.add(manifest)
    inventory = Inventory(checking.documents(), settings=settings, kubernetes=version)
    checking.apply(chosen, inventory)
    return checking.results()

"""The rules over manifests: what each of them could be, and all of them together cannot.

Ids are grouped: DT1… storage, DT2… cluster and node groups, DT3… device plugins, DT4… jobs, DT5…
versions. A rule is a function with `@rule` over it, in the module of its noun; its examples are
in the folder `rules` of the tests, where `bad*.yaml` breaks it and `good*.yaml` does not.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from dtemplates.errors import InputError
from dtemplates.findings import Finding
from dtemplates.rules.rule import Breach, Rule, rule
from dtemplates.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dtemplates.inventory import Inventory

__all__ = [
    "Breach",
    "Rule",
    "all_rules",
    "breaches",
    "choose",
    "rule",
    "rule_of",
    "topic_of",
    "topics",
]

_MODULES = (
    "volumes",
    "nodegroups",
    "claims",
    "storage_classes",
    "deployment_types",
    "file_systems",
    "security_groups",
    "csi_driver",
    "mounts",
    "plugins",
    "mpirun",
    "mpijobs",
    "accelerators",
    "memory",
    "scheduling",
    "efa",
    "resources",
    "pods",
    "environment",
    "references",
    "queues",
    "quotas",
    "clusters",
    "zones",
    "capacity",
    "instances",
    "disks",
    "apis",
    "releases",
    "versions",
)


@cache
def all_rules() -> tuple[Rule, ...]:
    """Return all rules, in the order of their ids."""
    modules = (import_module(f"dtemplates.rules.{name}") for name in _MODULES)
    found = (value for module in modules for value in vars(module).values())
    return tuple(sorted({one for one in found if isinstance(one, Rule)}, key=lambda one: one.id))


def topics() -> tuple[Rule, ...]:
    """Return all that a finding's id may name: what is found before any rule, and the rules."""
    from dtemplates.rules.before import BEFORE

    return (*BEFORE, *all_rules())


def rule_of(id: str) -> Rule | None:
    """Return the rule of this id, in whatever case; None where there is none."""
    return _of(id, all_rules())


def topic_of(id: str) -> Rule | None:
    """Return the rule, or what is found before any, of this id; None where there is none."""
    return _of(id, topics())


def _of(id: str, among: Iterable[Rule]) -> Rule | None:
    return next((one for one in among if one.id == id.upper()), None)


def choose(select: str | Iterable[str] = (), ignore: str | Iterable[str] = ()) -> tuple[Rule, ...]:
    """Return the rules that are selected, all of them for none, without those to ignore.

    Each is an id, or what ids begin with: DT2 stands for all of the cluster's. Raises `InputError`
    for one that fits no rule.
    """
    select = (select,) if isinstance(select, str) else select
    ignore = (ignore,) if isinstance(ignore, str) else ignore
    chosen = {one for id in select for one in fitting(id, "--select")} or {*all_rules()}
    ignored = {one for id in ignore for one in fitting(id, "--ignore")}
    return tuple(one for one in all_rules() if one in chosen - ignored)


def fitting(id: str, option: str) -> list[Rule]:
    """Return the rules that an id or the beginning of one names. Raises `InputError` for none."""
    found = [one for one in all_rules() if one.id.startswith(id.upper())] if id else []
    if not found:
        message, remedy = unknown(id)
        raise InputError([Finding(message, file=f"{option} {id}", remedy=remedy)])
    return found


def unknown(id: str) -> tuple[str, str]:
    """Return in words that an id is none, and what to do about it."""
    if topic_of(id):
        return f"{id} is found before any rule", "mend it: it cannot be left out"
    nearest = did_you_mean(id.upper(), [one.id for one in all_rules()])
    return f"there is no rule {id}", nearest or "`dtemplates explain` lists them"


def breaches(inventory: Inventory, rules: Iterable[Rule]) -> Iterator[tuple[Rule, Breach]]:
    """Yield whatever breaks one of the rules."""
    for one in rules:
        for breach in one.find(inventory):
            yield one, breach

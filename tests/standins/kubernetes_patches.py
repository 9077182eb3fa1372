"""How a patch changes an object: JSON patch, merge patch, strategic merge patch and apply."""

from __future__ import annotations

import copy
from typing import Any

import jsonpatch

from standins.kubernetes_kinds import Object
from standins.kubernetes_store import StatusError

# The lists of maps that Kubernetes merges, with the fields of which the first found is the key.
MERGE_KEYS: dict[str, tuple[str, ...]] = {
    "conditions": ("type",),
    "containers": ("name",),
    "env": ("name",),
    "ephemeralContainers": ("name",),
    "hostAliases": ("ip",),
    "imagePullSecrets": ("name",),
    "initContainers": ("name",),
    "ownerReferences": ("uid",),
    "ports": ("containerPort", "port"),
    "secrets": ("name",),
    "topologySpreadConstraints": ("topologyKey",),
    "volumeDevices": ("devicePath",),
    "volumeMounts": ("mountPath",),
    "volumes": ("name",),
}
PRIMITIVES = ("finalizers",)


def merge(target: Any, patch: Any) -> Any:
    """JSON merge patch, RFC 7396."""
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    merged = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = merge(merged.get(key), value)
    return merged


def merge_key(field: str, *lists: list[Any]) -> str | None:
    """The key by which a list of maps is merged; nothing for a list that is replaced whole."""
    elements = [each for some in lists for each in some if isinstance(each, dict)]
    for key in MERGE_KEYS.get(field, ()):
        if elements and all(key in each or set(each) == {"$patch"} for each in elements):
            return key
    return None


def strategic(target: Any, patch: Any) -> Any:
    """Strategic merge patch with its directives, as kubectl apply sends it."""
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    if patch.get("$patch") == "replace":
        return {key: value for key, value in patch.items() if key != "$patch"}
    if patch.get("$patch") == "delete":
        return {}
    merged = dict(target) if isinstance(target, dict) else {}
    if "$retainKeys" in patch:
        merged = {key: value for key, value in merged.items() if key in patch["$retainKeys"]}
    for key, value in patch.items():
        if key.startswith("$deleteFromPrimitiveList/"):
            field = key.partition("/")[2]
            merged[field] = [each for each in merged.get(field, []) if each not in value]
    for key, value in patch.items():
        if key.startswith("$"):
            continue
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, list):
            merged[key] = strategic_list(key, merged.get(key) or [], value)
        else:
            merged[key] = strategic(merged.get(key), value)
    for key, value in patch.items():
        if key.startswith("$setElementOrder/"):
            field = key.partition("/")[2]
            if field in merged:
                merged[field] = ordered(field, merged[field], value)
    return merged


def strategic_list(field: str, target: list[Any], patch: list[Any]) -> list[Any]:
    if field in PRIMITIVES:
        return [*target, *(each for each in patch if each not in target)]
    key = merge_key(field, target, patch)
    if key is None or {"$patch": "replace"} in patch:
        return [copy.deepcopy(each) for each in patch if each != {"$patch": "replace"}]
    merged = {each[key]: each for each in target}
    for each in patch:
        if each.get("$patch") == "delete":
            merged.pop(each[key], None)
        else:
            merged[each[key]] = strategic(merged.get(each[key]), each)
    return list(merged.values())


def ordered(field: str, elements: list[Any], order: list[Any]) -> list[Any]:
    """The elements in the order that the patch asks for; those it does not name come last."""
    key = merge_key(field, elements, order)
    names = [each[key] if key else each for each in order]

    def place(element: Any) -> int:
        name = element[key] if key else element
        return names.index(name) if name in names else len(names)

    return sorted(elements, key=place)


def applied(live: Any, before: Any, now: Any, by_key: bool, field: str = "") -> Any:
    """Server-side apply: what a manager applied before and no longer applies is removed."""
    if isinstance(now, dict) and isinstance(live, dict):
        before = before if isinstance(before, dict) else {}
        kept = {key: value for key, value in live.items() if key in now or key not in before}
        for key, value in now.items():
            kept[key] = applied(live.get(key), before.get(key), value, by_key, key)
        return kept
    if isinstance(now, list) and isinstance(live, list) and by_key:
        before = before if isinstance(before, list) else []
        key = merge_key(field, live, before, now)
        if key:
            old = {each[key]: each for each in before}
            new = {each[key]: each for each in now}
            lives = {each[key]: each for each in live if each[key] in new or each[key] not in old}
            for name, each in new.items():
                lives[name] = applied(lives.get(name), old.get(name), each, by_key)
            return list(lives.values())
    return copy.deepcopy(now)


def patched(target: Object, patch: Any, content_type: str) -> Any:
    if content_type == "application/json-patch+json":
        try:
            return jsonpatch.apply_patch(target, patch)
        except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException) as error:
            message = f"the server rejected our request due to an error in our request: {error}"
            raise StatusError(422, "Invalid", message) from error
    how = strategic if content_type == "application/strategic-merge-patch+json" else merge
    return how(target, patch)

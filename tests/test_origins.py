"""Findings point at the setting that made a value: those that have a value of their own tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT

import dtemplates
from dtemplates.findings import Path as Place
from dtemplates.findings import exists
from dtemplates.origins import Origins

SETTINGS = [
    *sorted((ROOT / "examples").glob("*.yaml")),
    *sorted((ROOT / "tests" / "settings" / "good").glob("*.yaml")),
]


def leaves(value: Any, path: Place = ()) -> Iterator[tuple[Place, Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from leaves(inner, (*path, number))
    else:
        yield path, value


def given(settings: dtemplates.Settings) -> Any:
    return settings.model_dump(mode="json", exclude_unset=True, by_alias=True)


def is_subnet(path: Place) -> bool:
    return path[:2] == ("cluster", "vpc") or path[:1] == ("vpc",)


@pytest.mark.parametrize("path", SETTINGS, ids=lambda path: path.stem)
def test_a_value_that_one_setting_has_comes_from_it(path: Path) -> None:
    settings = dtemplates.load(path)
    manifests = dtemplates.render(settings)
    origins = Origins(settings)
    document = given(settings)
    counts = Counter(str(value) for _, value in leaves(document))
    # Plain words and short numbers are in manifests for other reasons, too.
    unique = {
        str(value): where
        for where, value in leaves(document)
        if counts[str(value)] == 1 and len(str(value)) > 4 and set(str(value)) & set("-/0123456789")
    }
    checked = 0
    for manifest in manifests:
        # These have what several settings, or none, have made.
        if manifest.file.startswith("helm/") or "plugin" in manifest.file:
            continue
        for inside in manifest.documents:
            for where, value in leaves(inside):
                setting = unique.get(str(value))
                # Subnets are named by whatever is in them, taints by whatever bears them.
                if setting is None or is_subnet(setting) != is_subnet(where):
                    continue
                if "tolerations" in where:
                    continue
                checked += 1
                origin = origins.of(manifest.file, inside, where)
                assert origin is not None, f"{manifest.file} {where}"
                # An alternative shorthand is as good: `env.X` for `env.X.value`.
                assert origin == setting[: len(origin)], f"{manifest.file} {where}"
                assert len(origin) >= len(setting) - 2, f"{manifest.file} {where}: {origin}"
    assert checked > 0


@pytest.mark.parametrize("path", SETTINGS, ids=lambda path: path.stem)
def test_every_value_has_a_setting_above_it(path: Path) -> None:
    settings = dtemplates.load(path)
    for manifest in dtemplates.render(settings):
        for inside in manifest.documents:
            for where, _ in [*leaves(inside), ((), None)]:
                origin = Origins(settings).of(manifest.file, inside, where)
                assert origin, f"{manifest.file} {where}"
                assert exists(given(settings), origin[:1]) or origin[0] in {
                    "attach_pvc",
                    "namespace",
                    "stack",
                    "versions",
                }, f"{manifest.file} {where}: {origin}"

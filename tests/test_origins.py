"""Findings point at the setting that made a value: those that have a value of their own tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from wrong_values import at, places

import dtemplates
from dtemplates.findings import Path as Place
from dtemplates.findings import dotted, exists
from dtemplates.origins import Origins

SETTINGS = [
    *sorted((ROOT / "examples").glob("*.yaml")),
    *sorted((ROOT / "tests" / "settings" / "good").glob("*.yaml")),
]


def leaves(document: Any) -> Iterator[tuple[Place, Any]]:
    for where in places(document):
        value = at(document, where)
        if not isinstance(value, dict | list):
            yield where, value


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
                # A resource may be called as a taint is, and comes of the instance type.
                if "resourceGroups" in where and where[-1] != "nominalQuota":
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


CURRENT = (ROOT / "examples" / "current.yaml").read_text("utf-8")
JOB, VOLUME = "{kind: MPIJob}", "{kind: PersistentVolume}"
GROUPS, OPTIONS = "{file: nodegroup_config.yaml}", "/spec/mountOptions"
MERGED = "patches.0.merge.spec.mountOptions"
LAUNCHER = "/spec/mpiReplicaSpecs/Launcher/template/spec/containers/0"


def patch(target: str, *operations: str, merge: str = "") -> str:
    change = f"merge: {merge}" if merge else f"json6902: [{', '.join(operations)}]"
    return f"  - target: {target}\n    {change}\n"


def op(kind: str, path: str, value: str = "", start: str = "") -> str:
    rest = (f", value: {value}" if value else "") + (f", from: {start}" if start else "")
    return f"{{op: {kind}, path: {path}{rest}}}"


@pytest.mark.parametrize(
    ("patches", "id", "place"),
    [
        # What a patch put there, or took away, it is to blame for.
        (patch(VOLUME, merge="{spec: {mountOptions: []}}"), "DT117", MERGED),
        (patch(VOLUME, op("remove", OPTIONS)), "DT117", "patches.0.json6902.0"),
        (patch(VOLUME, merge="{spec: {mountOptions: null}}"), "DT117", MERGED),
        (patch(VOLUME, op("move", "/spec/x", start=OPTIONS)), "DT117", "patches.0.json6902.0"),
        (
            patch(VOLUME, op("replace", OPTIONS, "[a]"), op("replace", f"{OPTIONS}/0", "b")),
            "DT117",
            "patches.0.json6902.1",
        ),
        # The last one that did it, and none that only looked.
        (
            patch(VOLUME, op("replace", "/spec/persistentVolumeReclaimPolicy", "Retain"))
            + patch(
                VOLUME,
                op("replace", "/spec/persistentVolumeReclaimPolicy", "Delete"),
                op("test", "/spec/persistentVolumeReclaimPolicy", "Delete"),
            ),
            "DT115",
            "patches.1.json6902.0",
        ),
        # What was put beside it has nothing to do with it.
        (
            patch(JOB, op("remove", "/spec/runPolicy"))
            + patch(JOB, op("add", "/spec/managedBy", "a")),
            "DT416",
            "patches.0.json6902.0",
        ),
        (
            patch(JOB, op("add", f"{LAUNCHER}/env/-", "{name: A, value: $B}")),
            "DT415",
            "patches.0.json6902.0",
        ),
        # What a value was seen beside may be what was changed.
        (
            patch(GROUPS, op("replace", "/managedNodeGroups/0/maxSize", "2")),
            "DT405",
            "patches.0.json6902.0",
        ),
    ],
)  # fmt: skip
def test_patches_are_blamed_for_what_they_did(patches: str, id: str, place: str) -> None:
    settings = dtemplates.parse(f"{CURRENT}patches:\n{patches}", name="a.yaml")
    found = {one.id: one for one in dtemplates.validate(dtemplates.render(settings))}
    assert dotted(found[id].path) == place
    assert found[id].file == "a.yaml"


@pytest.mark.parametrize(
    "patches",
    [
        patch(VOLUME, op("add", "/spec/volumeMode", "Filesystem")),
        patch(VOLUME, merge="{spec: {volumeMode: Filesystem}}"),
    ],
)
def test_patches_are_not_blamed_for_what_stands_beside(patches: str) -> None:
    text = CURRENT.replace("  capacity: 4800Gi\n", "  capacity: 4800Gi\n  mount_options: []\n")
    settings = dtemplates.parse(f"{text}patches:\n{patches}", name="a.yaml")
    (finding,) = dtemplates.validate(dtemplates.render(settings))
    assert (finding.id, finding.path) == ("DT117", ("fsx", "mount_options"))


def test_overrides_are_blamed() -> None:
    settings = dtemplates.parse(CURRENT, overrides=["nodegroups.gpu.max_size=4", "jobs.0.gpus=40"])
    (finding,) = dtemplates.validate(dtemplates.render(settings))
    assert finding.file == "--set jobs.0.gpus=40"


def test_own_templates_are_theirs(tmp_path: Path) -> None:
    """Settings that a template does without are not to blame, and no change of them mends it."""
    manifests = dtemplates.render(dtemplates.parse(CURRENT))
    (ours,) = (one.text for one in manifests if one.file == "pv_fsx.yaml")
    (tmp_path / "pv_fsx.yaml.j2").write_text(ours.replace("Retain", "Delete"), "utf-8")
    settings = dtemplates.parse(CURRENT)
    (finding,) = dtemplates.validate(dtemplates.render(settings, templates=tmp_path))
    assert (finding.id, finding.file, finding.rendered) == ("DT115", "pv_fsx.yaml", None)
    assert finding.line
    patched = dtemplates.parse(
        f"{CURRENT}patches:\n{patch(VOLUME, merge='{spec: {mountOptions: []}}')}", name="a.yaml"
    )
    found = dtemplates.validate(dtemplates.render(patched, templates=tmp_path))
    assert {one.id: one.file for one in found} == {"DT115": "pv_fsx.yaml", "DT117": "a.yaml"}

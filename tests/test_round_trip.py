"""Any text in any setting: it comes back from the manifests unchanged, or is refused by name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ROOT
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from wrong_values import at, places, put

import dtemplates

FILES = [
    *sorted((ROOT / "examples").glob("*.yaml")),
    *sorted((Path(__file__).parent / "settings" / "good").glob("*.yaml")),
]
# What appears as a part of something longer, and how often that is all.
WITHIN = {"log_dir", "mount_path", "region"}
# Parts of the file whose settings name, or go with, those of another part.
WITH = {
    "stack": {"cluster", "fsx", "jobs", "kueue", "nodegroups", "versions"},
    "versions": {"cluster", "fsx", "jobs", "nodegroups"},
    "cluster": {"fsx", "kueue", "nodegroups", "patches"},
    "nodegroups": {"fsx", "jobs", "kueue", "patches"},
    "instance_types": {"jobs", "nodegroups"},
    "fsx": {"patches"},
    "jobs": {"patches"},
}
# Parts of a job that its other settings go by.
GOVERNING = {"matrix", "node_selector"}
# What decides what is rendered, and is no part of it.
UNSEEN = {"stack", "op", "path", "from", "kind", "file", "effect"}


def scalars(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from scalars(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from scalars(inner)
    else:
        yield value


DOCUMENTS = [yaml.safe_load(path.read_text("utf-8")) for path in FILES]
# What becomes of a matrix's values, the settings that name them decide.
LEAVES = [
    (number, path)
    for number, one in enumerate(DOCUMENTS)
    for path in places(one)
    if isinstance(at(one, path), str) and "matrix" not in path
]
STRINGS = (Path(__file__).parent / "yaml" / "strings.txt").read_text("utf-8").split("\n")
TEXTS = st.one_of(
    st.text(max_size=60),
    st.text(st.characters(categories=["Cs", "Cc", "Cf", "Zl", "Zp"]), max_size=5),
    st.from_regex(r"\A[a-z0-9][-a-z0-9.:/@_]{0,40}\Z"),
    st.sampled_from([*STRINGS, "a\n---\nb: c", "\n a", "a\n\n", "{{ x }}", "{% x %}"]),
)


def test_enough_settings_are_tried() -> None:
    assert len({tuple(p for p in path if isinstance(p, str)) for _, path in LEAVES}) > 120


@given(where=st.sampled_from(LEAVES), text=TEXTS)
@settings(max_examples=1500, deadline=None, suppress_health_check=list(HealthCheck))
@example(where=LEAVES[0], text="\ud800")
def test_unchanged_or_refused(where: tuple[int, tuple[str | int, ...]], text: str) -> None:
    number, path = where
    document = put(DOCUMENTS[number], path, text)
    try:
        built = dtemplates.build(document)
        manifests = dtemplates.render(built)
    except dtemplates.SettingsError as error:
        # It is named itself, or what it stands in, or a setting beside it that does not go with it.
        blamed = [finding.path for finding in error.findings]
        assert any(one == path[: len(one)] or one[:-1] == path[:-1] for one in blamed) or any(
            one[0] in WITH.get(str(path[0]), ())
            or (one[:2] == path[:2] and not GOVERNING.isdisjoint(path))
            for one in blamed
        ), (path, text, blamed)
        return
    seen = [one for manifest in manifests for one in scalars(list(manifest.documents))]
    last = next(part for part in reversed(path) if isinstance(part, str))
    if last in UNSEEN or path[0] in ("versions", "instance_types", "patches", "ignore", "prices"):
        return
    unchanged = text in seen
    within = any(text in one for one in seen if isinstance(one, str))
    is_part = last in WITHIN or "matrix" in path
    assert unchanged or (is_part and within) or _decides(path, document), (path, text)


def _decides(path: tuple[str | int, ...], document: Any) -> bool:
    """Return whether the setting only chooses among others, as a subnet's key does."""
    first, last = path[0], path[-1]
    if first == "nodegroups" and "subnets" in path:
        return True
    if first == "jobs" and last == "nodegroup":
        return True
    # What eksctl, the driver or a new file system is told alone where it is made.
    seldom = ("instance_type", "kubernetes_version", "availability_zone", "shm_size")
    return first == "fsx" or last in seldom


EVERYWHERE = """
cluster:
  name: demo
  region: us-east-1
  tags: {a: ""}
  addons: [{name: a, configuration_values: "c"}]
nodegroups:
  - name: g
    instance_type: g5.12xlarge
    tags: {a: ""}
    pre_bootstrap_commands: [""]
    ssh: {public_key: k}
fsx:
  name: d
  capacity: 1200Gi
  file_system_id: fs-0123456789abcdef0
  mount_name: a
  mount_options: [a]
tensorboard: {image: tb, log_dir: /a}
jobs:
  - {name: a, image: x, gpus: 4, command: [c], args: [a], env: {A: ""}, annotations: {a: ""}}
"""


@pytest.mark.parametrize(
    ("setting", "file", "place"),
    [
        ("cluster.tags.a", "cluster_config.yaml", "metadata.tags.a"),
        (
            "cluster.addons.0.configuration_values",
            "cluster_config.yaml",
            "addons.-1.configurationValues",
        ),
        ("nodegroups.0.tags.a", "nodegroup_config.yaml", "managedNodeGroups.0.tags.a"),
        (
            "nodegroups.0.pre_bootstrap_commands.0",
            "nodegroup_config.yaml",
            "managedNodeGroups.0.preBootstrapCommands.0",
        ),
        (
            "nodegroups.0.ssh.public_key",
            "nodegroup_config.yaml",
            "managedNodeGroups.0.ssh.publicKey",
        ),
        (
            "jobs.0.command.0",
            "jobs/a.yaml",
            "spec.mpiReplicaSpecs.Launcher.template.spec.containers.0.command.-2",
        ),
        (
            "jobs.0.args.0",
            "jobs/a.yaml",
            "spec.mpiReplicaSpecs.Launcher.template.spec.containers.0.command.-1",
        ),
        (
            "jobs.0.env.A",
            "jobs/a.yaml",
            "spec.mpiReplicaSpecs.Launcher.template.spec.containers.0.env.0.value",
        ),
        ("jobs.0.annotations.a", "jobs/a.yaml", "metadata.annotations.a"),
        ("fsx.mount_options.0", "pv_fsx.yaml", "spec.mountOptions.0"),
        ("tensorboard.log_dir", "tensorboard.yaml", "spec.containers.0.args.0"),
    ],
)
@given(text=TEXTS)
@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
def test_in_its_place(setting: str, file: str, place: str, text: str) -> None:
    document = yaml.safe_load(EVERYWHERE)
    path = tuple(int(part) if part.isdigit() else part for part in setting.split("."))
    try:
        manifests = dtemplates.render(dtemplates.build(put(document, path, text)))
    except dtemplates.SettingsError as error:
        refused = {finding.path for finding in error.findings}
    else:
        (found,) = (one.documents[0] for one in manifests if one.file == file)
        for part in place.split("."):
            found = found[int(part)] if part.lstrip("-").isdigit() else found[part]
        refused = set()
        assert found == ("--logdir=" + text if setting == "tensorboard.log_dir" else text)
    assert refused <= {path}

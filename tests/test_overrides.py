"""`--set`: where it goes, of what type it is, and what is said when it fits nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import dtemplates

TEXT = """\
cluster:
  name: demo
  region: us-east-1
  tags: {a.b: c}
nodegroups:
  - {name: cpu, instance_type: m7i.large}
  - {name: gpu, instance_type: p5.48xlarge}
fsx: {name: data, capacity: 1200Gi, create: {subnet_id: subnet-0a}}
"""


def parsed(*overrides: str) -> dtemplates.Settings:
    return dtemplates.parse(TEXT, name="dtemplates.yaml", overrides=overrides)


@pytest.mark.parametrize(
    ("override", "path", "value"),
    [
        ("cluster.name=other", "cluster.name", "other"),
        # Text stays text, whatever YAML would make of it.
        ("cluster.kubernetes_version=1.30", "cluster.kubernetes_version", "1.30"),
        ("cluster.name=123", "cluster.name", "123"),
        ("cluster.tags.on=off", "cluster.tags.on", "off"),
        (r"cluster.tags.a\.b=d=e", "cluster.tags.a.b", "d=e"),
        ("nodegroups.1.desired_capacity=4", "nodegroups.1.desired_capacity", 4),
        ("nodegroups.gpu.desired_capacity=4", "nodegroups.1.desired_capacity", 4),
        ("nodegroups.gpu.spot=true", "nodegroups.1.spot", True),
        ("nodegroups.gpu.subnets=[subnet-0a]", "nodegroups.1.subnets.0", "subnet-0a"),
        ("nodegroups.gpu.subnets.0=subnet-0b", "nodegroups.1.subnets.0", "subnet-0b"),
        ("nodegroups.2={name: third}", "nodegroups.2.name", "third"),
        ("fsx.file_system_id=fs-0123456789abcdef0", "fsx.file_system_id", "fs-0123456789abcdef0"),
        ("versions.mpi_operator=0.7.0", "versions.mpi_operator", "0.7.0"),
        ("tensorboard.image=tb", "tensorboard.image", "tb"),
        ("attach_pvc=false", "attach_pvc", False),
    ],
)  # fmt: skip
def test_set(override: str, path: str, value: Any) -> None:
    overrides = [override]
    if "file_system_id" in override:
        overrides.append("fsx.mount_name=abcdef01")
    found: Any = parsed(*overrides).model_dump()
    for part in path.replace("tags.a.b", "tags.a:b").split("."):
        found = found[int(part)] if part.isdigit() else found[part.replace(":", ".")]
    assert (type(found), found) == (type(value), value)


def test_later_ones_win() -> None:
    assert parsed("cluster.name=a", "cluster.name=b").cluster.name == "b"


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("cluster.name", "--set cluster.name: error[DT002]: is not of the form setting=value"),
        ("=x", "is not of the form setting=value"),
        ("nodegroups.gup.spot=true", "nodegroups has no item 'gup'; it has cpu, gpu"),
        ("nodegroups.7.spot=true", "nodegroups has no item '7'"),
        ("cluster.name.x=1", "cluster.name is 'demo', which has no settings in it"),
        ("nodegroups.gpu.spot=[", "the value is not YAML"),
        ("jobs.0=1\n---\n2", "the value is more than one YAML document"),
        ("nodegroups.0={name: a, name: b}", "the value is wrong: duplicate key 'name'"),
        ("nodegroups." + "9" * 5000 + ".name=x", "nodegroups has no item '9999"),
        ("a." * 3000 + "b=1", "names more than 32 settings within one another"),
        ("cluster.name=\udcff", "holds half a character"),
        ("fsx.foo.bar=1", "fsx.foo: there is no such setting"),
        ("versions.eksctl=" + "9" * 5000 + ".0", "is not a version such as 0.20.0"),
        ("fsx.capacity=" + "9" * 5000 + "Gi", "is not a quantity with its unit"),
        ("cluster.nmae=x", "cluster.nmae: there is no such setting; did you mean 'name'?"),
        ("cluster.name=a_b", "--set cluster.name=a_b: error[DT002]: cluster.name: \"a_b\" is not"),
        ("nodegroups.gpu.desired_capacity=four", '"four" is not a whole number'),
    ],
)  # fmt: skip
def test_wrong(override: str, message: str) -> None:
    with pytest.raises(dtemplates.SettingsError) as caught:
        parsed(override)
    assert message in str(caught.value)
    assert str(caught.value).startswith("--set ")


def test_all_wrong_ones_at_once() -> None:
    with pytest.raises(dtemplates.SettingsError) as caught:
        parsed("cluster", "nodegroups.x.y=1")
    assert len(caught.value.findings) == 2


def test_the_file_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "dtemplates.yaml"
    path.write_text(TEXT)
    assert dtemplates.load(path, overrides=["cluster.name=x"]).cluster.name == "x"
    assert path.read_text() == TEXT
    assert dtemplates.load(path).cluster.name == "demo"

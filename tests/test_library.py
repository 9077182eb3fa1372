"""The package as other tools import it."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from conftest import ROOT

import dtemplates
from dtemplates import resources
from dtemplates.instance_types import instance_type, known_types
from dtemplates.settings import fields
from dtemplates.settings.model_schema import model_schema
from dtemplates.settings.types import EXPECTED


def test_public_names() -> None:
    assert list(dtemplates.__all__) == sorted(dtemplates.__all__)
    assert set(dtemplates.__all__) == {*dtemplates._HOMES, "__version__"}
    for name in dtemplates.__all__:
        assert getattr(dtemplates, name) is not None
        assert name == "__version__" or getattr(dtemplates, name).__doc__
    assert dir(dtemplates) == dtemplates.__all__
    with pytest.raises(AttributeError, match="has no attribute 'nope'"):
        _ = dtemplates.nope


def test_names_stay_functions_after_all_modules_are_imported() -> None:
    """A module of a public name would take its place in the package."""
    code = (
        "import dtemplates, pkgutil, importlib\n"
        "for one in pkgutil.walk_packages(dtemplates.__path__, 'dtemplates.'):\n"
        "    if not one.name.endswith('__main__'): importlib.import_module(one.name)\n"
        "print(*map(callable, (dtemplates.render, dtemplates.validate, dtemplates.load)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "True True True\n"


def test_importing_costs_nothing() -> None:
    heavy = "{'pydantic', 'jinja2', 'yaml', 'jsonschema'}"
    code = f"import sys, dtemplates\nprint({heavy} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "set()\n"


def test_settings_made_in_code() -> None:
    settings = dtemplates.Settings(
        cluster=dtemplates.Cluster(name="demo", region="us-east-1"),
        nodegroups=[dtemplates.NodeGroup(name="gpu", instance_type="g5.12xlarge")],  # type: ignore[arg-type]
        jobs=(dtemplates.Job(name="a", image="x", gpus=4, command=("b",)),),
    )
    manifests = dtemplates.render(settings)
    assert [one.file for one in manifests][-1] == "jobs/a.yaml"
    assert dtemplates.validate(manifests) == []


def test_settings_made_in_code_are_checked_too() -> None:
    settings = dtemplates.Settings(
        cluster=dtemplates.Cluster(name="demo", region="us-east-1"),
        nodegroups=(dtemplates.NodeGroup(name="a", min_size=2, max_size=1),),
    )
    with pytest.raises(dtemplates.SettingsError) as caught:
        dtemplates.render(settings)
    assert str(caught.value).startswith("settings: error[DT209]: nodegroups.0.min_size: ")


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"cluster": {"name": object()}}, "is not made of plain values"),
        ({"cluster": {"name": "\ud800", "region": "us-east-1"}}, "holds half a character"),
        ({}, "cluster: this setting is required"),
        ({"cluster": {"name": "a", "region": "us-east-1", "tags": {"\ud800": "a"}}}, "half a"),
        (
            {
                "cluster": {"name": "a", "region": "us-east-1"},
                "instance_types": {"p5.48xlarge": {"memory_gib": 1e300}},
            },
            "is not at most 1000000",
        ),
    ],
)
def test_build_refuses(document: Any, message: str) -> None:
    with pytest.raises(dtemplates.SettingsError) as caught:
        dtemplates.build(document)
    assert message in str(caught.value)


def test_settings_do_not_change() -> None:
    settings = dtemplates.build({"cluster": {"name": "demo", "region": "us-east-1"}})
    with pytest.raises(ValueError, match="frozen"):
        settings.namespace = "other"  # type: ignore[misc]
    assert isinstance(settings.nodegroups, tuple)


def test_errors_tell_their_exit_code_and_findings() -> None:
    assert dtemplates.SettingsError.exit_code == dtemplates.InputError.exit_code == 2
    assert dtemplates.TemplateError.exit_code == dtemplates.OutputError.exit_code == 1
    finding = dtemplates.Finding("is wrong", "a.yaml", 1, 2, ("b", 0, "c.d"), "mend it")
    assert str(finding) == 'a.yaml:1:2: error: b.0."c.d": is wrong; mend it'
    assert str(dtemplates.DTemplatesError([finding, finding])) == f"{finding}\n{finding}"


def test_manifests_are_a_sequence() -> None:
    manifests = dtemplates.render(dtemplates.parse(resources.example("current")))
    assert manifests[0].file == "cluster_config.yaml"
    assert len(manifests) == len(list(manifests)) == len(manifests[:])


def test_the_settings_schema_is_the_models(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--update-golden"):
        text = json.dumps(model_schema(), indent=2, ensure_ascii=False)
        (ROOT / "schemas" / "settings.schema.json").write_text(f"{text}\n", "utf-8")
    assert json.loads(resources.schema("settings")) == model_schema()


def test_each_setting_is_described_and_each_pattern_in_words() -> None:
    schema = fields.settings_schema()
    patterns = set()

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            if isinstance(value.get("pattern"), str):
                patterns.add(value["pattern"])
            for name, field in value.get("properties", {}).items():
                assert field.get("description") or "$ref" in field, name
            for inner in value.values():
                walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)

    walk(schema)
    assert patterns
    assert patterns <= EXPECTED.keys()


def test_instance_types() -> None:
    assert len(known_types()) >= 60
    p5 = instance_type("p5.48xlarge", {})
    assert p5 is not None
    assert (p5.accelerators, p5.efa, p5.memory_gib, p5.nvidia) == (8, 32, 2048, True)
    assert instance_type("p9.48xlarge", {}) is None
    for name in known_types():
        row = instance_type(name, {})
        assert row is not None
        assert row.accelerators > 0
        assert row.memory_gib > 0
        assert row.resource in ("nvidia.com/gpu", "aws.amazon.com/neuron")


def test_a_copy_of_settings_knows_nothing_of_the_original() -> None:
    settings = dtemplates.parse(resources.example("current"))
    twin = dtemplates.parse(resources.example("current"))
    before = settings.components["kubernetes"]
    assert dtemplates.render(settings)
    # What was found out of one of them is no difference.
    assert settings.nodegroups == twin.nodegroups
    assert settings._known == twin._known
    cluster = settings.cluster.model_copy(update={"kubernetes_version": "1.34"})
    for deep in (False, True):
        changed = settings.model_copy(update={"cluster": cluster}, deep=deep)
        assert changed.components["kubernetes"] == "1.34"
        assert not changed.is_sound
    assert settings.components["kubernetes"] == before != "1.34"


def test_a_copy_that_is_wrong_is_told() -> None:
    settings = dtemplates.parse(resources.example("current"))
    job = settings.jobs[0].model_copy(update={"gpus": 12})
    with pytest.raises(dtemplates.SettingsError, match="12"):
        dtemplates.render(settings.model_copy(update={"jobs": (job,)}))

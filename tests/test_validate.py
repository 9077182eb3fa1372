"""`validate` over manifests made elsewhere: valid, invalid, without a schema, unreadable."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import dtemplates
from dtemplates import json_schemas, kinds
from dtemplates.cli import app

CLAIM = """\
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec:
  accessModes: [ReadWriteMany]
  resources: {requests: {storage: 1200Gi}}
"""
POD = {"apiVersion": "v1", "kind": "Pod", "spec": {}}
JOB = """\
apiVersion: kubeflow.org/v2beta1
kind: MPIJob
metadata: {name: a}
spec:
  mpiReplicaSpecs:
    Launcher:
      template: {spec: {containers: [{name: a, image: x, comand: [a]}]}}
"""


def validate(*arguments: str | Path, stdin: str | None = None) -> Result:
    return CliRunner().invoke(app, ["validate", *map(str, arguments)], input=stdin)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("text", "said", "code"),
    [
        (CLAIM, "1 document: 1 valid\n", 0),
        (
            CLAIM.replace("accessModes", "acessModes"),
            "<stdin>:5:3: error[DT003]: spec.acessModes: there is no such field; "
            "did you mean 'accessModes'?\n1 document: 1 invalid; 1 error\n",
            1,
        ),
        (
            CLAIM.replace("name: data", "name: 12"),
            '<stdin>:3:18: error[DT003]: metadata.name: 12 is not text; quote it: "12"\n'
            "1 document: 1 invalid; 1 error\n",
            1,
        ),
        # As Kubernetes reads it, this is no text either.
        (
            CLAIM.replace("name: data", "name: y"),
            '<stdin>:3:18: error[DT003]: metadata.name: true is not text; quote it: "y"\n'
            "1 document: 1 invalid; 1 error\n",
            1,
        ),
        # All errors of a document, of a pod template too, and with their places.
        (
            JOB,
            "<stdin>:7:58: error[DT003]: "
            "spec.mpiReplicaSpecs.Launcher.template.spec.containers.0.comand: "
            "there is no such field; did you mean 'command'?\n1 document: 1 invalid; 1 error\n",
            1,
        ),
        (
            "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: a}\n",
            "<stdin>: Thing a: no schema for this kind\n1 document: 1 no schema\n",
            0,
        ),
        (
            "apiVersion: batch.volcano.sh/v1\nkind: Job\nmetadata: {name: a}\n",
            "<stdin>: Job a: no schema for this kind\n1 document: 1 no schema\n",
            0,
        ),
        (
            "apiVersion: ../../v1\nkind: ../pod\n",
            "<stdin>: ../pod: no schema for this kind\n1 document: 1 no schema\n",
            0,
        ),
        ("- a\n", "<stdin>: document 1: no schema for this kind\n1 document: 1 no schema\n", 0),
        (
            "a: 1\na: 2\n",
            "<stdin>:2:1: error[DT001]: duplicate key 'a'; first given on line 1\n"
            "1 document: 1 unreadable; 1 error\n",
            2,
        ),
        (
            f"---\n{CLAIM}---\n# nothing\n---\na: b\n",
            "<stdin>: document 2: no schema for this kind\n2 documents: 1 valid, 1 no schema\n",
            0,
        ),
        (
            "kind: Pod\n",
            "<stdin>:1:1: error[DT003]: apiVersion is missing\n1 document: 1 invalid; 1 error\n",
            1,
        ),
        ("{}\n", "<stdin>:1:1: error[DT003]: holds nothing\n1 document: 1 invalid; 1 error\n", 1),
        # Nobody but Kubernetes has groups without a dot in their name.
        (
            "apiVersion: apps/v2\nkind: Deployment\n",
            "<stdin>:1:1: error[DT006]: Kubernetes 1.35 has no apps/v2 Deployment\n"
            "1 document: 1 invalid; 1 error\n",
            1,
        ),
        (
            "kind: List\napiVersion: v1\nitems: [{kind: List, items: [{kind: A}]}]\n",
            "<stdin>:3:30: error[DT003]: items.0.items.0: apiVersion is missing\n"
            "1 document: 1 invalid; 1 error\n",
            1,
        ),
        (
            json.dumps({"apiVersion": "v1", "kind": "List", "items": [POD]}),
            "<stdin>:1:92: error[DT003]: items.0.spec: containers is missing\n"
            "1 document: 1 invalid; 1 error\n",
            1,
        ),
    ],
)  # fmt: skip
def test_statuses(text: str, said: str, code: int) -> None:
    done = validate("-", stdin=text)
    assert (done.stdout, done.stderr, done.exit_code) == (said, "", code)


def test_empty_stdin_is_unreadable() -> None:
    done = validate("-", stdin="")
    assert done.stdout == "<stdin>: error: is empty\n1 document: 1 unreadable; 1 error\n"
    assert done.exit_code == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("clustr: {name: a}\nstack: current\n", "clustr: there is no such setting; did you mean"),
        ("# nothing\n", "holds no settings, only comments"),
        ("cluster: {}\n---\na: b\n", "holds 2 YAML documents"),
    ],
)
def test_the_default_file_is_settings_whatever_it_holds(folder: Path, text: str, said: str) -> None:
    (folder / "dtemplates.yaml").write_text(text)
    done = validate()
    assert done.exit_code == 1
    assert said in done.stdout


def test_settings_of_own_templates(folder: Path) -> None:
    (folder / "own").mkdir()
    (folder / "own" / "map.yaml.j2").write_text("apiVersion: v1\nkind: ConfigMap\ndate: {}\n")
    (folder / "dtemplates.yaml").write_text("cluster: {name: demo, region: us-east-1}\n")
    assert validate().exit_code == 0
    done = validate("--templates", "own")
    assert done.exit_code == 1
    assert (
        "map.yaml:3:1: error[DT003]: date: there is no such field; did you mean 'data'?"
        in done.stdout
    )


def test_folders_are_searched(folder: Path) -> None:
    (folder / "a" / "b").mkdir(parents=True)
    (folder / "a" / ".git").mkdir()
    (folder / "a" / "b" / "claim.yml").write_text(CLAIM)
    (folder / "a" / "claim.json").write_text(
        json.dumps(dtemplates.Manifest("x", CLAIM).documents[0])
    )
    (folder / "a" / "notes.txt").write_text("a: [")
    (folder / "a" / ".git" / "x.yaml").write_text("a: [")
    done = validate("a", "--verbose")
    assert done.stdout.splitlines() == [
        "a/claim.json: PersistentVolumeClaim data: valid",
        "a/b/claim.yml: PersistentVolumeClaim data: valid",
        "2 documents: 2 valid",
    ]


def test_a_folder_without_manifests_is_told(folder: Path) -> None:
    done = validate(".")
    assert done.exit_code == 2
    assert "holds no .yaml, .yml or .json file" in done.stdout


def test_settings_and_manifests_together(folder: Path) -> None:
    (folder / "dtemplates.yaml").write_text("cluster: {name: demo, region: us-east-1}\n")
    (folder / "claim.yaml").write_text(CLAIM)
    done = validate("dtemplates.yaml", "claim.yaml", "missing.yaml", "--set", "cluster.name=other")
    assert done.exit_code == 2
    assert done.stdout.splitlines()[0] == "missing.yaml: error: there is no such file"
    assert done.stdout.splitlines()[-1].endswith("3 valid, 1 unreadable; 1 error")


def test_overrides_of_nothing_are_told() -> None:
    done = validate("-", "--set", "cluster.name=x", stdin=CLAIM)
    assert done.exit_code == 0
    assert done.stderr == "note: --set changes settings, and there are none among these\n"


def test_versions_are_compared_as_versions() -> None:
    assert json_schemas.versions() == tuple(
        sorted(json_schemas.versions(), key=lambda one: [int(part) for part in one.split(".")])
    )
    oldest, newest = json_schemas.versions()[0], json_schemas.versions()[-1]
    assert kinds.nearest("1.9") == kinds.nearest("1.13") == oldest
    assert kinds.nearest("1.99") == newest
    assert kinds.nearest("1.31") == "1.31"


def test_nearest_version_is_told() -> None:
    done = validate("-", "--kubernetes-version", "1.13", stdin=CLAIM)
    assert done.exit_code == 0
    oldest = json_schemas.versions()[0]
    assert done.stderr == (
        f"note: there are no schemas for Kubernetes 1.13; {oldest} is the nearest\n"
    )


@pytest.mark.parametrize("version", ["", "1", "1.x", "1.35.2", "v1.35", "latest"])
def test_no_version(version: str) -> None:
    done = validate("-", "--kubernetes-version", version, stdin=CLAIM)
    assert done.exit_code == 2
    assert "a Kubernetes version such as 1.35" in done.stderr


def test_each_schema_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """200 documents of two kinds cost two validators."""
    made: list[dict[str, Any]] = []

    class Counted(json_schemas.JsonSchema):
        def __init__(self, schema: dict[str, Any]) -> None:
            made.append(schema)
            super().__init__(schema)

    monkeypatch.setattr(json_schemas, "JsonSchema", Counted)
    for cached in (kinds.schema_for, kinds.pod_template, json_schemas.own, json_schemas.kubernetes):
        cached.cache_clear()
    manifests = [dtemplates.Manifest(f"{n}.yaml", CLAIM + "---\n" + JOB) for n in range(100)]
    assert len(dtemplates.validate(manifests)) == 100
    assert len(made) == 3  # the claim's, the job's, and that of its pod template

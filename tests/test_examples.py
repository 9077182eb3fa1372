"""Every example: its golden files, and what other people's tools and schemas say of them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ROOT
from jsonschema import Draft7Validator, Draft202012Validator
from ruamel.yaml import YAML

import dtemplates

GOLDEN = Path(__file__).parent / "golden"
EXAMPLES = sorted((ROOT / "examples").glob("*.yaml"))
STARTERS = sorted((ROOT / "examples" / "starters").glob("*.yaml"))
CFN_LINT = Path(sys.executable).with_name("cfn-lint")
GOOD = sorted((Path(__file__).parent / "settings" / "good").glob("*.yaml"))
each_example = pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)


@cache
def rendered(example: Path) -> dtemplates.Manifests:
    return dtemplates.render(dtemplates.load(example))


def documents(example: Path) -> list[tuple[str, Any]]:
    return [(one.file, document) for one in rendered(example) for document in one.documents]


def test_there_are_examples() -> None:
    assert {path.stem for path in EXAMPLES} >= {"classic", "current"}
    assert len(EXAMPLES) >= 5
    assert {path.stem for path in STARTERS} == {"classic", "current"}


@each_example
def test_golden(example: Path, request: pytest.FixtureRequest) -> None:
    folder = GOLDEN / example.stem
    if request.config.getoption("--update-golden"):
        shutil.rmtree(folder, ignore_errors=True)
        for one in rendered(example):
            (folder / one.file).parent.mkdir(parents=True, exist_ok=True)
            (folder / one.file).write_text(one.text, "utf-8")
    golden = {
        path.relative_to(folder).as_posix(): path.read_text("utf-8")
        for path in folder.rglob("*.yaml")
    }
    assert golden == {one.file: one.text for one in rendered(example)}


@pytest.mark.parametrize("example", EXAMPLES + STARTERS, ids=lambda path: path.stem)
def test_valid(example: Path) -> None:
    assert dtemplates.validate(rendered(example)) == []


@pytest.mark.parametrize("example", EXAMPLES + STARTERS, ids=lambda path: path.stem)
def test_editors_find_the_schema(example: Path) -> None:
    first = example.read_text("utf-8").splitlines()[0]
    _, _, schema = first.partition("# yaml-language-server: $schema=")
    assert (example.parent / schema).resolve() == ROOT / "schemas" / "settings.schema.json"
    validator = Draft202012Validator(json.loads((example.parent / schema).read_text("utf-8")))
    assert not list(validator.iter_errors(yaml.safe_load(example.read_text("utf-8"))))


@each_example
def test_yaml_1_1_and_1_2_agree(example: Path) -> None:
    for one in rendered(example):
        newer = list(YAML(typ="safe", pure=True).load_all(one.text))
        older = list(yaml.safe_load_all(one.text))
        assert newer == older == list(one.documents), one.file


@each_example
def test_same_bytes_everywhere(example: Path, tmp_path: Path) -> None:
    """Another working folder, hash seed, locale and time zone give the same bytes."""
    command = [sys.executable, "-m", "dtemplates", "render", "--settings", str(example)]
    environment = {"PYTHONHASHSEED": "77", "LC_ALL": "C", "TZ": "Asia/Kathmandu", "PATH": ""}
    environment["PYTHONPATH"] = str(ROOT)
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=True)
    assert done.stdout.decode("utf-8") == rendered(example).text


@each_example
def test_kubectl_reads_it_alike(example: Path, kubectl: Path) -> None:
    """kubectl has no schema of foreign kinds, so that it is asked of its own alone."""
    own = [
        document
        for file, document in documents(example)
        if document.get("apiVersion", "").split("/")[0]
        in ("v1", "apps", "rbac.authorization.k8s.io", "storage.k8s.io")
        and "Chart" not in file
    ]
    assert own
    stream = "---\n".join(one.text for one in rendered(example) if _holds(one, own))
    command = [
        str(kubectl),
        "label",
        "--local",
        "--dry-run=client",
        "-o",
        "json",
        "-f",
        "-",
        "seen=yes",
    ]
    done = subprocess.run(command, input=stream.encode(), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    for document, read in zip(own, _stream(done.stdout.decode()), strict=True):
        assert read["metadata"]["labels"].pop("seen") == "yes"
        assert _contains(read, document), (read, document)


def _holds(one: dtemplates.Manifest, wanted: list[Any]) -> bool:
    return any(document in wanted for document in one.documents)


def _stream(text: str) -> list[Any]:
    found: list[Any] = []
    decoder = json.JSONDecoder()
    while text := text.lstrip():
        document, end = decoder.raw_decode(text)
        found += document["items"] if document["kind"] == "List" else [document]
        text = text[end:]
    return found


def _contains(whole: Any, part: Any) -> bool:
    """Return whether all of `part` is in `whole`, to which kubectl may add defaults."""
    if isinstance(part, dict):
        return all(key in whole and _contains(whole[key], value) for key, value in part.items())
    if isinstance(part, list):
        return len(whole) == len(part) and all(map(_contains, whole, part))
    return str(whole) == str(part)


@pytest.mark.parametrize("example", EXAMPLES + STARTERS + GOOD, ids=lambda path: path.stem)
def test_upstreams_eksctl_schema(example: Path, oracles: Path) -> None:
    schema = json.loads((oracles / "eksctl/clusterconfig-0.230.0.schema.json").read_text("utf-8"))
    configs = [one for _, one in documents(example) if one.get("kind") == "ClusterConfig"]
    assert configs
    for config in configs:
        assert not list(Draft7Validator(schema).iter_errors(config))


@pytest.mark.parametrize("example", EXAMPLES + STARTERS + GOOD, ids=lambda path: path.stem)
def test_upstreams_mpijob_schema(example: Path, oracles: Path) -> None:
    jobs = [one for _, one in documents(example) if one.get("kind") == "MPIJob"]
    assert bool(jobs) == bool(dtemplates.load(example).jobs)
    newer = [job for job in jobs if job["apiVersion"] == "kubeflow.org/v2beta1"]
    older = [job for job in jobs if job["apiVersion"] == "kubeflow.org/v1alpha1"]
    assert len(newer) + len(older) == len(jobs)
    crd = yaml.safe_load((oracles / "mpi-operator/mpijob-crd-v2beta1.yaml").read_text("utf-8"))
    schema = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    for job in newer:
        assert not list(_upstream(schema).iter_errors(job))
    crd = yaml.safe_load((oracles / "tutorial/helm_mpijob_crd.yaml").read_text("utf-8"))
    schema = crd["spec"]["validation"]["openAPIV3Schema"]
    for job in older:
        assert not list(_upstream(schema).iter_errors(job))


def _upstream(schema: Any) -> Draft202012Validator:
    """Return a validator that reads Kubernetes' own keyword for `number or text` too."""

    def plain(value: Any) -> Any:
        if isinstance(value, list):
            return [plain(inner) for inner in value]
        if not isinstance(value, dict):
            return value
        if value.get("x-kubernetes-int-or-string"):
            return {"type": ["integer", "string"]}
        return {key: plain(inner) for key, inner in value.items()}

    return Draft202012Validator(plain(schema))


def test_cfn_lint(tmp_path: Path) -> None:
    stacks = {
        example.stem: one.text
        for example in EXAMPLES + GOOD
        for one in rendered(example)
        if one.file == "fsx_stack.yaml"
    }
    assert len(stacks) >= 3
    for name, text in stacks.items():
        path = tmp_path / f"{name}.yaml"
        path.write_text(text, "utf-8")
        command = [str(CFN_LINT), "--non-zero-exit-code", "informational", "--", str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (0, "")


def test_helm_takes_the_chart(helm: Path, tmp_path: Path) -> None:
    (example,) = (path for path in EXAMPLES if path.stem == "classic")
    dtemplates.write(rendered(example), tmp_path / "out")
    chart = tmp_path / "out" / "helm" / "mpijob"
    lint = subprocess.run(
        [helm, "lint", "--strict", chart], capture_output=True, text=True, check=False
    )
    assert lint.returncode == 0, lint.stdout + lint.stderr
    made = subprocess.run([helm, "template", chart], capture_output=True, text=True, check=True)
    expected = [one for file, one in documents(example) if "/templates/" in file]
    key = lambda one: (one["kind"], one["metadata"]["name"])  # noqa: E731
    read = [one for one in yaml.safe_load_all(made.stdout) if one]
    assert sorted(read, key=key) == sorted(expected, key=key)


def test_no_made_up_file_system() -> None:
    (example,) = (path for path in EXAMPLES if path.stem == "fsx-stack")
    (pending,) = rendered(example).pending
    assert pending.file == "pv_fsx.yaml"
    assert [wait.setting for wait in pending.waits] == ["fsx.file_system_id", "fsx.mount_name"]
    assert "pv_fsx.yaml" not in {one.file for one in rendered(example)}
    overrides = ["fsx.file_system_id=fs-0123456789abcdef0", "fsx.mount_name=abcdef01"]
    whole = dtemplates.render(dtemplates.load(example, overrides=overrides))
    assert whole.pending == ()
    (volume,) = (one for one in whole if one.file == "pv_fsx.yaml")
    assert volume.documents[0]["spec"]["csi"]["volumeHandle"] == "fs-0123456789abcdef0"

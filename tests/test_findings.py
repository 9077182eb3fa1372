"""Findings as users meet them: chosen, ignored, in all formats, and never a traceback."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ROOT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

import dtemplates
from dtemplates import quantities
from dtemplates.cli import app
from dtemplates.inspection import inspect
from dtemplates.manifests import Manifest
from dtemplates.rules import all_rules, topics

VOLUME = """\
apiVersion: v1
kind: PersistentVolume
metadata: {name: data}
spec:
  capacity: {storage: 4800Gi}
  accessModes: [ReadWriteMany]
  persistentVolumeReclaimPolicy: Retain
  csi:
    driver: fsx.csi.aws.com
    volumeHandle: fs-0123456789abcdef0
    volumeAttributes: {dnsname: fs-0123456789abcdef0.fsx.us-east-1.amazonaws.com}
"""
CURRENT = (ROOT / "examples" / "current.yaml").read_text("utf-8")


def run(*arguments: str | Path, stdin: str | None = None) -> Result:
    return CliRunner().invoke(app, [str(one) for one in arguments], input=stdin)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_rules_are_selected_and_ignored() -> None:
    def ids(*options: str) -> set[str]:
        done = run("validate", "-", "--format", "json", *options, stdin=VOLUME)
        return {one["id"] for one in json.loads(done.stdout)["findings"]}

    assert ids() == {"DT102", "DT117"}
    assert ids("--select", "DT102") == {"DT102"}
    assert ids("--select", "dt1") == {"DT102", "DT117"}
    assert ids("--select", "DT2") == set()
    assert ids("--ignore", "DT102") == {"DT117"}
    assert ids("--select", "DT1", "--ignore", "DT117") == {"DT102"}


@pytest.mark.parametrize("option", ["--select", "--ignore"])
@pytest.mark.parametrize("id", ["DT999", "x", ""])
def test_unknown_ids_are_errors(option: str, id: str) -> None:
    done = run("validate", "-", option, id, stdin=VOLUME)
    assert done.exit_code == 2
    assert f"there is no rule {id}" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("options", "text", "code"),
    [
        ((), VOLUME, 1),
        (("--ignore", "DT102"), VOLUME, 0),
        (("--ignore", "DT102", "--fail-on", "warning"), VOLUME, 1),
        (("--ignore", "DT1", "--fail-on", "warning"), VOLUME, 0),
        ((), "a: [", 2),
        (("--format", "github"), VOLUME, 1),
        (("--format", "sarif"), VOLUME, 1),
        (("--format", "json"), "a: [", 2),
    ],
)
def test_exit_codes(options: tuple[str, ...], text: str, code: int) -> None:
    assert run("validate", "-", *options, stdin=text).exit_code == code


def test_settings_ignore_rules_with_a_reason(folder: Path) -> None:
    broken = (
        CURRENT
        + "patches:\n  - target: {kind: PersistentVolume}\n    merge: {spec: {mountOptions: []}}\n"
    )
    (folder / "a.yaml").write_text(broken, "utf-8")
    assert "warning[DT117]: patches.0.merge.spec.mountOptions: " in run("validate", "a.yaml").stdout
    ignored = broken + "ignore:\n  - {rule: DT117, reason: Nobody locks files here.}\n"
    (folder / "a.yaml").write_text(ignored, "utf-8")
    done = run("validate", "a.yaml", "--fail-on", "warning")
    assert (done.exit_code, "DT117" in done.stdout) == (0, False)


@pytest.mark.parametrize(
    ("entry", "place", "said"),
    [
        ("{rule: DT998, reason: no such}", "10", "there is no rule DT998"),
        ("{rule: DT003, reason: schemas}", "10", "DT003 is found before any rule"),
        ("{rule: DT117}", "5", "this setting is required"),
        ('{rule: DT117, reason: ""}', "25", "is not text that is not empty"),
        ("{rule: flock, reason: a}", "12", "a rule's id such as DT412"),
    ],
)
def test_what_cannot_be_ignored(entry: str, place: str, said: str, folder: Path) -> None:
    (folder / "a.yaml").write_text(f"{CURRENT}ignore:\n  - {entry}\n", "utf-8")
    done = run("validate", "a.yaml")
    assert done.exit_code == 1
    (line,) = (one for one in done.stdout.splitlines() if ": error[" in one)
    assert said in line
    assert line.startswith(f"a.yaml:{CURRENT.count(chr(10)) + 2}:")


def test_what_cannot_be_ignored_is_an_error_of_render_too(folder: Path) -> None:
    (folder / "a.yaml").write_text(f"{CURRENT}ignore: [{{rule: DT998, reason: x}}]\n", "utf-8")
    done = run("render", "--settings", "a.yaml", "--output", "out")
    assert done.exit_code == 1
    assert "error[DT007]: ignore.0.rule: there is no rule DT998" in done.stderr
    assert not (folder / "out").exists()


def test_warnings_are_told_and_stop_nothing(folder: Path) -> None:
    patch = (
        "patches:\n  - target: {kind: PersistentVolume}\n    merge: {spec: {mountOptions: null}}\n"
    )
    (folder / "dtemplates.yaml").write_text(CURRENT + patch, "utf-8")
    done = run("render", "--output", "out")
    assert done.exit_code == 0
    assert "warning[DT117]" in done.stderr
    assert (folder / "out" / "pv_fsx.yaml").is_file()
    planned = run("plan")
    assert planned.exit_code == 0
    assert "warning[DT117]" in planned.stderr
    assert "DT117" not in planned.stdout


def test_rules_refuse_what_is_to_be_rendered(folder: Path) -> None:
    patch = (
        "patches:\n  - target: {kind: PersistentVolume}\n"
        "    merge: {spec: {csi: {volumeAttributes: {mountname: null}}}}\n"
    )
    (folder / "dtemplates.yaml").write_text(CURRENT + patch, "utf-8")
    for command in (["render", "--output", "out"], ["plan"], ["apply", "--yes"]):
        done = run(*command)
        assert done.exit_code == 1
        assert f"dtemplates.yaml:{CURRENT.count(chr(10)) + 3}:" in done.stderr
        assert "error[DT102]" in done.stderr
    assert not (folder / "out").exists()
    assert run("render", "--output", "out", "--allow-invalid").exit_code == 0


def test_findings_of_settings_are_sorted_and_said_once(folder: Path) -> None:
    text = CURRENT.replace("desired_capacity: 4", "desired_capacity: 5").replace(
        "[us-east-1c]", "[us-east-1c, us-east-1b]"
    )
    (folder / "a.yaml").write_text(text, "utf-8")
    lines = [one for one in run("validate", "a.yaml").stdout.splitlines() if "error" in one][:-1]
    numbers = [int(one.split(":")[1]) for one in lines]
    assert numbers == sorted(numbers)
    assert len(lines) == len(set(lines)) >= 2


THREE = """\
stack: current
cluster:
  name: demo
  region: us-east-1
  availability_zones: [us-east-1b, us-east-1c]
nodegroups:
  - name: gpu
    instance_type: p5.48xlarge
    availability_zones: [us-east-1b, us-east-1c]
    desired_capacity: 4
    efa: true
fsx:
  name: training-data
  file_system_id: fs-0123456789abcdef0
  mount_name: abcdef01
  capacity: 4800Gi
  storage_request: 9600Gi
jobs:
  - name: resnet
    image: example/train:1.0
    gpus: 12
    command: [python, train.py]
"""


def test_three_mistakes_and_what_mends_them(folder: Path) -> None:
    path = folder / "dtemplates.yaml"
    path.write_text(THREE, "utf-8")
    found = json.loads(run("validate", "--format", "json").stdout)["findings"]
    assert [(one["line"], one["column"], one["remedy"]) for one in found] == [
        (9, 25, "give exactly one availability zone or subnet"),
        (17, 20, "ask for 4800Gi or less"),
        (21, 11, "set gpus to 8 or 16, or gpus_per_worker to 6"),
    ]
    text = THREE
    for wrong, right in (
        (
            "    availability_zones: [us-east-1b, us-east-1c]",
            "    availability_zones: [us-east-1c]",
        ),
        ("storage_request: 9600Gi", "storage_request: 4800Gi"),
        ("gpus: 12", "gpus: 16"),
    ):
        text = text.replace(wrong, right)
        path.write_text(text, "utf-8")
        left = json.loads(run("validate", "--format", "json").stdout)["findings"]
        assert left == found[len(found) - len(left) :]
        found = left
    assert found == []
    path.write_text(text.replace("gpus: 16", "gpus: 12\n    gpus_per_worker: 6"), "utf-8")
    assert run("validate").exit_code == 0


def test_what_settings_cannot_be_is_told_whoever_ignores_it(folder: Path) -> None:
    (folder / "dtemplates.yaml").write_text(THREE, "utf-8")
    done = run("validate", "--ignore", "DT2")
    assert "error[DT201]" in done.stdout
    assert done.stderr == "note: DT201 cannot be ignored here: no settings can be so\n"
    ignoring = THREE + "ignore: [{rule: DT112, reason: x}]\n"
    (folder / "dtemplates.yaml").write_text(ignoring, "utf-8")
    assert "note: DT112 cannot be ignored here" in run("validate").stderr


def test_a_mistake_of_settings_hides_none_of_rules(folder: Path) -> None:
    """Who has mended the settings' own mistakes does not meet the next ones."""
    patch = "patches: [{target: {kind: PersistentVolume}, merge: {spec: {mountOptions: []}}}]\n"
    (folder / "dtemplates.yaml").write_text(THREE + patch, "utf-8")
    found = json.loads(run("validate", "--format", "json").stdout)["findings"]
    assert [one["line"] for one in found] == [9, 17, 21, 23]
    assert (found[-1]["id"], found[-1]["rendered"]["file"]) == ("DT117", "pv_fsx.yaml")


def test_sarif_names_the_settings_file_for_what_is_in_none(folder: Path) -> None:
    (folder / "a.yaml").write_text(CURRENT, "utf-8")
    done = run("validate", "a.yaml", "--set", "jobs.0.gpus=12", "--format", "sarif")
    (result,) = json.loads(done.stdout)["runs"][0]["results"]
    (location,) = result["locations"]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == "a.yaml"
    assert "--set jobs.0.gpus=12" in result["message"]["text"]


def test_github_annotations_name_the_line_of_the_settings(folder: Path) -> None:
    text = CURRENT.replace("[us-east-1c]", "[us-east-1c, us-east-1b]")
    (folder / "a.yaml").write_text(text, "utf-8")
    done = run("validate", "a.yaml", "--format", "github")
    line = text.splitlines().index("    availability_zones: [us-east-1c, us-east-1b]") + 1
    assert done.stdout.startswith(f"::error file=a.yaml,line={line},col=25,")
    assert "title=DT201::" in done.stdout


def test_sarif_lists_all_rules(folder: Path) -> None:
    done = run("validate", "-", "--format", "sarif", stdin=VOLUME)
    (one,) = json.loads(done.stdout)["runs"]
    assert [rule["id"] for rule in one["tool"]["driver"]["rules"]] == [each.id for each in topics()]
    assert {result["ruleId"] for result in one["results"]} == {"DT102", "DT117"}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{{- if .Values.fsx }}\n" + VOLUME + "{{- end }}\n", "it is a template"),
        ("{% if fsx %}\n" + VOLUME + "{% endif %}\n", "it is a template"),
        (VOLUME.replace("name: data", 'name: "{{ .Release.Name }}"'), "it holds a template"),
        (VOLUME.replace("fs-0123456789abcdef0", "${FSX_ID}"), "it is a template"),
        (VOLUME.replace("Handle: fs-0123456789abcdef0", "Handle: ${FSX}"), "it holds a variable"),
        (VOLUME.replace("e: fs-0123456789abcdef0", "e: <file-system>"), "it holds a placeholder"),
        (VOLUME.replace("fs-0123456789abcdef0", "fs-xxxxxxxxx"), "it holds a placeholder"),
        (VOLUME.replace("fs-0123456789abcdef0", "YOUR_FSX_ID"), "it holds a placeholder"),
    ],
)  # fmt: skip
def test_templates_and_placeholders_are_skipped(text: str, why: str) -> None:
    done = run("validate", "-", stdin=text)
    assert done.exit_code == 0, done.stdout
    assert "skipped: " + why in done.stdout
    assert done.stdout.endswith("1 document: 1 skipped\n")


def test_scripts_may_hold_what_looks_like_a_placeholder() -> None:
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "a", "annotations": {"note": "{{ this }}"}},
        "spec": {
            "containers": [
                {
                    "name": "a",
                    "image": "a:1",
                    "command": ["sh", "-c", "echo ${HOME} <b>"],
                    "env": [{"name": "A", "value": "$(B)"}],
                }
            ]
        },
    }
    done = run("validate", "-", stdin=yaml.safe_dump(pod))
    assert done.stdout == "1 document: 1 valid\n"


def test_explain_tells_of_each() -> None:
    table = run("explain").stdout
    for each in topics():
        assert f"  {each.id}  {each.level:7}  {each.title}\n" in table
        told = run("explain", each.id.lower())
        assert told.exit_code == 0
        assert each.title in told.stdout
        assert each.source in told.stdout
        assert "#! " not in told.stdout
    for each in all_rules():
        text = run("explain", each.id).stdout
        assert "\nWrong:\n" in text
        assert "\nRight:\n" in text
    everything = json.loads(run("explain", "--format", "json").stdout)
    assert [one["id"] for one in everything] == [each.id for each in topics()]


def test_explain_of_no_rule_is_an_error() -> None:
    done = run("explain", "DT20")
    assert done.exit_code == 2
    assert "there is no rule DT20" in done.stderr


def test_the_page_of_the_rules_is_generated(request: pytest.FixtureRequest) -> None:
    path = ROOT / "docs" / "rules.md"
    text = run("explain", "--format", "markdown").stdout
    if request.config.getoption("--update-golden"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    assert path.read_text("utf-8") == text


# Words that rules look for, so that arbitrary documents get far into them.
FIELDS = """
apiVersion kind metadata name namespace labels spec template containers resources limits requests
volumes volumeMounts mountPath env value command args nodeSelector tolerations affinity
nodeAffinity managedNodeGroups nodeGroups instanceType instanceTypes availabilityZones subnets
efaEnabled taints capacityReservation vpc public private id az csi driver volumeHandle
volumeAttributes dnsname mountname accessModes capacity storage storageClassName claimRef
volumeName provisioner parameters subnetId securityGroupIds deploymentType Resources Type
Properties LustreConfiguration mpiReplicaSpecs Launcher Worker replicas slotsPerWorker runPolicy
minSize maxSize desiredCapacity iam withAddonPolicies addons serviceAccounts items hugepages-2Mi
securityContext fsGroup key requiredDuringSchedulingIgnoredDuringExecution nodeSelectorTerms
matchExpressions operator values persistentVolumeClaim claimName hostPath path emptyDir medium
vpc.amazonaws.com/efa nvidia.com/gpu aws.amazon.com/neuron
"""
TEXTS = """
v1 PersistentVolume PersistentVolumeClaim StorageClass Pod DaemonSet MPIJob ClusterConfig
eksctl.io/v1alpha5 kubeflow.org/v2beta1 kubeflow.org/v1alpha1 storage.k8s.io/v1 apps/v1 List
fsx.csi.aws.com AWS::FSx::FileSystem AWS::EC2::SecurityGroup p5.48xlarge us-east-1b 4800Gi 8
mpirun -np NoSchedule Exists In ReadWriteMany PERSISTENT_2 1.13 1.36 default a
"""
WORDS = st.sampled_from(FIELDS.split())
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**40), 2**40),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
    st.sampled_from(TEXTS.split()),
)
DOCUMENTS = st.recursive(
    VALUES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(WORDS, WORDS, st.text(max_size=5)), inner, max_size=6),
    ),
    max_leaves=40,
)


def mutated(document: Any, data: st.DataObject) -> Any:
    """A document with something arbitrary put where anything was."""
    path: list[Any] = []
    inside = document
    while isinstance(inside, (dict, list)) and inside and data.draw(st.integers(0, 5)):
        keys = list(inside) if isinstance(inside, dict) else list(range(len(inside)))
        path.append(data.draw(st.sampled_from(keys)))
        inside = inside[path[-1]]
    if not path:
        return data.draw(DOCUMENTS)
    container = document
    for key in path[:-1]:
        container = container[key]
    container[path[-1]] = data.draw(DOCUMENTS)
    return document


EXAMPLES = [
    inside
    for path in sorted((ROOT / "examples").glob("*.yaml"))
    for one in dtemplates.render(dtemplates.load(path))
    for inside in one.documents
]


@settings(max_examples=150, suppress_health_check=list(HealthCheck), deadline=None)
@given(st.lists(DOCUMENTS, min_size=1, max_size=5))
def test_arbitrary_documents_end_in_findings(documents: list[Any]) -> None:
    manifests = [Manifest(f"{n}.yaml", json.dumps(one)) for n, one in enumerate(documents)]
    for finding in dtemplates.validate(manifests):
        assert str(finding)


@settings(max_examples=150, suppress_health_check=list(HealthCheck), deadline=None)
@given(st.data())
def test_mutated_manifests_end_in_findings(data: st.DataObject) -> None:
    documents = json.loads(json.dumps(EXAMPLES))
    for number in data.draw(st.lists(st.integers(0, len(documents) - 1), min_size=1, max_size=4)):
        documents[number] = mutated(documents[number], data)
    manifests = [Manifest(f"{n}.yaml", json.dumps(one)) for n, one in enumerate(documents)]
    for finding in dtemplates.validate(manifests):
        assert str(finding)


# What is larger than anything that Kubernetes and CloudFormation know.
HUGE_MEMORY = {
    "containers": [
        {"resources": {"requests": {"memory": "9" * 400}, "limits": {"nvidia.com/gpu": 1}}}
    ],
}
HUGE_VOLUME = {
    "containers": [{"volumeMounts": [{"name": "a", "mountPath": "/a"}]}],
    "volumes": [{"name": "a", "emptyDir": {"medium": "Memory", "sizeLimit": "9" * 400 + "Ei"}}],
}
HUGE_PORT = {
    "IpProtocol": "tcp",
    "FromPort": 988,
    "ToPort": 2**64 - 1,
    "CidrIp": "0.0.0.0/0",
}
WRONG_SPECS: tuple[Any, ...] = (1, "a", [], None, True, {"gpus": 8, "replicas": 1})


@pytest.mark.parametrize(
    "document",
    [
        {"Resources": {"a": {"Type": []}}},
        {"Resources": {"a": {"Type": {}}}},
        *(
            {"apiVersion": "kubeflow.org/v1alpha1", "kind": "MPIJob", "metadata": {}, "spec": spec}
            for spec in WRONG_SPECS
        ),
        *(
            {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": spec}
            for spec in (HUGE_MEMORY, HUGE_VOLUME)
        ),
        {
            "Resources": {
                "a": {
                    "Type": "AWS::EC2::SecurityGroup",
                    "Properties": {"SecurityGroupIngress": [HUGE_PORT]},
                },
                "b": {
                    "Type": "AWS::FSx::FileSystem",
                    "Properties": {"FileSystemType": "LUSTRE", "SecurityGroupIds": [{"Ref": "a"}]},
                },
            }
        },
    ],
)
def test_wrong_types_end_in_findings(document: Any) -> None:
    done = run("validate", "-", stdin=json.dumps(document))
    assert done.exception is None or isinstance(done.exception, SystemExit)
    assert done.exit_code in (0, 1)


@pytest.mark.parametrize(
    ("quantity", "worth"),
    [
        ("007.50Gi", 15 * 2**29),
        ("1500m", Fraction(3, 2)),
        ("8Ei", 2**63 - 1),
        ("9" * 5000, 2**63 - 1),
        ("0" * 5000 + "1", 1),
        ("0." + "0" * 5000 + "1", 0),
    ],
)
def test_quantities_are_those_of_kubernetes(quantity: str, worth: int | Fraction) -> None:
    assert quantities.parse(quantity) == worth


def test_words_of_findings_hold_no_control_characters() -> None:
    document = {"apiVersion": "a\x1b[2J\u202e", "kind": "Pod\n", "metadata": {"name": "a"}}
    (found,) = dtemplates.validate([Manifest("a.yaml", json.dumps(document))])
    assert found.message == "Kubernetes 1.35 has no a\\x1b[2J\\u202e Pod\\n"


def test_files_of_any_bytes_end_in_findings(folder: Path) -> None:
    (folder / "a").mkdir()
    for number, content in enumerate(
        [b"\xff\xfea", b"\0", b"{{", b"%", b"a: &a [*a]", b"- " * 5000]
    ):
        (folder / "a" / f"{number}.yaml").write_bytes(content)
    report = inspect([folder / "a"])
    assert report.exit_code() == 2
    assert len(report.results) == 6


@settings(max_examples=100, suppress_health_check=list(HealthCheck), deadline=None)
@given(st.data())
def test_no_rule_makes_what_is_wrong_pass(data: st.DataObject) -> None:
    """Whatever a schema finds wrong stays wrong with all rules, for another reason or the same."""
    documents = json.loads(json.dumps(EXAMPLES))
    for number in data.draw(st.lists(st.integers(0, len(documents) - 1), min_size=1, max_size=4)):
        documents[number] = mutated(documents[number], data)
    manifests = [Manifest(f"{n}.yaml", json.dumps(one)) for n, one in enumerate(documents)]
    without = dtemplates.validate(manifests, ignore="DT")
    found = {(one.file, one.path) for one in dtemplates.validate(manifests) if one.level == "error"}
    for one in without:
        # A field that is missing may be told of by its own path.
        assert any(
            file == one.file and path[: len(one.path)] == one.path for file, path in found
        ), str(one)


SETTINGS_EXAMPLES = [
    yaml.safe_load(path.read_text("utf-8")) for path in sorted((ROOT / "examples").glob("*.yaml"))
]


@settings(max_examples=150, suppress_health_check=list(HealthCheck), deadline=None)
@given(st.data())
def test_mutated_settings_end_in_findings(folder: Path, data: st.DataObject) -> None:
    document = json.loads(json.dumps(data.draw(st.sampled_from(SETTINGS_EXAMPLES))))
    for _ in range(data.draw(st.integers(1, 3))):
        document = mutated(document, data)
    if not isinstance(document, dict):
        return
    (folder / "dtemplates.yaml").write_text(json.dumps(document), "utf-8")
    report = inspect([Path("dtemplates.yaml")])
    for finding in report.findings:
        assert str(finding)
        assert finding.line or finding.file not in ("dtemplates.yaml", "settings")
    assert report.exit_code() in (0, 1, 2)

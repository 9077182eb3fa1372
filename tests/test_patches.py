"""Patches reach any field, and what they make is checked like all else."""

from __future__ import annotations

from typing import Any

import pytest

import dtemplates
from dtemplates.patches import merge

WORKER = "/spec/mpiReplicaSpecs/Worker/template/spec"
BASE: dict[str, Any] = {
    "cluster": {"name": "demo", "region": "us-east-1"},
    "nodegroups": [{"name": "gpu", "instance_type": "g5.12xlarge"}],
    "jobs": [
        {"name": "a", "image": "x", "gpus": 4, "command": ["b"]},
        {"name": "c", "image": "x", "gpus": 4, "command": ["d"]},
    ],
    "versions": {"helm": "2.17.0"},
}


def render(*patches: dict[str, Any]) -> dtemplates.Manifests:
    return dtemplates.render(dtemplates.build({**BASE, "patches": list(patches)}))


def documents(manifests: dtemplates.Manifests, file: str) -> Any:
    (found,) = (one.documents for one in manifests if one.file == file)
    return found


# RFC 7396, appendix A.
@pytest.mark.parametrize(
    ("document", "patch", "merged"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "b"}, ["c"], ["c"]),
        ({"a": "foo"}, None, None),
        ({"a": "foo"}, "bar", "bar"),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_merge(document: Any, patch: Any, merged: Any) -> None:
    assert merge(document, patch) == merged


def test_merge_by_kind_and_name() -> None:
    patch = {"target": {"kind": "MPIJob", "name": "a"}, "merge": {"spec": {"slotsPerWorker": 2}}}
    manifests = render(patch)
    assert documents(manifests, "jobs/a.yaml")[0]["spec"]["slotsPerWorker"] == 2
    assert documents(manifests, "jobs/c.yaml")[0]["spec"]["slotsPerWorker"] == 4
    # The rules know what that means for mpirun, and see it at the patch.
    (finding,) = dtemplates.validate(manifests)
    assert (finding.id, finding.path[:2]) == ("DT402", ("patches", 0))


def test_operations_on_all_jobs_in_order() -> None:
    operations = [
        {"op": "add", "path": "/metadata/labels", "value": {"a~b/c": "x"}},
        {"op": "copy", "from": "/metadata/name", "path": "/metadata/labels/name"},
        {"op": "test", "path": "/metadata/labels/a~0b~1c", "value": "x"},
        {"op": "remove", "path": "/metadata/labels/a~0b~1c"},
        {"op": "add", "path": f"{WORKER}/hostNetwork", "value": None},
    ]
    manifests = render({"target": {"file": "jobs/*"}, "json6902": operations})
    for name in ("a", "c"):
        (job,) = documents(manifests, f"jobs/{name}.yaml")
        assert job["metadata"]["labels"] == {"name": name}
        assert job["spec"]["mpiReplicaSpecs"]["Worker"]["template"]["spec"]["hostNetwork"] is None


def test_one_document_of_several() -> None:
    patch = {
        "target": {"kind": "ClusterRoleBinding"},
        "merge": {"metadata": {"labels": {"a": "b"}}},
    }
    before = documents(render(), "tiller_rbac_config.yaml")
    manifests = render(patch)
    account, binding = documents(manifests, "tiller_rbac_config.yaml")
    assert account == before[0]
    assert binding == {**before[1], "metadata": {"name": "tiller", "labels": {"a": "b"}}}
    (text,) = (one.text for one in manifests if one.file == "tiller_rbac_config.yaml")
    assert text.startswith("# Helm 2's server in the cluster.")


def test_files_without_patches_stay_as_they_are() -> None:
    patch = {"target": {"kind": "MPIJob", "name": "a"}, "merge": {"spec": {"slotsPerWorker": 2}}}
    before = {one.file: one.text for one in render()}
    after = {one.file: one.text for one in render(patch)}
    assert {file for file in before if before[file] != after[file]} == {"jobs/a.yaml"}


def test_patched_documents_are_validated() -> None:
    manifests = render({"target": {"kind": "MPIJob", "name": "a"}, "merge": {"spec": {"slots": 2}}})
    (finding,) = dtemplates.validate(manifests)
    assert finding.rendered is not None
    assert (finding.rendered.file, finding.rendered.path) == ("jobs/a.yaml", ("spec", "slots"))
    assert finding.path == ("patches", 0, "merge", "spec", "slots")


@pytest.mark.parametrize(
    ("patch", "message"),
    [
        (
            {"target": {"kind": "MPIjob"}, "merge": {}},
            "patches.0.target: fits no rendered document; there are: ClusterConfig, ",
        ),
        (
            {"target": {"kind": "MPIJob", "name": "aa"}, "merge": {}},
            "patches.0.target: fits no rendered document; there are: a, c",
        ),
        (
            {"target": {"name": "a"}, "json6902": [{"op": "remove", "path": "/spec/nope"}]},
            "patches.0.json6902.0: remove '/spec/nope' does not fit: ",
        ),
        (
            {
                "target": {"name": "a"},
                "json6902": [{"op": "test", "path": "/kind", "value": "Pod"}],
            },
            "patches.0.json6902.0: test '/kind' does not fit: ",
        ),
        (
            {
                "target": {"name": "a"},
                "json6902": [{"op": "add", "path": "/spec/x/y/z", "value": 1}],
            },
            "patches.0.json6902.0: add '/spec/x/y/z' does not fit: ",
        ),
        (
            {
                "target": {"name": "a"},
                "json6902": [{"op": "replace", "path": "/kind/x", "value": 1}],
            },
            "patches.0.json6902.0: replace '/kind/x' does not fit: ",
        ),
        (
            {"target": {"name": "a"}, "json6902": [{"op": "remove", "path": ""}]},
            "patches.0.json6902.0: remove '' does not fit: ",
        ),
        (
            {"target": {"name": "a"}, "merge": {"spec": {"slotsPerWorker": 2**64}}},
            "patches.0: 18446744073709551616 does not fit 64 bits",
        ),
        (
            {"target": {"name": "a"}, "json6902": [{"op": "replace", "path": "", "value": "x"}]},
            "patches.0: leaves a document that is no mapping",
        ),
        (
            {
                "target": {"name": "a"},
                "json6902": [
                    {"op": "copy", "from": "/metadata", "path": f"/metadata/a{number}"}
                    for number in range(40)
                ],
            },
            "makes more than 100000 values",
        ),
        (
            {"target": {"name": "a"}, "merge": {"k" * 2000: "x"}},
            "patches.0: the key 'kkkkkkkkkkkk",
        ),
    ],
)
def test_patches_that_do_not_fit(patch: dict[str, Any], message: str) -> None:
    with pytest.raises(dtemplates.PatchError) as caught:
        render(patch)
    assert message in str(caught.value)

"""The tests that want a real API server, proven against the stand-in."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import test_cluster
from conftest import ROOT
from standins import (
    kubernetes_admission,
    kubernetes_kinds,
    kubernetes_server,
    kubernetes_verbs,
)
from standins.kubernetes_api import KubernetesApi
from standins.kubernetes_calls import Call
from standins.kubernetes_kinds import DEFINITIONS, Kind, Object
from standins.kubernetes_store import Key, StatusError

ANNOTATIONS = 262144
PROTECTED = {
    "persistentvolumeclaims": "kubernetes.io/pvc-protection",
    "persistentvolumes": "kubernetes.io/pv-protection",
    # In its spec, and by another request, which is near enough.
    "namespaces": "kubernetes",
}


whole_body = kubernetes_server.Handler.body


def body(handler: kubernetes_server.Handler) -> Any:
    """A request's content, also where it comes in chunks, as of `kubectl replace --raw`."""
    if handler.headers.get("Transfer-Encoding") != "chunked":
        return whole_body(handler)
    content = b""
    while size := int(handler.rfile.readline(), 16):
        content += handler.rfile.read(size)
        handler.rfile.readline()
    handler.rfile.readline()
    return json.loads(content)


def meddle(call: Call, obj: Object) -> None:
    """Make another thing of it than was applied, which no test takes for the same."""
    spec: Any = obj.get("spec")
    if call.kind.resource == "persistentvolumes":
        spec["capacity"]["storage"] = "1Gi"
    elif call.kind.kind == "MPIJob":
        spec["mpiReplicaSpecs"]["Worker"]["replicas"] = 7


class Server:
    """A stand-in that is as strict as a real API server in what these tests meet."""

    def __init__(self, api: KubernetesApi, patch: pytest.MonkeyPatch) -> None:
        self.api = api
        self.protects = False
        self.refuses_pods = False
        self.meddles = False
        patch.setattr(kubernetes_verbs, "complete", self.complete)

    def complete(self, call: Call, obj: Object) -> None:
        kubernetes_admission.complete(call, obj)
        metadata: Any = obj["metadata"]
        annotations = metadata.get("annotations") or {}
        if sum(len(key) + len(value) for key, value in annotations.items()) > ANNOTATIONS:
            what = f"Too long: may not be more than {ANNOTATIONS} bytes"
            raise kubernetes_admission.invalid(call, call.name, "metadata.annotations", what)
        if self.refuses_pods and call.kind.resource == "pods":
            why = f"error looking up service account {call.namespace}/default: "
            message = f'pods "{call.name}" is forbidden: {why}serviceaccount "default" not found'
            raise StatusError(403, "Forbidden", message, name=call.name)
        if self.meddles and not call.dry_run:
            meddle(call, obj)
        if self.protects:
            self.protect(call, metadata, obj)

    def protect(self, call: Call, metadata: Any, obj: Object) -> None:
        """Let nobody but its own controller, which is not there, end what is deleted."""
        held = PROTECTED.get(call.kind.resource)
        if call.subresource == "finalize":
            metadata["finalizers"] = obj["spec"]["finalizers"]
        elif held and call.key not in self.api.objects:
            metadata["finalizers"] = [held]
            if call.kind.resource == "namespaces":
                obj["spec"] = {"finalizers": [held]}

    def alone(self, patch: pytest.MonkeyPatch) -> None:
        """Be an API server without controllers, as kube-apiserver and etcd alone are."""
        self.protects = True
        self.api.controllers = self.api.controllers[:1]
        patch.setattr(kubernetes_server.Handler, "body", body)
        namespace = Kind("", "Namespace", "namespaces", False, ("ns",))
        assert kubernetes_kinds.BUILT_IN[0] == namespace
        finalized = Kind(
            "", "Namespace", "namespaces", False, ("ns",), subresources=("status", "finalize")
        )
        patch.setattr(kubernetes_kinds, "BUILT_IN", (finalized, *kubernetes_kinds.BUILT_IN[1:]))


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server of the test's own, since its controllers may be taken away."""
    with KubernetesApi() as api:
        yield Server(api, monkeypatch)


def left(server: Server) -> list[tuple[str, str]]:
    """What is there besides events, which a real server forgets by itself."""
    return [
        (one["kind"], one["metadata"]["name"]) for one in server.api.all() if one["kind"] != "Event"
    ]


def outcomes(server: Server, tools: Path, folder: Path, *arguments: str) -> tuple[int, str]:
    """Run the tests of a real cluster against the stand-in."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-m", "cluster", "tests/test_cluster.py"),
            *("-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--no-header"),
            *(f"--basetemp={folder / 'base'}", "--tb=short", *arguments),
        ],
        cwd=ROOT,
        env={
            **os.environ,
            "PATH": os.pathsep.join((str(tools), os.environ["PATH"])),
            test_cluster.VARIABLE: str(server.api.kubeconfig(folder / "kubeconfig")),
        },
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=300,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def summary(text: str) -> str:
    return text.strip().splitlines()[-1]


@pytest.mark.usefixtures("oracles")
def test_all_pass_on_a_whole_cluster_and_leave_nothing(
    server: Server, tools: Path, tmp_path: Path
) -> None:
    before = left(server)
    code, text = outcomes(server, tools, tmp_path)
    assert code == 0, text
    # The stand-in checks no custom objects.
    assert "1 skipped" in summary(text), text
    assert "stand-in" in text
    assert left(server) == before


@pytest.mark.usefixtures("oracles")
def test_all_pass_on_an_api_server_alone_and_leave_nothing(
    server: Server, tools: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.alone(monkeypatch)
    before = left(server)
    chosen = "volume or namespace or operator"
    code, text = outcomes(server, tools, tmp_path, "-k", chosen)
    assert code == 0, text
    assert "skipped" not in summary(text), text
    assert left(server) == before


def test_refused_pods_are_skipped_in_clear_words(
    server: Server, tools: Path, tmp_path: Path
) -> None:
    server.refuses_pods = True
    code, text = outcomes(server, tools, tmp_path, "-k", "core_manifests and current")
    assert code == 0, text
    assert "1 skipped" in summary(text), text
    assert "pods are refused without a service account: attach_pvc" in text


@pytest.mark.usefixtures("oracles")
def test_nothing_is_left_where_tests_fail(server: Server, tools: Path, tmp_path: Path) -> None:
    before = left(server)
    server.meddles = True
    code, text = outcomes(server, tools, tmp_path, "-k", "volume or operator")
    assert code == 1, text
    assert "2 failed" in summary(text), text
    assert left(server) == before


def test_another_makers_definition_is_left_alone(
    server: Server, tools: Path, tmp_path: Path
) -> None:
    key = Key(DEFINITIONS, "", test_cluster.CRD)
    names = {"kind": "MPIJob", "plural": "mpijobs"}
    version = {"name": "v2beta1", "served": True, "storage": True}
    spec = {
        "group": "kubeflow.org",
        "scope": "Namespaced",
        "names": names,
        "versions": [version],
    }
    server.api.put("apiextensions.k8s.io/v1", "CustomResourceDefinition", key, {}, {"spec": spec})
    before = left(server)
    code, text = outcomes(server, tools, tmp_path, "-k", "operator or namespace")
    assert code == 1, text
    assert "not made by these tests" in text
    assert "passed" not in summary(text)
    assert left(server) == before
    writes = [one for one in server.api.requests if one.method not in ("GET", "HEAD")]
    assert writes == []


def test_without_a_kubeconfig_they_are_skipped_in_clear_words(tmp_path: Path) -> None:
    environment = {
        name: value for name, value in os.environ.items() if name != test_cluster.VARIABLE
    }
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "--require-tools", "tests/test_cluster.py"),
            *("-q", "-p", "no:cacheprovider", "-p", "no:xdist", f"--basetemp={tmp_path / 'base'}"),
        ],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert f"{test_cluster.VARIABLE} names no kubeconfig of a real API server" in done.stdout
    assert "passed" not in summary(done.stdout)
    assert "failed" not in summary(done.stdout)

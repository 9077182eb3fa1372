"""What talks to Kubernetes, against the real API server that DTEMPLATES_TEST_KUBECONFIG names.

That may be a whole cluster, or kube-apiserver and etcd alone: no nodes are needed, and no
controllers beyond those of the server itself. Whatever is made has a name of this run's own, or the
label `dtemplates-test`, and is removed again. Not for several processes at once, as they share one
CRD.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
import yaml

import dtemplates
from dtemplates import resources
from dtemplates.operation.applying import Options, apply
from dtemplates.operation.comparing import Compared, diff, dry_run
from dtemplates.operation.deleting import delete
from dtemplates.operation.failures import StepFailed
from dtemplates.planning.plan import Plan
from dtemplates.settings.root import Settings

pytestmark = pytest.mark.cluster

VARIABLE = "DTEMPLATES_TEST_KUBECONFIG"
LABEL = "dtemplates-test"
CRD = "mpijobs.kubeflow.org"
EXAMPLES = resources.examples()
# Programs that dtemplates wants to be there, and that nothing here may start.
STUB = """\
#!/bin/sh
[ "$1" = "version" ] || [ "$1" = "--version" ] || {{ echo "started: {name} $*" >&2; exit 97; }}
echo {version}
"""
# Removing its finalizers is what the controllers do that an API server alone does not have.
RELEASE = '{"metadata":{"finalizers":null}}'
# Seconds within which controllers have done their work, and for which to see that there are none.
SOON, AT_ONCE = 20.0, 4.0
SETTINGS = """\
stack: current
cluster: {{name: {name}, region: us-east-1}}
nodegroups: [{{name: cpu, instance_type: m7i.2xlarge, desired_capacity: 2}}]
namespace: {namespace}
fsx:
  name: {name}
  file_system_id: fs-0123456789abcdef0
  mount_name: abcdef01
  capacity: 1200Gi
jobs: [{{name: train, image: example/train:1.0, workers: 2, slots_per_worker: 1, command: [run]}}]
"""


@dataclass(frozen=True)
class Cluster:
    """An API server, and the namespace in it that is this run's own."""

    run: str
    kubeconfig: Path
    environment: dict[str, str]
    folder: Path

    @cached_property
    def patience(self) -> float:
        """How long to wait for controllers, by whether somebody leads them."""
        lease = ("lease", "kube-controller-manager", "--namespace", "kube-system")
        found = self.kubectl("get", *lease, "-o", "name", code=None)
        return AT_ONCE if found.returncode else SOON

    @property
    def namespace(self) -> str:
        return f"{LABEL}-{self.run}"

    def name(self) -> str:
        """A name that nothing in the cluster has."""
        return f"{self.namespace}-{secrets.token_hex(2)}"

    def kubectl(self, *argv: str | Path, code: int | None = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            ["kubectl", "--request-timeout=30s", *argv],
            env=self.environment,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=90,
        )
        assert code in (None, done.returncode), f"{argv}: {done.stdout}{done.stderr}"
        return done

    def defined(self, *more: str) -> bool:
        """Whether the kind MPIJob is there."""
        found = self.kubectl("get", "crd", *more, "-o", "name").stdout.split()
        return f"customresourcedefinition.apiextensions.k8s.io/{CRD}" in found

    def there(self, *what: str | Path) -> list[str]:
        """Names of those of these objects that are there."""
        return self.kubectl("get", *what, "--ignore-not-found", "-o", "name").stdout.split()

    def options(self, most: float = 60) -> Options:
        return Options(
            kubeconfig=self.kubeconfig,
            parent=self.folder,
            environment=self.environment,
            most=most,
        )

    def remove(self, *what: str) -> None:
        """Remove what the tests have made, whatever state it is in."""
        self.kubectl("delete", *what, "--ignore-not-found", "--wait=false", code=None)
        held = self.kubectl("get", *what, "--ignore-not-found", "-o", "name", code=None)
        place = what[what.index("--namespace") :][:2] if "--namespace" in what else ()
        for one in held.stdout.split():
            self.kubectl("patch", one, *place, "--type=merge", "-p", RELEASE, code=None)

    def make_namespace(self, name: str) -> None:
        path = self.folder / f"{name}.json"
        metadata = {"name": name, "labels": {LABEL: self.run}}
        path.write_text(json.dumps({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}))
        self.kubectl("create", "-f", path)

    def remove_namespace(self, name: str) -> None:
        """Remove a namespace of ours and all in it, also where no controller does that."""
        if not self.there("namespace", name):
            return
        for kind in (CRD, "pods", "persistentvolumeclaims"):
            listed = self.kubectl("get", kind, "--namespace", name, "-o", "name", code=None)
            for one in listed.stdout.split():
                self.remove(one, "--namespace", name)
        self.kubectl("delete", "namespace", name, "--wait=false")
        if self._is_gone(name, self.patience):
            return
        left = json.loads(self.kubectl("get", "namespace", name, "-o", "json").stdout)
        if self.patience == SOON or left["status"].get("conditions"):
            # Conditions are how its controller tells how far it is.
            assert self._is_gone(name, 60), f"namespace {name} is left behind"
            return
        # Nobody else will end it, nor what is in it.
        self.kubectl("delete", "serviceaccounts", "--all", "--namespace", name, code=None)
        left["spec"]["finalizers"] = []
        path = self.folder / f"{name}-finalize.json"
        path.write_text(json.dumps(left))
        self.kubectl("replace", "--raw", f"/api/v1/namespaces/{name}/finalize", "-f", path)

    def _is_gone(self, namespace: str, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while self.there("namespace", namespace):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.5)
        return True

    def let_pods_in(self) -> None:
        """See that there is the service account that pods need, which a controller may make."""
        place = ("--namespace", self.namespace)
        deadline = time.monotonic() + self.patience
        while not self.there("serviceaccount", "default", *place):
            if time.monotonic() > deadline:
                self.kubectl("create", "serviceaccount", "default", *place, code=None)
                return
            time.sleep(0.2)


@pytest.fixture(scope="session")
def kubeconfig() -> Path:
    named = os.environ.get(VARIABLE)
    if not named:
        pytest.skip(f"{VARIABLE} names no kubeconfig of a real API server")
    path = Path(named).expanduser().absolute()
    assert path.is_file(), f"{VARIABLE} is {named}, which is no file"
    return path


@pytest.fixture(scope="session")
def cluster(
    kubeconfig: Path, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Cluster]:
    path = os.environ.get("PATH", "")
    if shutil.which("kubectl") is None:
        path = os.pathsep.join((str(request.getfixturevalue("tools")), path))
    folder = tmp_path_factory.mktemp("cluster")
    stubs = {
        "eksctl": "0.230.0",
        "aws": "aws-cli/2.30.0",
        "aws-iam-authenticator": "0.7.0",
    }
    for name, version in stubs.items():
        (folder / name).write_text(STUB.format(name=name, version=version), "utf-8")
        (folder / name).chmod(0o755)
    # A kubeconfig of EKS has kubectl call one of them, which then has to be the real one.
    calls = "exec:" in kubeconfig.read_text("utf-8")
    places = (path, str(folder)) if calls else (str(folder), path)
    made = Cluster(
        secrets.token_hex(4),
        kubeconfig,
        {
            **os.environ,
            "KUBECONFIG": str(kubeconfig),
            "KUBECACHEDIR": str(folder / "cache"),
            "PATH": os.pathsep.join(places),
        },
        folder,
    )
    if made.defined() and not made.defined("-l", LABEL):
        pytest.fail(f"{CRD} is there, and not made by these tests: take a cluster without it")
    try:
        made.make_namespace(made.namespace)
        made.let_pods_in()
        yield made
    finally:
        made.remove_namespace(made.namespace)
    kinds = "namespaces,persistentvolumes"
    left = [one for one in made.there(kinds) if made.namespace in one]
    assert left == [], "these are left behind"


@pytest.fixture(scope="session")
def definition(cluster: Cluster, oracles: Path) -> Path:
    """The kind MPIJob as upstream defines it, labelled as the tests' own."""
    text = (oracles / "mpi-operator" / "mpijob-crd-v2beta1.yaml").read_text("utf-8")
    content = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    content["metadata"].setdefault("labels", {})[LABEL] = cluster.run
    path = cluster.folder / "crd.json"
    path.write_text(json.dumps(content), "utf-8")
    return path


@pytest.fixture(scope="session")
def mpijobs(definition: Path, cluster: Cluster) -> Iterator[None]:
    """The kind MPIJob, without its operator."""
    try:
        cluster.kubectl("apply", "--server-side", "-f", definition)
        cluster.kubectl("wait", "--for=condition=Established", f"crd/{CRD}", "--timeout=30s")
        yield
    finally:
        remove_definition(cluster)
    assert not cluster.defined()


def remove_definition(cluster: Cluster) -> None:
    if cluster.defined("-l", LABEL):
        cluster.kubectl("delete", "crd", CRD, "--ignore-not-found", "--timeout=60s", code=None)


@dataclass(frozen=True)
class Place:
    """Settings, the part of their plan that kubectl applies, and a folder with the manifests."""

    settings: Settings
    plan: Plan
    folder: Path
    cluster: Cluster

    def only(self, wanted: Callable[[str], bool]) -> Place:
        names = [step.name for step in self.plan if wanted(step.name)]
        assert names
        return replace(self, plan=self.plan.select(names))

    def path(self, step: str) -> Path:
        return self.folder / f"{step}.yaml"

    def files(self) -> list[str]:
        """All manifests as kubectl's arguments."""
        return [word for step in self.plan for word in ("-f", str(self.path(step.name)))]

    def dry_run(self) -> dict[str, Compared]:
        found = dry_run(self.settings, self.plan, self.cluster.options())
        return {one.step: one for one in found}

    def diff(self) -> dict[str, Compared]:
        return {one.step: one for one in diff(self.settings, self.plan, self.cluster.options())}

    def statuses(self) -> dict[str, str]:
        return {name: one.status for name, one in self.diff().items()}


MakePlace = Callable[..., Place]


@pytest.fixture
def place(cluster: Cluster, tmp_path: Path) -> MakePlace:
    """The plan of a text's settings in the run's own namespace, or of settings of the tests'."""

    def make(text: str | None = None, *overrides: str, namespace: str | None = None) -> Place:
        namespace, name = namespace or cluster.namespace, cluster.name()
        if text is None:
            text = SETTINGS.format(name=name, namespace=namespace)
        settings = dtemplates.parse(
            text, overrides=[f"namespace={namespace}", f"fsx.name={name}", *overrides]
        )
        made = cluster.options().plan(settings)
        applied = [one.name for one in made if one.done and one.done.reading in ("applied", "job")]
        dtemplates.write(made.manifests, tmp_path)
        return Place(settings, made.select(applied), tmp_path, cluster)

    return make


def example(name: str, place: MakePlace, cluster: Cluster) -> Place:
    text = resources.example(name)
    own_class = f"fsx.storage_class_name={cluster.name()}"
    return place(text, *([own_class] if "\n  dynamic:" in text else []))


def without_account(text: str) -> bool:
    """Whether a pod was refused since nobody makes the service account that it needs."""
    return "serviceaccount" in text.replace(" ", "").lower() and "not found" in text


def taken_names(at: Place) -> list[str]:
    """Which manifests' objects are there; the run's own namespace is, and is left out."""
    at = at.only(lambda name: name != "namespace")
    if not at.cluster.there(*at.files()):
        return []
    return [step.name for step in at.plan if at.cluster.there("-f", at.path(step.name))]


def see_accepted(at: Place) -> None:
    """See that the server would take every manifest, and makes none of them."""
    cluster = at.cluster
    taken = set(taken_names(at))
    at = at.only(lambda name: name not in taken)
    tried, compared = at.dry_run(), at.diff()
    refused = {
        name: one.text for name, one in (tried | compared).items() if without_account(one.text)
    }
    accepted = at.only(lambda name: name not in refused)
    for step in accepted.plan:
        assert tried[step.name].status == "ok", tried[step.name]
        wanted = ("same", "different") if step.name == "namespace" else ("different",)
        assert compared[step.name].status in wanted, compared[step.name]
    cluster.kubectl("apply", "--server-side", "--dry-run=server", *accepted.files())
    assert taken_names(accepted) == []
    if refused:
        pytest.skip(f"pods are refused without a service account: {', '.join(refused)}")
    if taken:
        pytest.skip(f"others have made these in the cluster: {', '.join(sorted(taken))}")


def of_jobs(name: str) -> bool:
    return name.startswith("jobs/")


def of_core(name: str) -> bool:
    """Whether it is of kinds that every cluster has."""
    return not name.startswith(("jobs/", "kueue/"))


@pytest.mark.parametrize("name", EXAMPLES)
def test_core_manifests_are_accepted(name: str, place: MakePlace, cluster: Cluster) -> None:
    at = example(name, place, cluster).only(of_core)
    # What waits for a stack has stand-ins of the same form, and is proven with values of its own.
    if later := set(at.plan.later) & {file for step in at.plan for file in step.files}:
        values = ("fsx.file_system_id=fs-0123456789abcdef0", "fsx.mount_name=abcdef01")
        assert later == {"pv_fsx.yaml"}
        at = place(resources.example(name), *values).only(of_core)
    assert len(at.plan) >= 4
    see_accepted(at)


def test_jobs_are_not_checked_while_their_kind_is_not_there(
    place: MakePlace, cluster: Cluster
) -> None:
    if cluster.defined():
        pytest.skip(f"{CRD} is there already, from an earlier test")
    at = place().only(of_jobs)
    for found in (at.dry_run(), at.diff()):
        assert [one.status for one in found.values()] == ["not checked"], found
        assert found["jobs/train"].text == "its kind is not installed yet"


def test_definition_is_too_long_for_client_side_apply(definition: Path, cluster: Cluster) -> None:
    """Which is why the plan applies the operator on the server's side."""
    before = cluster.defined()
    try:
        done = cluster.kubectl("apply", "-f", definition, code=None)
        assert done.returncode != 0
        assert "Too long" in done.stderr
        assert cluster.defined() == before
    finally:
        if not before:
            remove_definition(cluster)


@pytest.mark.usefixtures("mpijobs")
@pytest.mark.parametrize("name", EXAMPLES)
def test_jobs_are_accepted(name: str, place: MakePlace, cluster: Cluster) -> None:
    at = example(name, place, cluster).only(of_jobs)
    assert len(at.plan) > 0
    if at.settings.stack == "classic":
        # Of v1alpha1, which upstream's definition serves no more.
        assert {one.status for one in at.dry_run().values()} == {"not checked"}
        return
    see_accepted(at)


def test_namespace_is_made_once(place: MakePlace, cluster: Cluster) -> None:
    name = cluster.name()
    at = place(namespace=name).only(lambda step: step == "namespace")
    assert at.statuses() == {"namespace": "different"}
    try:
        options = cluster.options()
        assert apply(at.settings, only=["namespace"], options=options).done == ("namespace",)
        assert at.statuses() == {"namespace": "same"}
        assert apply(at.settings, only=["namespace"], options=options).already == ("namespace",)
        assert delete(at.settings, only=["namespace"], options=options).deleted == ()
        assert cluster.there("namespace", name) == [f"namespace/{name}"]
    finally:
        cluster.remove_namespace(name)


def test_manifest_in_a_namespace_that_is_not_there_is_not_checked(
    place: MakePlace, cluster: Cluster
) -> None:
    at = place(namespace=cluster.name()).only(lambda step: step == "pvc_fsx")
    for found in (at.dry_run(), at.diff()):
        assert found["pvc_fsx"].status == "not checked", found
        assert found["pvc_fsx"].text == "its namespace is not there yet"


@dataclass(frozen=True)
class Volume:
    """A file system's volume and claim, which have one name."""

    place: Place
    name: str


@pytest.fixture
def volume(place: MakePlace, cluster: Cluster) -> Iterator[Volume]:
    at = place().only(lambda step: step in ("pv_fsx", "pvc_fsx"))
    assert at.settings.fsx is not None
    name = at.settings.fsx.name
    try:
        yield Volume(at, name)
    finally:
        cluster.remove(f"persistentvolumeclaim/{name}", "--namespace", cluster.namespace)
        cluster.remove(f"persistentvolume/{name}")


def phase(cluster: Cluster, claim: str) -> str:
    place = ("--namespace", cluster.namespace)
    found = cluster.kubectl("get", "pvc", claim, *place, "-o", "jsonpath={.status.phase}")
    return found.stdout


def test_volume_and_claim_are_made_bound_and_taken_back(volume: Volume, cluster: Cluster) -> None:
    """On a server without controllers nothing is bound or let go, and that is told in time."""
    at, settings = volume.place, volume.place.settings
    assert at.statuses() == {"pv_fsx": "different", "pvc_fsx": "different"}

    assert apply(settings, only=["pv_fsx"], options=cluster.options()).done == ("pv_fsx",)
    assert apply(settings, only=["pv_fsx"], options=cluster.options()).already == ("pv_fsx",)
    assert at.statuses() == {"pv_fsx": "same", "pvc_fsx": "different"}

    failed: StepFailed | None = None
    try:
        done = apply(settings, only=["pvc_fsx"], options=cluster.options(cluster.patience)).done
        assert done == ("pvc_fsx",)
    except StepFailed as error:
        failed = error
    assert at.statuses() == {"pv_fsx": "same", "pvc_fsx": "same"}
    claims = ["pv_fsx", "pvc_fsx"]
    if phase(cluster, volume.name) != "Bound":
        assert failed is not None
        assert (
            f"not bound after {cluster.patience:.0f} s: pvc {volume.name}" in failed.cause.message
        )
        assert failed.left == ()
        return

    assert failed is None
    again = apply(settings, only=claims, options=cluster.options())
    assert again.already == ("pv_fsx", "pvc_fsx")
    taken = delete(settings, only=claims, options=cluster.options())
    assert taken.deleted == ("pvc_fsx", "pv_fsx")
    assert delete(settings, only=claims, options=cluster.options()).absent == taken.deleted
    assert cluster.there("persistentvolume", volume.name) == []


@pytest.mark.usefixtures("mpijobs")
def test_job_without_an_operator_is_waited_for_in_vain(place: MakePlace, cluster: Cluster) -> None:
    at = place().only(of_jobs)
    assert at.statuses() == {"jobs/train": "different"}
    kept = ("mpijob", "train", "--namespace", cluster.namespace)
    try:
        with pytest.raises(StepFailed) as caught:
            apply(at.settings, only=["jobs/train"], options=cluster.options(5))
        cause = caught.value.cause
        assert "not running after 5 s: mpijob train" in cause.message
        assert "the operator has not taken it up yet" in cause.message
        assert caught.value.left == ()
        assert at.statuses() == {"jobs/train": "same"}

        options = cluster.options()
        assert delete(at.settings, only=["jobs"], options=options).deleted == ("jobs/train",)
        assert cluster.there(*kept) == []
        assert delete(at.settings, only=["jobs"], options=options).absent == ("jobs/train",)
    finally:
        cluster.kubectl("delete", *kept, "--ignore-not-found", "--wait=false")


@pytest.mark.usefixtures("mpijobs")
def test_mistake_in_a_job_is_told_by_a_dry_run(place: MakePlace, cluster: Cluster) -> None:
    at = place().only(of_jobs)
    wrong: Any = yaml.safe_load(at.path("jobs/train").read_text("utf-8"))
    wrong["spec"]["mpiReplicaSpecs"]["Worker"]["replicas"] = "two"
    path = at.folder / "wrong.json"
    path.write_text(json.dumps(wrong), "utf-8")
    done = cluster.kubectl("apply", "--dry-run=server", "-f", path, code=None)
    if done.returncode == 0:
        pytest.skip("this API server checks no custom objects: it is a stand-in")
    assert "replicas" in done.stderr

"""Remedies in the words of settings: whoever follows one to the letter is rid of the finding."""

from __future__ import annotations

from pathlib import Path

import pytest

from dtemplates.findings import Finding
from dtemplates.inspection import inspect

SETTINGS = """
cluster: {name: demo, region: us-east-1, availability_zones: [us-east-1b, us-east-1c]}
nodegroups:
  - {name: cpu, instance_type: m7i.2xlarge, desired_capacity: 1}
  - name: gpu
    instance_type: p5.48xlarge
    availability_zones: [us-east-1c]
    desired_capacity: 4
    max_size: 4
    efa: true
    labels: {role: training}
    taints: [{key: team, value: vision, effect: NoSchedule}]
fsx: {name: data, file_system_id: fs-0123456789abcdef0, mount_name: abcdefgh, capacity: 1200Gi}
jobs:
  - {name: resnet, image: "example/train:1.0", command: [python, train.py], JOB}
"""

# What is wrong, the id and words of the remedy, and what `--set` makes of them.
ONE_FINDING: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("slots_per_worker: 4", "DT401", "set slots_per_worker to 8", ("jobs.0.slots_per_worker=8",)),
    ("mpirun: {np: 64}", "DT402", "set mpirun.np to 32", ("jobs.0.mpirun.np=32",)),
    ("mpirun: {np: 8}", "DT403", "set mpirun.np to 32", ("jobs.0.mpirun.np=32",)),
    (
        "limits: {nvidia.com/gpu: 16}",
        "DT404",
        "set nvidia.com/gpu of limits to 8 or less",
        (r"jobs.0.limits.nvidia\.com/gpu=8",),
    ),
    ("workers: 2", "DT404", "set workers to 4", ("jobs.0.workers=4",)),
    ("nodegroup: cpu", "DT404", "set nodegroup to gpu", ("jobs.0.nodegroup=gpu",)),
    (
        "node_selector: {role: trainin}, gpus_per_worker: 8, shm_size: 9Gi",
        "DT406",
        "set it to tra",
        ("jobs.0.node_selector.role=training",),
    ),
    ("efa_per_worker: 4", "DT408", "set efa_per_worker to 32", ("jobs.0.efa_per_worker=32",)),
    ("efa_per_worker: 0", "DT430", "set efa_per_worker to 32", ("jobs.0.efa_per_worker=32",)),
    (
        "efa_per_worker: 0, env: {FI_PROVIDER: efa}",
        "DT409",
        "set efa_per_worker to 32",
        ("jobs.0.efa_per_worker=32",),
    ),
    (
        "limits: {vpc.amazonaws.com/efa: 64}",
        "DT407",
        "set vpc.amazonaws.com/efa of limits to 32",
        (r"jobs.0.limits.vpc\.amazonaws\.com/efa=32",),
    ),
    (
        "requests: {example.com/fpga: 1}",
        "DT410",
        "set example.com/fpga of limits to 1",
        (r"jobs.0.limits.example\.com/fpga=1",),
    ),
    (
        "requests: {cpu: 8}, limits: {cpu: 4}",
        "DT421",
        "or cpu of limits to 8",
        ("jobs.0.limits.cpu=8",),
    ),
    (
        "launcher: {requests: {cpu: 8}, limits: {cpu: 4}}",
        "DT421",
        "or cpu of launcher.limits to 8",
        ("jobs.0.launcher.limits.cpu=8",),
    ),
    ('shm_size: "0"', "DT412", "set shm_size to 64Gi", ("jobs.0.shm_size=64Gi",)),
    ("tolerations: []", "DT424", "leave tolerations out", ("jobs.0.tolerations=null",)),
    ("requests: {memory: 3Ti}", "DT425", "than 2043Gi", ("jobs.0.requests.memory=2042Gi",)),
    ("shm_size: 3Ti", "DT434", "set shm_size to less than 2048Gi", ("jobs.0.shm_size=2000Gi",)),
    (
        "limits: {memory: 64Gi}, shm_size: 100Gi",
        "DT434",
        "set shm_size to 64Gi or less",
        ("jobs.0.shm_size=64Gi",),
    ),
    ("gpus: 64", "DT405", "set gpus to 32 or less", ("jobs.0.gpus=32",)),
    ("gpus: 64", "DT405", "nodegroups.gpu.max_size to 8", ("nodegroups.gpu.max_size=8",)),
    (
        "gpus: 64, workers: 8",
        "DT405",
        "set gpus to 32 and workers to 4",
        ("jobs.0.gpus=32", "jobs.0.workers=4"),
    ),
    (
        "gpus: null, workers: 8, gpus_per_worker: 8",
        "DT405",
        "set workers to 4 or less",
        ("jobs.0.workers=4",),
    ),
    # Too many workers have too few processes besides: that goes with the workers.
    ("gpus: 64, mpirun: {np: 32}", "DT405", "set gpus to 32 or less", ("jobs.0.gpus=32",)),
)


def inspected(tmp_path: Path, wrong: str, *overrides: str) -> list[Finding]:
    path = tmp_path / "dtemplates.yaml"
    job = wrong if wrong.startswith("gpus:") else f"gpus: 32, {wrong}"
    path.write_text(SETTINGS.replace("JOB", job), "utf-8")
    return list(inspect([path], overrides=overrides).findings)


@pytest.mark.parametrize(
    ("wrong", "id", "remedy", "overrides"), ONE_FINDING, ids=lambda value: str(value)[:40]
)
def test_one_finding_that_goes_when_its_remedy_is_followed(
    wrong: str, id: str, remedy: str, overrides: tuple[str, ...], tmp_path: Path
) -> None:
    found = inspected(tmp_path, wrong)
    assert [one.id for one in found] == [id], [str(one) for one in found]
    assert remedy in found[0].remedy
    # It points into the job, or at what is said of it there.
    assert found[0].path[:2] == ("jobs", 0)
    assert [str(one) for one in inspected(tmp_path, wrong, *overrides)] == []

"""What the template of a job sees: the job's settings, and all that follows from its size."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dtemplates.context.nodegroups import given_tolerations, tolerations
from dtemplates.settings.queues import kueue_labels
from dtemplates.settings.sizing import (
    Size,
    accelerator,
    mpijob_version,
    named_group,
    shm_size,
    size,
)

if TYPE_CHECKING:
    from dtemplates.settings.jobs import EnvVar, Job, Volume
    from dtemplates.settings.nodegroups import NodeGroup
    from dtemplates.settings.root import Settings

Context = dict[str, Any]

# eksctl puts this label on every node (0.1.40 and 0.230.0 alike).
GROUP_LABEL = "alpha.eksctl.io/nodegroup-name"
EFA = "vpc.amazonaws.com/efa"
HUGE_PAGES = "hugepages-2Mi"
# EFA's driver sets 10 GiB of 2 MiB pages aside on each node; AWS' examples ask for half of them.
_HUGEPAGES_MIB = 5120
# The rest is the kubelet's, the system's and the huge pages'.
_SHARE_OF_MEMORY = 0.75

# Arguments of mpirun that the MPI operator's and the EKS guide's examples have in common.
_MPIRUN_ARGS = ("--allow-run-as-root", "--bind-to", "none", "--map-by", "slot")
# Over EFA, NCCL talks for itself; MPI's own start-up traffic goes by TCP and off the bridges.
_MPIRUN_EFA_ARGS = (
    *("--mca", "pml", "^cm,ucx"),
    *("--mca", "btl", "tcp,self"),
    *("--mca", "btl_tcp_if_exclude", "lo,docker0,veth_def_agent"),
)


def job_context(job: Job, settings: Settings) -> Context:
    """Return the context that a job's template sees as `job`."""
    spread = size(job, settings)
    version = mpijob_version(settings.components["mpi_operator"])
    classic = version == "v1alpha1"
    limits, requests = _resources(job, spread, classic)
    shm = shm_size(job, spread, settings)
    return {
        **job.model_dump(mode="json"),
        "labels": kueue_labels(job) | job.labels,
        "env": [_env(name, variable) for name, variable in job.env.items()],
        "workers": spread.workers,
        "slots_per_worker": spread.slots_per_worker,
        "limits": limits | job.limits,
        "requests": requests | job.requests,
        "node_selector": _selector(job, spread, classic),
        "tolerations": _tolerations(job, spread.nodegroup),
        "mpirun": _mpirun(job, spread, classic),
        "launcher": _launcher(job, spread, settings),
        "volumes": _volumes(job, settings, shm),
        "volume_mounts": _mounts(job, settings, shm),
        "clean_pod_policy": job.clean_pod_policy or "Running",
    }


def _resources(job: Job, spread: Size, classic: bool) -> tuple[Context, Context]:
    limits: Context = {}
    requests: Context = {}
    if spread.resource:
        limits[spread.resource] = spread.accelerators_per_worker
    if classic:
        return limits, requests
    # A limit alone makes Kubernetes request as much; a request above it is refused.
    if spread.memory_gib and "memory" not in job.limits:
        requests["memory"] = f"{max(1, int(spread.memory_gib * _SHARE_OF_MEMORY))}Gi"
    if spread.efa_per_worker:
        limits[EFA] = spread.efa_per_worker
        limits[HUGE_PAGES] = f"{int(_HUGEPAGES_MIB * spread.share) // 2 * 2}Mi"
        # Kubernetes refuses huge pages without memory or cpu beside them.
        if "memory" not in job.limits:
            requests.setdefault("memory", "1Gi")
    return limits, requests


def _env(name: str, variable: EnvVar) -> Context:
    if variable.value is not None:
        return {"name": name, "value": variable.value}
    if variable.secret_key_ref:
        source = {"secretKeyRef": variable.secret_key_ref.model_dump()}
    else:
        assert variable.config_map_key_ref is not None
        source = {"configMapKeyRef": variable.config_map_key_ref.model_dump()}
    return {"name": name, "valueFrom": source}


def _selector(job: Job, spread: Size, classic: bool) -> Context:
    if job.node_selector is not None:
        return dict(job.node_selector)
    if spread.nodegroup is None or (classic and job.nodegroup is None):
        return {}
    return {GROUP_LABEL: spread.nodegroup.name}


def _tolerations(job: Job, group: NodeGroup | None) -> list[Context]:
    if job.tolerations is not None:
        return given_tolerations(job.tolerations)
    return tolerations([group] if group else [])


def _mpirun(job: Job, spread: Size, classic: bool) -> list[str]:
    """Return the command line up to the program."""
    mpirun = job.mpirun
    args = mpirun.args
    if args is None:
        args = (*_MPIRUN_ARGS, *(_MPIRUN_EFA_ARGS if spread.efa_per_worker else ()))
    command = [mpirun.path, *args]
    if mpirun.np or not classic:
        command += ["-np", str(mpirun.np or spread.np)]
    forwarded = mpirun.forward_env
    if forwarded is None:
        # Processes on other workers start under sshd, which passes no environment on; the classic
        # operator starts them by `kubectl exec`, which has the container's.
        forwarded = () if classic else ("PATH", "LD_LIBRARY_PATH", *job.env)
    for name in dict.fromkeys(forwarded):
        command += ["-x", name]
    return command


def _launcher(job: Job, spread: Size, settings: Settings) -> Context:
    group = _launcher_group(job, settings)
    selector = {GROUP_LABEL: group.name} if group else {}
    group = group or spread.nodegroup
    return {
        **job.launcher.model_dump(mode="json"),
        "node_selector": selector,
        "tolerations": _tolerations(job, group),
        "restart_policy": job.restart_policy or "OnFailure",
        # It moves no tensors: what workers share by /dev/shm is nothing to it.
        "volumes": _volumes(job, settings, None),
        "volume_mounts": _mounts(job, settings, None),
    }


def _launcher_group(job: Job, settings: Settings) -> NodeGroup | None:
    """Return the group that the launcher asks for, or the first without accelerators."""
    if job.launcher.nodegroup is not None:
        return named_group(job.launcher.nodegroup, settings)
    plain = (group for group in settings.nodegroups if not accelerator(group, settings))
    return next(plain, None)


def _volumes(job: Job, settings: Settings, shm: str | None) -> list[Context]:
    volumes: list[Context] = []
    if settings.fsx:
        claim = {"claimName": settings.fsx.name}
        volumes.append({"name": "fsx", "persistentVolumeClaim": claim})
    if shm:
        volumes.append({"name": "dshm", "emptyDir": {"medium": "Memory", "sizeLimit": shm}})
    return volumes + [{"name": volume.name, **_volume_source(volume)} for volume in job.volumes]


def _volume_source(volume: Volume) -> Context:
    if volume.host_path:
        kind = {"type": volume.host_path.type} if volume.host_path.type else {}
        return {"hostPath": {"path": volume.host_path.path, **kind}}
    if volume.claim_name:
        return {"persistentVolumeClaim": {"claimName": volume.claim_name}}
    if volume.config_map:
        return {"configMap": {"name": volume.config_map}}
    if volume.secret:
        return {"secret": {"secretName": volume.secret}}
    assert volume.empty_dir is not None
    given = {"medium": volume.empty_dir.medium, "sizeLimit": volume.empty_dir.size_limit}
    return {"emptyDir": {name: value for name, value in given.items() if value}}


def _mounts(job: Job, settings: Settings, shm: str | None) -> list[Context]:
    mounts: list[Context] = []
    if settings.fsx:
        mounts.append({"name": "fsx", "mountPath": settings.fsx.mount_path})
    if shm:
        mounts.append({"name": "dshm", "mountPath": "/dev/shm"})  # noqa: S108 (a mount path)
    for volume in job.volumes:
        read_only = {"readOnly": True} if volume.read_only else {}
        mounts.append({"name": volume.name, "mountPath": volume.mount_path, **read_only})
    return mounts

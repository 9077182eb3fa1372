"""Training jobs under the MPI operator."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from dtemplates.settings.nodegroups import Toleration
from dtemplates.settings.types import (
    AbsolutePath,
    Annotations,
    Count,
    DataKey,
    EnvName,
    Image,
    JobName,
    Labels,
    Model,
    Name,
    NodeGroupName,
    ObjectName,
    Positive,
    Quantity,
    Resources,
    Several,
    ShmSize,
    Shorthand,
)

PullPolicy = Literal["Always", "IfNotPresent", "Never"]


class KeyRef(Model):
    """One key of a Secret or ConfigMap."""

    name: ObjectName = Field(description="Name of the object.")
    key: DataKey = Field(description="Key in it.")


class EnvVar(Shorthand):
    """An environment variable; its value alone may stand for it."""

    shorthand = "value"

    value: str | None = Field(None, description="The value itself.")
    secret_key_ref: KeyRef | None = Field(None, description="From a Secret.")
    config_map_key_ref: KeyRef | None = Field(None, description="From a ConfigMap.")


class HostPath(Model):
    """A folder or file of the node."""

    path: AbsolutePath = Field(description="Path on the node.")
    type: Literal[
        "",
        "DirectoryOrCreate",
        "Directory",
        "FileOrCreate",
        "File",
        "Socket",
        "CharDevice",
        "BlockDevice",
    ] = Field("", description="What must be there before.")


class EmptyDir(Model):
    """A folder that lives as long as its pod."""

    medium: Literal["", "Memory", "HugePages"] = Field("", description="Where it is kept.")
    size_limit: Quantity | None = Field(None, description="Its size.")


class Volume(Model):
    """A volume of the job's pods and where they mount it; exactly one source."""

    name: Name = Field(description="The volume's name.", examples=["ebs"])
    mount_path: AbsolutePath = Field(description="Where it is mounted.", examples=["/ebs"])
    read_only: bool = Field(False, description="Mount it read-only.")
    host_path: HostPath | None = Field(None, description="A folder of the node.")
    empty_dir: EmptyDir | None = Field(None, description="A folder of the pod's own.")
    claim_name: Name | None = Field(None, description="An existing PersistentVolumeClaim.")
    config_map: Name | None = Field(None, description="A ConfigMap, each key a file.")
    secret: Name | None = Field(None, description="A Secret, each key a file.")


class Mpirun(Model):
    """How the program is started on all workers."""

    path: str = Field("mpirun", min_length=1, description="mpirun, or its path in the image.")
    args: Several[str] | None = Field(
        None, description="Arguments before -np, -x and the program (default: a sound set)."
    )
    np: Positive | None = Field(
        None,
        description="Processes (default: workers times slots; v1alpha1 writes it only if given).",
    )
    forward_env: Several[EnvName] | None = Field(
        None, description="Variables passed on by -x (default: PATH, LD_LIBRARY_PATH and env's)."
    )


class Launcher(Model):
    """The pod that runs mpirun (v2beta1)."""

    nodegroup: NodeGroupName | None = Field(
        None, description="Its node group (default: one without accelerators, if there is one)."
    )
    limits: Resources = Field({}, description="Its limits.")
    requests: Resources = Field({}, description="Its requests.")


class Job(Model):
    """An MPIJob."""

    name: JobName = Field(description="The job's name.", examples=["resnet"])
    image: Image = Field(description="The image of launcher and workers.")
    image_pull_policy: PullPolicy | None = Field(None, description="When the image is pulled.")
    command: Several[str] = Field(
        (), description="The program that each process runs.", examples=[["python", "train.py"]]
    )
    args: Several[str] = Field((), description="Its arguments, after the command.")
    env: dict[EnvName, EnvVar] = Field(
        {}, description="Environment variables.", examples=[{"NCCL_DEBUG": "INFO"}]
    )
    working_dir: AbsolutePath | None = Field(None, description="The folder it runs in.")
    gpus: Positive | None = Field(
        None, description="Accelerators in all: GPUs, or Neuron devices.", examples=[32]
    )
    workers: Positive | None = Field(None, description="Workers (default: from gpus).")
    gpus_per_worker: Positive | None = Field(
        None, description="Accelerators of each worker (default: all of an instance)."
    )
    slots_per_worker: Positive | None = Field(
        None, description="Processes of each worker (default: one for each accelerator)."
    )
    efa_per_worker: Count | None = Field(
        None, description="EFA interfaces of each worker (default: its share of the instance's)."
    )
    nodegroup: NodeGroupName | None = Field(
        None, description="Node group of the workers (default: the first that fits)."
    )
    node_selector: Labels | None = Field(None, description="Labels of the nodes, instead.")
    tolerations: Several[Toleration] | None = Field(
        None, description="Taints that the pods bear (default: those of their node group)."
    )
    limits: Resources = Field({}, description="Limits of each worker, over the derived ones.")
    requests: Resources = Field({}, description="Requests of each worker, over the derived ones.")
    shm_size: ShmSize | None = Field(
        None, description='Size of /dev/shm (default: an eighth of the memory); "0": none of ours.'
    )
    volumes: Several[Volume] = Field((), description="Volumes beside the shared file system.")
    mpirun: Mpirun = Field(Mpirun(), description="How mpirun is called.")
    launcher: Launcher = Field(Launcher(), description="The pod that runs mpirun.")
    clean_pod_policy: Literal["None", "Running", "All"] | None = Field(
        None, description="Which pods go when the job has ended (default: Running)."
    )
    restart_policy: Literal["Never", "OnFailure"] | None = Field(
        None, description="What happens when the launcher fails."
    )
    backoff_limit: Count | None = Field(None, description="Retries before the job has failed.")
    active_deadline_seconds: Positive | None = Field(None, description="Longest run, in seconds.")
    ttl_seconds_after_finished: Count | None = Field(
        None, description="Seconds after its end when the job is removed."
    )
    queue: Name | None = Field(
        None, description="Kueue's LocalQueue that the job waits in.", examples=["team-a"]
    )
    priority: Name | None = Field(
        None,
        description="Kueue's WorkloadPriorityClass: which of the waiting jobs goes first.",
        examples=["high"],
    )
    labels: Labels = Field({}, description="Labels of the job.")
    annotations: Annotations = Field({}, description="Annotations of the job.")

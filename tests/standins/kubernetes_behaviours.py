"""What a test tells the stand-in to do other than well."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple


class ExecResult(NamedTuple):
    exit_code: int = 0
    stdout: str = ""
    stderr: str = ""


DONE = ExecResult()


class ExecCall(NamedTuple):
    namespace: str
    pod: str
    container: str
    command: list[str]
    stdin: bytes


class Failure(NamedTuple):
    reason: str
    message: str


@dataclass
class Behaviours:
    """Names are those of pods, or of jobs and MPIJobs for all of their pods.

    What is set here holds from the next write on; KubernetesApi.reconcile() makes it hold at once.
    A pod that runs already is only ever ended by it.
    """

    # Their pods stay Pending with ImagePullBackOff, and an event Failed.
    refuse_image: set[str] = field(default_factory=set)
    # Their pods stay Pending, with an event FailedScheduling.
    unschedulable: set[str] = field(default_factory=set)
    # Claims that stay Pending, with the message of their event ProvisioningFailed.
    never_bound: dict[str, str] = field(default_factory=dict)
    # Pods, jobs and MPIJobs that fail.
    fail_jobs: dict[str, Failure] = field(default_factory=dict)
    # Pods, jobs and MPIJobs that come to their end.
    succeed_jobs: set[str] = field(default_factory=set)
    # What kubectl exec is answered, or who answers it.
    exec_result: ExecResult | Callable[[ExecCall], ExecResult] = DONE
    # What kubectl logs prints.
    logs: dict[str, str] = field(default_factory=dict)
    # Reads (GET or LIST; an open watch counts as one each 50 ms) until an object becomes ready;
    # what is made by a controller is not delayed again.
    delay: int = 0
    # The same for objects of these names.
    delays: dict[str, int] = field(default_factory=dict)
    # Every request is answered with 503.
    unavailable: bool = False
    # The server's minor version of Kubernetes, as kubectl version shows it.
    version: str = "1.34"

    def reset(self) -> None:
        vars(self).update(vars(Behaviours()))

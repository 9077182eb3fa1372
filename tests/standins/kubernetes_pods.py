"""What is asked of a pod's containers: logs and exec."""

from __future__ import annotations

from io import BufferedIOBase
from typing import TYPE_CHECKING

from standins.kubernetes_behaviours import ExecCall
from standins.kubernetes_calls import Call
from standins.kubernetes_exec import frames, read_stdin
from standins.kubernetes_kinds import Object
from standins.kubernetes_store import StatusError, place

if TYPE_CHECKING:
    from standins.kubernetes_api import KubernetesApi


def container(pod: Object, call: Call) -> str:
    """The container that is meant, or the first one."""
    names = [str(each["name"]) for each in pod["spec"].get("containers", [])]
    wanted = call.option("container") or names[0]
    if wanted not in names:
        message = f"container {wanted} is not valid for pod {call.name}"
        raise StatusError(400, "BadRequest", message)
    return wanted


def started(pod: Object, call: Call) -> None:
    """Refuse what needs a container that runs, or has run."""
    if not pod["spec"].get("nodeName"):
        message = f"pod {call.name} does not have a host assigned"
        raise StatusError(400, "BadRequest", message)
    for each in place(pod, "status.containerStatuses") or ():
        waiting = each["state"].get("waiting")
        if waiting:
            why = {"ImagePullBackOff": "trying and failing to pull image"}
            what = why.get(waiting["reason"], waiting["reason"])
            message = f'container "{each["name"]}" in pod "{call.name}" is waiting to start: {what}'
            raise StatusError(400, "BadRequest", message)


def pod_log(api: KubernetesApi, call: Call) -> str:
    """The log that a behaviour gives; -f ends with it, too, though the pod runs on."""
    with api.store.lock:
        pod = api.verbs.get(call)
        container(pod, call)
        started(pod, call)
        given = (api.behaviours.logs.get(each.name) for each in api.lineage(call.key))
        text = next((each for each in given if each is not None), f"{call.name} started\n")
    lines = text.splitlines(keepends=True)
    tail = call.option("tailLines")
    return "".join(lines[max(0, len(lines) - int(tail)) :] if tail else lines)


def runnable(api: KubernetesApi, call: Call) -> None:
    """Refuse exec in a pod that does not run."""
    with api.store.lock:
        pod = api.verbs.get(call)
        container(pod, call)
        started(pod, call)
        if place(pod, "status.phase") in ("Succeeded", "Failed"):
            phase = place(pod, "status.phase")
            message = f"cannot exec into a container in a completed pod; current phase is {phase}"
            raise StatusError(400, "BadRequest", message)


def exec_frames(
    api: KubernetesApi, call: Call, stream: BufferedIOBase, answer: BufferedIOBase
) -> bytes:
    """Run a command as the behaviour says, with all of its stdin read before."""
    with api.store.lock:
        chosen = container(api.verbs.get(call), call)
    stdin = read_stdin(stream, answer) if call.option("stdin") == "true" else b""
    command = call.query.get("command", [])
    told = ExecCall(call.namespace, call.name, chosen, command, stdin)
    api.execs.append(told)
    result = api.behaviours.exec_result
    return frames(result(told) if callable(result) else result)

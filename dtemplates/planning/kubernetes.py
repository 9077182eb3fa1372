"""Steps that hand a manifest to kubectl."""

from __future__ import annotations

from typing import Any, Literal

from dtemplates.planning.step import Command, Group, Probe, Step, Wait, command
from dtemplates.planning.timings import times


def applied(
    file: str,
    what: str,
    *,
    group: Group,
    waits: tuple[Wait, ...] = (),
    time: str = "",
    reading: Literal["applied", "job"] = "applied",
    **more: Any,
) -> Step:
    """Return the step that applies one manifest; `more` are fields of `Step`."""
    name = file.removesuffix(".yaml")
    return Step(
        name=name,
        group=group,
        what=what,
        files=(file,),
        done=Probe(command("kubectl", "diff", "-f", file), reading, "the cluster has it just so"),
        command=command("kubectl", "apply", "-f", file),
        waits=waits,
        undo=(deleted(file),),
        **more,
        **times(time or name),
    )


def released(
    name: str,
    what: str,
    url: str,
    *,
    group: Group,
    done: Probe,
    waits: tuple[Wait, ...],
    guard: Command,
) -> Step:
    """Return the step that installs a release's own manifest, which stands at an address.

    Definitions of kinds are larger than the annotation that client-side apply would keep.
    """
    return Step(
        name=name,
        group=group,
        what=what,
        done=done,
        command=command("kubectl", "apply", "--server-side", "-f", url),
        waits=waits,
        undo=(deleted(url),),
        guard=guard,
        **times(name),
    )


def deleted(*files: str) -> Command:
    """Return the command that deletes what is in files, and minds nothing that is not there."""
    named = (word for file in files for word in ("-f", file))
    return command("kubectl", "delete", *named, "--ignore-not-found")


def image_of(kind: str, name: str, namespace: str, *, images: tuple[str, ...] = ()) -> Probe:
    """Return the question whether a workload is there, with an image that holds one of these."""
    path = "jsonpath={.spec.template.spec.containers[*].image}"
    version = f" and runs {' or '.join(images)}" if images else ""
    return Probe(
        command(
            *("kubectl", "get", kind, name, "--namespace", namespace),
            *("--ignore-not-found", "-o", path),
        ),
        "image",
        f"{kind} {name} is there{version}",
        images,
    )


def rolled_out(kind: str, name: str, namespace: str) -> Wait:
    """Return the wait for a DaemonSet's or Deployment's pods."""
    return Wait(kind, name, "rolled out", namespace)

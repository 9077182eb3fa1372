"""Steps from a file system, or its claim, to a pod that has it mounted."""

from __future__ import annotations

import hashlib
import shlex
from typing import TYPE_CHECKING

from dtemplates.planning.cluster import stack_output
from dtemplates.planning.csi_driver import csi_driver_step
from dtemplates.planning.kubernetes import applied
from dtemplates.planning.step import Keep, Learned, Probe, Step, Wait, command
from dtemplates.planning.timings import times
from dtemplates.settings.lustre import knows_mount_names

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from dtemplates.manifests import Manifest
    from dtemplates.planning.step import Command
    from dtemplates.settings.fsx import Fsx
    from dtemplates.settings.root import Settings

STACK_FILE = "fsx_stack.yaml"
# A tag of the stack that tells which template it was made from.
TEMPLATE_TAG = "dtemplates-template"
# The claims that volumes are held by.
_CLAIMED = command(
    *("kubectl", "get", "persistentvolumes", "-o"),
    "jsonpath={range .items[*]}{.spec.claimRef.namespace}/{.spec.claimRef.name} {end}",
)
# CloudFormation's limit for a stack's name.
_LONGEST = 128


def storage_steps(
    settings: Settings, files: Collection[str], stack: Manifest | None
) -> Iterator[Step]:
    """Yield the steps of the file system; `stack` is the manifest that makes it, if one does."""
    fsx = settings.fsx
    if fsx is None:
        return
    if stack is not None:
        yield _stack(stack, fsx, settings)
    yield csi_driver_step(settings)
    if "storage_class_fsx.yaml" in files:
        yield applied("storage_class_fsx.yaml", "let claims make file systems", group="storage")
    if "pv_fsx.yaml" in files:
        yield applied("pv_fsx.yaml", "make the file system known", group="storage")
    yield _claim(fsx, settings)
    if settings.attach_pvc and "attach_pvc.yaml" in files:
        pod = settings.attach_pvc.name
        yield applied(
            "attach_pvc.yaml",
            "mount the file system in a pod",
            group="storage",
            waits=(Wait("pod", pod, "ready", settings.namespace),),
            check=_mounted(pod, fsx.mount_path, settings.namespace),
            check_means=f"{fsx.mount_path} is a Lustre file system",
        )
    if settings.tensorboard:
        yield applied(
            "tensorboard.yaml",
            "run TensorBoard",
            group="storage",
            waits=(Wait("pod", settings.tensorboard.name, "ready", settings.namespace),),
        )


def _claim(fsx: Fsx, settings: Settings) -> Step:
    dynamic = fsx.dynamic is not None
    # Without its claim such a file system is deleted, or else forgotten: the next claim makes anew.
    keep: tuple[Keep, ...] = ("fsx",) if dynamic else ()
    deletes = dynamic and fsx.reclaim_policy == "Delete"
    return applied(
        "pvc_fsx.yaml",
        "claim it, which makes a file system" if dynamic else "claim it for the pods",
        group="storage",
        waits=(Wait("pvc", fsx.name, "bound", settings.namespace),),
        time="pvc_fsx dynamic" if dynamic else "",
        keep=keep,
        # The driver deletes the file system after the claim is gone; it must not go before.
        gone=_CLAIMED if deletes else None,
        lingers=f"{settings.namespace}/{fsx.name}" if deletes else "",
    )


def stack_name(settings: Settings) -> str:
    """Return the name of the CloudFormation stack that makes the file system."""
    name = f"fsx-{settings.cluster.name}-{settings.fsx.name if settings.fsx else ''}"
    if len(name) <= _LONGEST:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{name[: _LONGEST - 9]}-{digest}"


def template_tag(text: str) -> str:
    """Return the tag that a stack made from this template has, as `key=value`.

    Comments make no other template.
    """
    lines = [
        line for line in text.splitlines(keepends=True) if not line.lstrip(" ").startswith("#")
    ]
    return f"{TEMPLATE_TAG}={hashlib.sha256(''.join(lines).encode()).hexdigest()[:16]}"


def _stack(manifest: Manifest, fsx: Fsx, settings: Settings) -> Step:
    name, region = stack_name(settings), settings.cluster.region
    place = ("--stack-name", name, "--region", region)
    tag = template_tag(manifest.text)
    outputs = {"fsx.file_system_id": "FileSystemId"}
    if fsx.mount_name is None and knows_mount_names(settings.components["fsx_csi_driver"]):
        outputs["fsx.mount_name"] = "MountName"
    deploy = ("aws", "cloudformation", "deploy", "--template-file", STACK_FILE, *place)
    delete = command("aws", "cloudformation", "delete-stack", *place)
    gone = command("aws", "cloudformation", "wait", "stack-delete-complete", *place)
    return Step(
        name="fsx_stack",
        group="storage",
        what="make the file system and its security group",
        files=(STACK_FILE,),
        done=Probe(
            command("aws", "cloudformation", "describe-stacks", *place, "--output", "json"),
            "stack",
            "the stack is complete, and made from this template",
            (tag,),
        ),
        command=command(*deploy, "--no-fail-on-empty-changeset", "--tags", tag),
        # What failed to be made was rolled back: nothing is in it, and it only blocks the name.
        repair=(delete, gone),
        learns=tuple(
            Learned(setting, stack_output(name, key, region))
            for setting, key in outputs.items()
            if fsx.file_system_id is None
        ),
        undo=(delete, gone),
        keep=("fsx",),
        **times("fsx_stack"),
    )


def _mounted(pod: str, path: str, namespace: str) -> Command:
    """Return the command that succeeds if a pod has a Lustre file system at the path.

    It uses bash alone, which the pod is known to have; the kernel lists mounts in octal escapes.
    """
    escaped = "".join(f"\\{ord(one):03o}" if one in " \t\n\\" else one for one in path)
    wanted = shlex.quote(f"{escaped.rstrip('/') or '/'} lustre")
    script = (
        f'while read -r _ path kind _; do [ "$path $kind" = {wanted} ] && exit 0; done '
        "< /proc/mounts; exit 1"
    )
    return command(
        *("kubectl", "exec", pod, "--namespace", namespace, "--", "/bin/bash", "-c", script)
    )

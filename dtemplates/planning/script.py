"""A plan as a shell script that runs by itself: manifests, commands and waits."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from dtemplates.planning.storage import TEMPLATE_TAG

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dtemplates.planning.plan import Plan
    from dtemplates.planning.step import Command, Learned, Step

_HEAD = """\
#!/usr/bin/env bash
# {title}
# It can be run again after a failure: what is there already is left as it is.
set -euo pipefail

export KUBECONFIG={kubeconfig}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

step() {{
  printf '\\n== %s\\n' "$1" >&2
}}
"""
# What only some scripts need: name → its function.
_FUNCTIONS = {
    "bound": """\
# Waits until claim $1 in namespace $2 is bound, for $3 seconds at most.
bound() {
  for ((second = 0; second < $3; second += 2)); do
    phase=$(kubectl get pvc "$1" --namespace "$2" -o 'jsonpath={.status.phase}')
    if [ "$phase" = Bound ]; then
      return
    fi
    sleep 2
  done
  echo "claim $1 is not bound after $3 s" >&2
  return 1
}
""",
    "digest": """\
digest() {
  if command -v sha256sum > /dev/null; then
    sha256sum
  else
    shasum -a 256
  fi
}
""",
}


def as_shell(plan: Plan) -> str:
    """Return a bash script that does what the plan's steps do, in their order."""
    title = f"{len(plan)} steps for the EKS cluster {plan.cluster} in {plan.region}."
    kubeconfig = plan.kubeconfig
    home = kubeconfig.startswith("~/")
    quoted = f'"$HOME/{kubeconfig[2:]}"' if home else shlex.quote(kubeconfig)
    known: set[str] = set()
    steps = ["\n".join(_step(step, plan, known)) + "\n" for step in plan]
    parts = [_HEAD.format(title=title, kubeconfig=quoted)]
    parts += [
        function
        for name, function in _FUNCTIONS.items()
        if any(re.search(rf"^(.*[|] )?{name} ", step, re.MULTILINE) for step in steps)
    ]
    used = {file for step in plan for file in step.files}
    parts += [_manifest(one.file, one.text) for one in plan.manifests if one.file in used]
    return "\n".join(parts + steps)


def _manifest(file: str, text: str) -> str:
    mark = "END_OF_FILE"
    while mark in text.splitlines():
        mark += "_"
    folder = file.rpartition("/")[0]
    make = f"mkdir -p {shlex.quote(folder)}\n" if folder else ""
    return f"{make}cat > {shlex.quote(file)} <<'{mark}'\n{text}{mark}\n"


def _step(step: Step, plan: Plan, known: set[str]) -> Iterator[str]:
    yield f"step {shlex.quote(f'{step.name}: {step.what}')}"
    later = [file for file in step.files if file in plan.later]
    for file in later:
        yield from _substituted(file, plan, known)
    if step.command:
        yield from _doing(step, step.command, filled=bool(later))
    for wait in step.waits:
        if wait.until == "bound":
            # kubectl waits for a phase only since 1.23.
            yield f"bound {wait.name} {wait.namespace} {step.timeout}"
        elif wait.by_kubectl:
            yield f"{wait.command(step.timeout)}"
    if step.check:
        if "$" in str(step.check):
            # It is for the shell in the pod.
            yield "# shellcheck disable=SC2016"
        yield f"{step.check} > /dev/null"
    for one in step.learns:
        yield from _learned(one)
        known.add(one.setting)


def _doing(step: Step, doing: Command, *, filled: bool) -> Iterator[str]:
    """Yield the command, under a condition where it must not be given twice.

    kubectl apply may be given again, and so may eksctl's creation of node groups and add-ons,
    which leaves out what is there.
    """
    reading = step.done.reading if step.done else None
    if step.done is None or reading in ("applied", "job", "nodegroups"):
        yield f"{doing}"
        return
    probe = step.done.command
    if reading == "stack":
        yield from _deployed(step, doing, filled=filled)
    elif reading == "image":
        yield f"found=$({probe})"
        missing = '[ -z "$found" ]'
        for image in step.done.expects:
            missing += f' || [[ "$found" != *{shlex.quote(image)}* ]]'
        yield from _if(missing, doing)
    elif reading == "endpoint":
        assert step.done.against is not None
        endpoint = f'{step.done.against} | sed -n \'s/^ *"Endpoint": *"\\(.*\\)".*/\\1/p\''
        yield f"endpoint=$({endpoint})"
        yield f"server=$({probe} 2> /dev/null || true)"
        yield from _if('[ "$server" != "$endpoint" ]', doing)
    else:
        # grep reads all of it: one that stops early would end the tool, and with it the pipe.
        well = f"grep -E '{_WELL[str(reading)]}' > /dev/null"
        yield from _if(f"! {probe} 2> /dev/null | {well}", doing)


# reading → what an answer holds where all is well, as JSON is written by eksctl and by Helm.
_WELL = {
    "cluster": '"Status": *"(ACTIVE|UPDATING)"',
    "release": '"code": *1[,}]|"status": *"deployed"',
}


def _if(condition: str, doing: Command) -> Iterator[str]:
    yield f"if {condition}; then"
    yield f"  {doing}"
    yield "fi"


def _deployed(step: Step, doing: Command, *, filled: bool) -> Iterator[str]:
    """Yield what deploys a stack that is not there, and leaves one of another template alone."""
    own = next(word for word in doing.argv if word.startswith(f"{TEMPLATE_TAG}="))
    file = shlex.quote(step.files[0])
    if filled:
        # What was filled in here makes another template than the plan's.
        yield f"tag=$(grep -v '^ *#' {file} | digest | cut -c 1-16)"
    else:
        yield f"tag={own.partition('=')[2]}"
    place = shlex.join(_place(doing))
    query = shlex.quote(f"Stacks[0].Tags[?Key=='{TEMPLATE_TAG}'].Value | [0]")
    yield (
        f"found=$(aws cloudformation describe-stacks {place} --query {query} --output text "
        "2> /dev/null || true)"
    )
    words = (f'"{TEMPLATE_TAG}=$tag"' if word == own else shlex.quote(word) for word in doing.argv)
    yield 'if [ -z "$found" ]; then'
    yield f"  {' '.join(words)}"
    yield 'elif [ "$found" != "$tag" ]; then'
    yield "  echo 'the stack was made from another template; it is left alone' >&2"
    yield "  exit 1"
    yield "fi"


def _place(doing: Command) -> list[str]:
    """Return the options that say which stack it is."""
    options = ("--stack-name", "--region")
    found = [(name, doing.argv[doing.argv.index(name) + 1]) for name in options]
    return [word for pair in found for word in pair]


def _learned(one: Learned) -> Iterator[str]:
    name = _variable(one.setting)
    yield f"{name}=$({one.command})"
    yield f'if [ -z "${name}" ] || [ "${name}" = None ]; then'
    yield f"  echo 'nothing tells {one.setting}' >&2"
    yield "  exit 1"
    yield "fi"


def _substituted(file: str, plan: Plan, known: set[str]) -> Iterator[str]:
    """Yield what puts learned values into a manifest, in place of their stand-ins."""
    quoted = shlex.quote(file)
    text = next(one.text for one in plan.manifests if one.file == file)
    for setting, stand_in in plan.stand_ins.items():
        if stand_in in text:
            name = _variable(setting)
            if setting not in known:
                # The step that makes it known is not among these.
                yield f': "${{{name}:?set it to the value of {setting}}}"'
            yield f'sed "s/{stand_in}/${name}/g" {quoted} > {quoted}.new'
            yield f"mv {quoted}.new {quoted}"


def _variable(setting: str) -> str:
    return setting.replace(".", "_")

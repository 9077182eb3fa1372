"""Whether everything is there that a plan needs: programs, their versions, credentials, cluster."""

from __future__ import annotations

import os
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from dtemplates.stacks import release
from dtemplates.tools.processes import CANNOT_START, Completed, MissingProgram, run
from dtemplates.tools.programs import Program, Requirement, required, version_in
from dtemplates.tools.symptoms import remedy_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dtemplates.settings.root import Settings

Health = Literal["ok", "missing", "wrong version", "no answer", "note", "unknown"]

# Seconds for a program to tell its version, and for a server to answer.
_VERSION_TIMEOUT = 30.0
_SERVER_TIMEOUT = 60.0
# Letters of a tool's words that are told; whatever prints more than this is no message.
_WORDS = 300


@dataclass(frozen=True)
class Diagnosis:
    """What was found of one thing: a program, the credentials, the cluster."""

    name: str
    health: Health
    found: str
    remedy: str = ""

    @property
    def is_well(self) -> bool:
        """Whether steps can start with it as it is."""
        return self.health in ("ok", "note", "unknown")


def programs(
    settings: Settings,
    names: Iterable[str],
    environment: Mapping[str, str] | None = None,
    *,
    own_kubeconfig: bool = False,
) -> list[Diagnosis]:
    """Return a diagnosis of each program that must be there for these to do their work.

    With a kubeconfig of the user's own nothing is known of what kubectl needs beside it.
    """
    wanted = list(required(settings, names, own_kubeconfig=own_kubeconfig))
    with ThreadPoolExecutor(max_workers=8) as pool:
        return list(pool.map(lambda one: _program(one, settings, environment), wanted))


def _program(
    requirement: Requirement, settings: Settings, environment: Mapping[str, str] | None
) -> Diagnosis:
    program = requirement.program
    get = requirement.get or program.get
    try:
        version, answer = _version(program, environment)
    except MissingProgram:
        found = f"not on PATH; it {program.purpose}; wanted: {requirement.wanted}"
        return Diagnosis(program.name, "missing", found, f"get it: {get}")
    if answer.code == CANNOT_START:
        return Diagnosis(program.name, "no answer", _last_line(answer), f"get it: {get}")
    if not program.version:
        return Diagnosis(program.name, "ok", "is there")
    if version is None:
        return Diagnosis(
            program.name,
            "no answer",
            f"does not tell its version: {_last_line(answer)}",
            f"see that it is {program.name}: {get}",
        )
    if not requirement.suits(version):
        chosen = f", or set {requirement.setting} to {version}" if requirement.setting else ""
        found = f"{version}; wanted: {requirement.wanted}"
        return Diagnosis(program.name, "wrong version", found, f"get it: {get}{chosen}")
    if program.name == "kubectl" and (skew := _skew(version, settings)):
        return Diagnosis(program.name, "note", f"{version}; {skew}")
    return Diagnosis(program.name, "ok", version)


def _version(
    program: Program, environment: Mapping[str, str] | None
) -> tuple[str | None, Completed]:
    """Return the version that a program tells, and its last answer. Raises `MissingProgram`."""
    version = None
    for arguments in program.version or (("--version",),):
        answer = run((program.name, *arguments), environment=environment, timeout=_VERSION_TIMEOUT)
        # Some print their version to stderr, among them the aws of old.
        version = version_in(program, f"{answer.stdout}\n{answer.stderr}")
        if version is not None or answer.timed_out:
            break
    return version, answer


def _skew(version: str, settings: Settings) -> str:
    """Return what is to be said where kubectl is far from the cluster's version."""
    cluster = settings.components["kubernetes"]
    if abs(release(version)[1] - release(cluster)[1]) <= 1:
        return ""
    return f"Kubernetes {cluster} is more than one minor version away, which usually works"


def credentials(region: str, environment: Mapping[str, str] | None = None) -> Diagnosis:
    """Return whether AWS knows who is asking."""
    argv = ("aws", "sts", "get-caller-identity", "--region", region)
    query = ("--query", "Arn", "--output", "text")
    return _asked("AWS credentials", (*argv, *query), r"arn:\S+", environment)


def cluster(kubeconfig: str, environment: Mapping[str, str] | None = None) -> Diagnosis:
    """Return whether the cluster of a kubeconfig answers."""
    env = {**(os.environ if environment is None else environment), "KUBECONFIG": kubeconfig}
    question = ("kubectl", "get", "namespace", "default", "-o", "name")
    return _asked("cluster", question, "namespace/default", env)


def _asked(
    name: str, argv: tuple[str, ...], wanted: str, environment: Mapping[str, str] | None
) -> Diagnosis:
    try:
        answer = run(argv, environment=environment, timeout=_SERVER_TIMEOUT)
    except MissingProgram as error:
        # Whether that one is needed is told of the programs.
        return Diagnosis(name, "unknown", f"cannot be asked without {error}")
    found = answer.stdout.strip()
    if answer.code == 0 and re.fullmatch(wanted, found):
        return Diagnosis(name, "ok", found)
    return Diagnosis(name, "no answer", _last_line(answer), remedy_for(answer.words))


def _last_line(answer: Completed) -> str:
    if answer.timed_out:
        return f"no answer within {answer.seconds:.0f} s"
    lines = answer.words.splitlines()
    return lines[-1].strip()[:_WORDS] if lines else f"exit code {answer.code}"

"""Which programs there are: how each tells its version, and where it is to be had."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dtemplates.stacks import is_first_eksctl, release

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dtemplates.settings.root import Settings


@dataclass(frozen=True)
class Program:
    """A program that steps start, or that those programs start themselves."""

    name: str
    purpose: str
    get: str
    # Arguments that print the version without asking any server, the first that does; none where
    # the version does not matter.
    version: tuple[tuple[str, ...], ...] = ()
    pattern: str = r"(\d+\.\d+\.\d+)"


PROGRAMS = {
    one.name: one
    for one in (
        Program(
            "eksctl",
            "makes the cluster and its node groups",
            "https://docs.aws.amazon.com/eks/latest/eksctl/installation.html",
            (("version",),),
        ),
        Program(
            "kubectl",
            "applies manifests, and tells what became of them",
            "https://kubernetes.io/docs/tasks/tools/",
            (("version", "--client", "-o", "json"),),
            r'"gitVersion":\s*"v(\d+\.\d+\.\d+)',
        ),
        Program(
            "aws",
            "lets kubectl into the cluster, and makes file systems",
            "https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html",
            (("--version",),),
            r"aws-cli/(\d+\.\d+\.\d+)",
        ),
        Program(
            "helm",
            "installs charts",
            "https://helm.sh/docs/intro/install/",
            # Helm 2 would ask Tiller without --client, which Helm 4 does not know.
            (("version", "--client", "--short"), ("version", "--short")),
            r"v(\d+\.\d+\.\d+)",
        ),
        Program(
            "aws-iam-authenticator",
            "lets kubectl into the cluster",
            "https://docs.aws.amazon.com/eks/latest/userguide/install-aws-iam-authenticator.html",
        ),
        Program("git", "fetches the driver's kustomization for kubectl", "https://git-scm.com"),
        Program("diff", "compares manifests for kubectl diff", "package diffutils"),
    )
}
_OLD_EKSCTL = "https://github.com/eksctl-io/eksctl/releases/tag/0.1.40"
_OLD_HELM = "https://github.com/helm/helm/releases/tag/v2.17.0"

# kubectl diff came with 1.13, server-side apply was finished in 1.22; `aws eks get-token` and
# `cloudformation deploy --tags` are in 1.16.156 (2019-05-10).
_KUBECTL, _OLD_KUBECTL, _AWS = "1.22", "1.13", "1.16.156"


@dataclass(frozen=True)
class Requirement:
    """A program that must be there, in a version from `least` on and before `below`.

    `setting` is what chooses the version, where the settings do.
    """

    program: Program
    least: str = ""
    below: str = ""
    get: str = ""
    setting: str = ""

    @property
    def wanted(self) -> str:
        """The versions that will do, in words."""
        if self.least and self.below:
            return f"{self.least} or later, before {self.below}"
        return f"{self.least} or later" if self.least else "any version"

    def suits(self, version: str) -> bool:
        """Return whether this version will do."""
        found = release(version)
        if self.least and found < release(self.least):
            return False
        return not self.below or found < release(self.below)


def required(
    settings: Settings, programs: Iterable[str], *, own_kubeconfig: bool = False
) -> Iterator[Requirement]:
    """Yield what must be there for these programs to do their work, in the order of the table."""
    versions = settings.components
    first = is_first_eksctl(versions["eksctl"])
    names = set(programs)
    if "kubectl" in names:
        names.add("diff")
        if not own_kubeconfig:
            names.add("aws-iam-authenticator" if first else "aws")
    for name, program in PROGRAMS.items():
        if name in names:
            yield _requirement(program, versions, first=first)


def _requirement(program: Program, versions: dict[str, str], *, first: bool) -> Requirement:
    if program.name == "eksctl":
        version = versions["eksctl"]
        if first:
            # Each later eksctl takes other files, and makes no Kubernetes of that time.
            return Requirement(program, "0.1.0", "0.2", _OLD_EKSCTL, "versions.eksctl")
        return Requirement(program, version, setting="versions.eksctl")
    if program.name == "helm":
        if release(versions["helm"]) < (3,):
            return Requirement(program, "2.17.0", "3", _OLD_HELM, "versions.helm")
        return Requirement(program, "3.0", setting="versions.helm")
    least = {"kubectl": _OLD_KUBECTL if first else _KUBECTL, "aws": _AWS}
    return Requirement(program, least.get(program.name, ""))


def version_in(program: Program, text: str) -> str | None:
    """Return the version that a program printed; None where there is none in it."""
    found = re.search(program.pattern, text)
    return found[1] if found else None

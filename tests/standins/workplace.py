"""All that a run of dtemplates needs and touches: a cluster, programs, settings, a folder."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from standins.kubernetes_api import KubernetesApi
from standins.programs import Programs

Stack = Literal["classic", "current"]

CURRENT = """\
stack: current
cluster:
  name: demo
  region: us-east-1
  vpc: {id: vpc-0a, public_subnets: {us-east-1b: subnet-0a, us-east-1c: subnet-0b}}
nodegroups:
  - name: gpu
    instance_type: p5.48xlarge
    availability_zones: [us-east-1c]
    desired_capacity: 2
    min_size: 0
    efa: true
namespace: training
fsx: {name: data, capacity: 4800Gi, create: {deployment_type: SCRATCH_2}}
tensorboard: {image: tensorflow/tensorflow:2.17.0}
jobs:
  - {name: resnet, image: example/train:1.0, gpus: 16, command: [python, train.py]}
"""
CLASSIC = """\
stack: classic
cluster:
  name: demo
  region: us-east-1
  vpc: {id: vpc-0a, public_subnets: {us-east-1b: subnet-0a, us-east-1c: subnet-0b}}
nodegroups:
  - name: p3dn
    instance_type: p3dn.24xlarge
    availability_zones: [us-east-1c]
    desired_capacity: 2
fsx: {name: data, file_system_id: fs-0123456789abcdef0, capacity: 3600Gi}
jobs:
  - {name: maskrcnn, image: example/train:1.0, gpus: 16, command: [python, train.py]}
"""
# Words of commands that change nothing.
ASKING = frozenset(
    {"get", "diff", "status", "version", "--version", "config", "exec", "wait", "rollout"}
    | {"describe-stacks", "describe-subnets", "describe-cluster", "get-caller-identity"}
)
SETTINGS: dict[Stack, str] = {"classic": CLASSIC, "current": CURRENT}


@dataclass(frozen=True)
class Done:
    """How a command line ended."""

    code: int
    stdout: str
    stderr: str

    @property
    def output(self) -> str:
        return self.stdout + self.stderr


class Workplace:
    """A folder with settings, in which dtemplates runs against stand-ins."""

    def __init__(
        self,
        folder: Path,
        stack: Stack,
        api: KubernetesApi,
        tools: Path,
        settings: str | None = None,
    ) -> None:
        self.folder = folder / "work"
        self.folder.mkdir(parents=True)
        self.api = api
        self.stack = stack
        self.settings = self.folder / "dtemplates.yaml"
        self._text = SETTINGS[stack] if settings is None else settings
        self._cache = folder / "cache"
        self.settings.write_text(self._text, "utf-8")
        config = api.kubeconfig(folder / "kubeconfig")
        self.programs = Programs(
            folder / "programs",
            stack=stack,
            kubectl=tools / "kubectl",
            helm=tools / "helm" if stack == "current" else None,
            kubeconfig_of_cluster=config,
        )
        self.programs.kubernetes(kubeconfig=config, kubectl=tools / "kubectl")
        self.environment = self.programs.environment(
            KUBECACHEDIR=str(self._cache), COLUMNS="200", PYTHONDONTWRITEBYTECODE="1"
        )

    def renew(self) -> None:
        """Forget what runs have left in the folder, and what a test has set there."""
        shutil.rmtree(self.folder / ".dtemplates", ignore_errors=True)
        shutil.rmtree(self._cache, ignore_errors=True)
        self.settings.write_text(self._text, "utf-8")
        for tool in self.programs.tools:
            self.programs.put_back(tool)

    def start(self, *arguments: str, **more: str) -> subprocess.Popen[str]:
        """Start dtemplates, in a session of its own as a shell would."""
        return subprocess.Popen(
            [sys.executable, "-m", "dtemplates", *arguments],
            cwd=self.folder,
            env=self.environment | more,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str, timeout: float = 60, **more: str) -> Done:
        """Run dtemplates to its end, and return how it ended."""
        with self.start(*arguments, **more) as process:
            try:
                stdout, stderr = process.communicate(timeout=timeout)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
            return Done(process.returncode, stdout, stderr)

    def state(self) -> dict[str, Any]:
        """All that there is, comparable with what another run has led to."""
        return {"programs": self.programs.state(), "objects": self.api.all()}

    def object(self, resource: str, namespace: str, name: str) -> dict[str, Any]:
        """An object of the cluster, which must be there."""
        found = self.api.get(resource, namespace, name)
        assert found is not None, f"there is no {resource} {name}"
        return found

    def commands(self) -> list[str]:
        """The command lines that changed something, in their order."""
        return [
            shlex.join((call.tool, *call.argv))
            for call in self.programs.calls()
            if not ASKING & set(call.argv[:2])
        ]

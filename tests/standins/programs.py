"""A folder of executables to stand first on PATH, in place of eksctl, aws, helm and kubectl."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from standins import faults
from standins.world import EMPTY, World, locked, write

HERE = Path(__file__).parent
TOOLS = ("eksctl", "aws", "kubectl", "helm")
AUTHENTICATOR = "aws-iam-authenticator"
# What the tools and hooks of the project may call besides each other.
SYSTEM = """
sh bash env cat cp mv rm mkdir ls ln sleep echo true false test diff tee head tail grep sed tr sort
wc mktemp dirname basename uname id kill chmod touch printf less git
"""
SCRIPT = """#!{python} -IS
import sys
sys.path.insert(0, {tests!r})
from standins.program import main
main({tool!r}, {folder!r})
"""
Snapshot = dict[str, tuple[bytes, int]]


@dataclass(frozen=True)
class Call:
    """One call of a tool, as it was made."""

    tool: str
    argv: tuple[str, ...]
    cwd: str
    kubeconfig: str | None
    stdin: str | None
    time: float
    pid: int
    parent: int


class Programs:
    """`bin` goes first on PATH; `environment` has the rest that a run needs."""

    def __init__(
        self,
        folder: Path,
        *,
        stack: Literal["classic", "current"],
        kubectl: Path | None = None,
        helm: Path | None = None,
        kubeconfig_of_cluster: Path | None = None,
    ) -> None:
        self.folder = folder.resolve()
        self.stack = stack
        self.bin = self.folder / "bin"
        self.state_folder = self.folder / "state"
        self.home = self.folder / "home"
        self.system = self.folder / "system"
        for one in (self.bin, self.state_folder, self.home, self.system):
            one.mkdir(parents=True, exist_ok=True)
        settings = {
            "stack": stack,
            "modules": {
                "eksctl": "eksctl",
                "aws": "aws",
                AUTHENTICATOR: "authenticator",
                "kubectl": "kubectl",
                "helm": "helm2" if stack == "classic" else "helm",
            },
            "kubectl": str(kubectl) if kubectl else None,
            "helm": str(helm) if helm else None,
            "kubeconfig_of_cluster": str(kubeconfig_of_cluster) if kubeconfig_of_cluster else None,
            "oracles": os.environ.get("DTEMPLATES_ORACLES"),
            "packages": [one for one in sys.path if one.endswith("site-packages")],
            "spared": os.getpid(),
        }
        write(self.folder / "programs.json", json.dumps(settings))
        self.tools = (*TOOLS, AUTHENTICATOR) if stack == "classic" else TOOLS
        for tool in self.tools:
            self.put_back(tool)
        for name in SYSTEM.split():
            path = shutil.which(name)
            if path and not (self.system / name).is_symlink():
                (self.system / name).symlink_to(path)

    def environment(self, **more: str) -> dict[str, str]:
        return {
            "PATH": f"{self.bin}{os.pathsep}{self.system}",
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "not-a-secret",
            **more,
        }

    def calls(self, tool: str | None = None) -> list[Call]:
        path = self.state_folder / "calls.jsonl"
        lines = path.read_text("utf-8").splitlines() if path.exists() else []
        found = [json.loads(line) for line in lines]
        return [
            Call(**{**one, "argv": tuple(one["argv"])})
            for one in found
            if tool in (None, one["tool"])
        ]

    def plan_fault(self, tool: str, *words: str, kind: str, times: int = 1, after: int = 0) -> None:
        """The next `times` calls of `tool` with these words, `after` some, misbehave."""
        assert tool in self.tools, tool
        assert kind in faults.KINDS, kind
        faults.plan(self.state_folder, tool=tool, words=words, kind=kind, times=times, after=after)

    def clear_faults(self) -> None:
        with locked(self.state_folder):
            (self.state_folder / "faults.json").unlink(missing_ok=True)

    def unused_faults(self) -> list[dict[str, Any]]:
        """What was planned and never struck; a test that plans in vain proves nothing."""
        path = self.state_folder / "faults.json"
        plans = json.loads(path.read_text("utf-8")) if path.exists() else []
        return [one for one in plans if one["times"] > 0]

    def remove(self, tool: str) -> None:
        (self.bin / tool).unlink()

    def put_back(self, tool: str) -> None:
        text = SCRIPT.format(
            python=sys.executable, tests=str(HERE.parent), tool=tool, folder=str(self.folder)
        )
        write(self.bin / tool, text, 0o755)

    def hanging(self, *, timeout: float = 0.0) -> list[int]:
        """The ids of processes that hang; waits up to `timeout` seconds for one."""
        folder = self.state_folder / "hanging"
        end = time.monotonic() + timeout
        while True:
            found = [int(one.name) for one in folder.glob("[0-9]*")]
            if found or time.monotonic() >= end:
                return found
            time.sleep(0.01)

    def end_hanging(self) -> None:
        """Even stubborn ones end when their mark is gone."""
        for one in (self.state_folder / "hanging").glob("[0-9]*"):
            one.unlink(missing_ok=True)

    def kubernetes(self, *, kubeconfig: Path, kubectl: Path) -> None:
        """From now on eksctl and helm put into this cluster what a real one would have."""
        reach = {"kubeconfig": str(kubeconfig), "kubectl": str(kubectl)}
        write(self.state_folder / "kubernetes.json", json.dumps(reach))

    def set_status(self, name: str, status: str | int) -> None:
        """Break a cluster, node group, add-on, stack or release, by its name."""
        with World(self.state_folder).change() as data:
            clusters = data["clusters"]
            if name == "cluster" and len(clusters) == 1:
                (name,) = clusters
            within = [
                place[kind][name]
                for place in clusters.values()
                for kind in ("nodegroups", "addons")
                if name in place[kind]
            ]
            stacks = [one for one in data["stacks"].values() if one["name"] == name]
            tops = [data[kind][name] for kind in ("clusters", "releases") if name in data[kind]]
            found = [*tops, *within, *stacks]
            assert len(found) == 1, f"{len(found)} things are named {name}"
            found[0].pop("questions", None)
            found[0]["code" if "code" in found[0] else "status"] = status

    def add_file_system(self, name: str, *, mount_name: str, subnet: str = "subnet-0a") -> None:
        """A file system that was there before."""
        with World(self.state_folder).change() as data:
            data["file_systems"][name] = {
                "DeploymentType": "PERSISTENT_2",
                "MountName": mount_name,
                "Lifecycle": "AVAILABLE",
                "StorageCapacity": 4800,
                "SubnetIds": [subnet],
            }

    def add_subnet(self, name: str, *, zone: str, vpc: str) -> None:
        with World(self.state_folder).change() as data:
            data["subnets"][name] = [zone, vpc]

    def state(self) -> dict[str, Any]:
        """What there is now, comparable with what another run has led to."""
        found = World(self.state_folder).read()
        configs = sorted(one for one in (self.home / ".kube").rglob("*") if one.is_file())
        found["kubeconfigs"] = {
            str(one.relative_to(self.home)): re.findall(r"user: (\S+)", one.read_text("utf-8"))
            for one in configs
            if "cache" not in one.relative_to(self.home).parts
        }
        assert EMPTY.keys() <= found.keys()
        return found

    def snapshot(self) -> Snapshot:
        return {
            str(one.relative_to(self.folder)): (one.read_bytes(), one.stat().st_mode & 0o777)
            for one in self._kept()
        }

    def restore(self, snapshot: Snapshot) -> None:
        for one in self._kept():
            if str(one.relative_to(self.folder)) not in snapshot:
                one.unlink()
        for name, (content, mode) in snapshot.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            path.chmod(mode)

    def _kept(self) -> list[Path]:
        return [
            path
            for top in (self.state_folder, self.home)
            for path in top.rglob("*")
            if path.is_file()
            and not {"cache", ".cache", "hanging"} & {*path.relative_to(self.folder).parts}
        ]

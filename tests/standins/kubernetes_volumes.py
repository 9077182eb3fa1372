"""Which PersistentVolume a claim is bound to, simulated."""

from __future__ import annotations

import re
import uuid

from standins.kubernetes_controllers import Cluster
from standins.kubernetes_kinds import Object
from standins.kubernetes_store import Key, place

CLAIMS = "persistentvolumeclaims"
VOLUMES = "persistentvolumes"
PROVISIONER = "fsx.csi.aws.com"
UNITS = {"": 1, "m": 0.001} | {
    f"{letter}{binary}": (1024 if binary else 1000) ** power
    for power, letter in enumerate(["k", "M", "G", "T", "P", "E"], start=1)
    for binary in ("", "i")
}


def size(quantity: object) -> float:
    found = re.fullmatch(r"([0-9.]+)([a-zA-Z]*)", str(quantity))
    return float(found[1]) * UNITS.get(found[2].replace("Ki", "ki"), 1) if found else 0


class Volumes(Cluster):
    """Binds claims to volumes of their class, and provisions what FSx' driver would."""

    def run(self) -> None:
        for key, claim in self.store.of(CLAIMS).items():
            if place(claim, "status.phase") not in ("Bound", "Lost"):
                self.settle(key, claim)
        for key, claim in self.store.of(CLAIMS).items():
            volume = self.store.objects.get(Key(VOLUMES, "", claim["spec"].get("volumeName", "")))
            if place(claim, "status.phase") == "Bound" and volume is None:
                self.set_status(key, phase="Lost")
        for key, volume in self.store.of(VOLUMES).items():
            self.settle_volume(key, volume)

    def settle(self, key: Key, claim: Object) -> None:
        spec = claim["spec"]
        if key.name in self.behaviours.never_bound:
            message = self.behaviours.never_bound[key.name]
            self.event(key, "Warning", "ProvisioningFailed", message)
        elif self.ready(key):
            volume = self.found(key, spec) or self.provisioned(key, spec)
            if volume:
                self.bind(key, claim, volume)
                return
            self.explain(key, spec)
        self.set_status(key, phase="Pending")

    def found(self, key: Key, spec: Object) -> Key | None:
        for volume, obj in self.store.of(VOLUMES).items():
            reference = obj["spec"].get("claimRef") or {}
            named = spec.get("volumeName") in (None, "", volume.name)
            free = (reference.get("namespace"), reference.get("name")) in (
                (None, None),
                (key.namespace, key.name),
            )
            released = place(obj, "status.phase") == "Released"
            if named and free and not released and self.fits(spec, obj["spec"]):
                return volume
        return None

    def fits(self, claim: Object, volume: Object) -> bool:
        wanted = place(claim, "resources.requests.storage") or 0
        return (
            (claim.get("storageClassName") or "") == (volume.get("storageClassName") or "")
            and set(claim.get("accessModes", ())) <= set(volume.get("accessModes", ()))
            and size(wanted) <= size(place(volume, "capacity.storage") or 0)
        )

    def provisioned(self, key: Key, spec: Object) -> Key | None:
        class_name = spec.get("storageClassName") or ""
        found = self.store.objects.get(Key("storageclasses.storage.k8s.io", "", class_name))
        if spec.get("volumeName") or not found or found.get("provisioner") != PROVISIONER:
            return None
        # A real one is named by the claim's uid, which would differ from run to run.
        name = f"pvc-{uuid.uuid5(uuid.NAMESPACE_DNS, f'{key.name}.{key.namespace}')}"
        volume = Key(VOLUMES, "", name)
        host = "fs-0123456789abcdef0.fsx.us-east-1.amazonaws.com"
        own = {
            "capacity": {"storage": place(spec, "resources.requests.storage")},
            "accessModes": spec.get("accessModes", []),
            "storageClassName": class_name,
            "persistentVolumeReclaimPolicy": found.get("reclaimPolicy", "Delete"),
            "mountOptions": found.get("mountOptions", []),
            "volumeMode": "Filesystem",
            "csi": {
                "driver": PROVISIONER,
                "volumeHandle": host.partition(".")[0],
                "volumeAttributes": {"dnsname": host, "mountname": "abcdef01"},
            },
        }
        annotations = {"pv.kubernetes.io/provisioned-by": PROVISIONER}
        metadata = {**self.store.fresh_metadata(), "name": name, "annotations": annotations}
        kind = {"apiVersion": "v1", "kind": "PersistentVolume"}
        self.store.write(volume, {**kind, "metadata": metadata, "spec": own})
        return volume

    def bind(self, key: Key, claim: Object, volume: Key) -> None:
        obj = self.store.objects[volume]
        reference = {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "namespace": key.namespace,
            "name": key.name,
            "uid": claim["metadata"]["uid"],
        }
        self.store.write(volume, {**obj, "spec": {**obj["spec"], "claimRef": reference}})
        self.store.write(key, {**claim, "spec": {**claim["spec"], "volumeName": volume.name}})
        self.set_status(
            key,
            phase="Bound",
            accessModes=obj["spec"].get("accessModes", []),
            capacity=obj["spec"].get("capacity", {}),
        )

    def explain(self, key: Key, spec: Object) -> None:
        """Say why nothing was bound: what a real controller says, under FailedBinding as well."""
        class_name = spec.get("storageClassName")
        message = "no persistent volumes available for this claim and no storage class is set"
        if class_name:
            message = f'storageclass.storage.k8s.io "{class_name}" not found'
            if Key("storageclasses.storage.k8s.io", "", class_name) in self.store.objects:
                message = f'no persistent volume of class "{class_name}" fits this claim'
            self.event(key, "Warning", "ProvisioningFailed", message)
        self.event(key, "Normal", "FailedBinding", message)

    def settle_volume(self, key: Key, volume: Object) -> None:
        reference = volume["spec"].get("claimRef")
        phase = "Available"
        if reference and "uid" in reference:
            claim = self.store.objects.get(Key(CLAIMS, reference["namespace"], reference["name"]))
            gone = claim is None or claim["metadata"]["uid"] != reference["uid"]
            if gone and volume["spec"].get("persistentVolumeReclaimPolicy") == "Delete":
                self.store.remove(key)
                return
            phase = "Released" if gone else "Bound"
        self.set_status(key, phase=phase)

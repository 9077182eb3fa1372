"""Classes of file systems that FSx refuses to make, or makes into something else (DT1…)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dtemplates.inventory.storage import MADE_OF, NewLustre, class_of
from dtemplates.rules.rule import Breach, rule
from dtemplates.settings.lustre import THROUGHPUTS, fits, steps
from dtemplates.suggestions import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from fractions import Fraction

    from dtemplates.inventory import Inventory, Part

_PARAMETERS = (
    "https://github.com/kubernetes-sigs/aws-fsx-csi-driver/blob/master/examples/kubernetes/"
    "dynamic_provisioning/README.md"
)
_KINDS = {kind for kind, _ in THROUGHPUTS}
_GIB = 2**30


@rule(
    "DT107",
    "warning",
    symptom="The driver makes a file system of the next size that FSx has, and you pay for that.",
    remedy="ask for a size that FSx has",
    source="https://github.com/kubernetes-sigs/aws-fsx-csi-driver/blob/master/pkg/util/util.go",
)
def size_that_fsx_has(inventory: Inventory) -> Iterator[Breach]:
    """A claim for a new file system asks for a size that FSx has."""
    classes = {one.name: one for one in inventory.fsx_classes}
    bound = {id(one.claim.document) for one in inventory.bindings}
    for claim in inventory.claims:
        storage_class = classes.get(class_of(claim))
        asked = claim.at("spec", "resources", "requests", "storage")
        if storage_class is None or asked.amount is None or id(claim.document) in bound:
            continue
        lustre = NewLustre.of(storage_class)
        single, step = steps(lustre.kind, lustre.storage, lustre.throughput)
        gib = asked.amount / _GIB
        if lustre.is_known and not fits(gib, single, step):
            made = _next(gib, single, step)
            yield Breach(
                asked,
                f"claim {claim.name} asks for {asked.value}, and the driver makes a {lustre.kind} "
                f"{lustre.storage} file system of {made}Gi",
                f"ask for {made}Gi",
                tuple(lustre.parameters[name] for name in MADE_OF),
            )


def _next(gib: Fraction, single: tuple[int, ...], step: int) -> int:
    rounded = max(-(-gib // step), 1) * step
    return next((size for size in single if size >= gib), rounded)


@rule(
    "DT108",
    "error",
    symptom='The claim is Pending: "InvalidPerUnitStorageThroughput", or "There is already a disk '
    'with same ID and different size", which is the same.',
    remedy="give perUnitStorageThroughput to persistent file systems, and to no others",
    source="https://github.com/kubernetes-sigs/aws-fsx-csi-driver/issues/287",
)
def throughput_of_deployment(inventory: Inventory) -> Iterator[Breach]:
    """The throughput of a class is one of its deployment type's."""
    for storage_class in inventory.fsx_classes:
        lustre = NewLustre.of(storage_class)
        parameters, allowed = lustre.parameters, THROUGHPUTS.get((lustre.kind, lustre.storage))
        what = f"a {lustre.kind} {lustre.storage} file system"
        given = parameters["perUnitStorageThroughput"]
        compared = (parameters["deploymentType"], parameters["storageType"], given)
        if allowed is None:
            if lustre.kind in _KINDS and lustre.storage == "HDD":
                message = (
                    f"class {storage_class.name} is {lustre.kind} on HDD, which FSx does not have"
                )
                yield Breach(compared[1], message, "use PERSISTENT_1, or SSD", compared)
            continue
        choice = " or ".join(map(str, allowed))
        if not given and allowed:
            yield Breach(
                given,
                f"class {storage_class.name} gives no throughput to {what}",
                f'give perUnitStorageThroughput: {choice}, as text: "{allowed[0]}"',
                compared,
            )
        elif given and lustre.throughput not in allowed:
            remedy = f"give {choice}" if allowed else "leave it out, or use a persistent type"
            yield Breach(given, f"{what} cannot have {given.value} MB/s/TiB", remedy, compared)


@rule(
    "DT111",
    "error",
    symptom="The claim is Pending for ever: FSx refuses to make the file system.",
    remedy="give subnetId, that of the nodes, and securityGroupIds, which let TCP 988 and "
    "1018 to 1023 in",
    source=_PARAMETERS,
)
def network_of_class(inventory: Inventory) -> Iterator[Breach]:
    """A class of new file systems tells their one subnet and their security groups."""
    for storage_class in inventory.fsx_classes:
        parameters = storage_class["parameters"]
        for name in ("subnetId", "securityGroupIds"):
            # A name that is nearly this one is told as such.
            if not parameters[name].text.strip() and name not in _misspelt(parameters).values():
                yield Breach(
                    parameters[name],
                    f"class {storage_class.name} tells no {name}",
                    f"give parameters.{name}",
                )
        subnets = parameters["subnetId"].text.split(",")
        if len(subnets) > 1:
            message = f"class {storage_class.name} names {len(subnets)} subnets, and Lustre has one"
            yield Breach(parameters["subnetId"], message, "give the one that the nodes are in")


@rule(
    "DT116",
    "warning",
    symptom="Who deletes the claim deletes the file system, with all data in it.",
    remedy="let the reclaim policy be Retain, and delete the file system when it is not needed",
    source="https://kubernetes.io/docs/concepts/storage/storage-classes/#reclaim-policy",
)
def retained_file_system(inventory: Inventory) -> Iterator[Breach]:
    """A file system that was made for a claim outlives it."""
    for storage_class in inventory.fsx_classes:
        policy = storage_class["reclaimPolicy"]
        if policy.text in ("", "Delete"):
            default = "" if policy else ", for it names no reclaimPolicy"
            yield Breach(
                policy,
                f"the file systems of class {storage_class.name} go with their claims{default}",
            )


# Parameters of the driver 1.9.0 and its main branch in 2026, as Kubernetes knows them.
_NAMES = frozenset(
    [
        *("subnetId", "securityGroupIds", "deploymentType", "storageType", "kmsKeyId"),
        *("perUnitStorageThroughput", "driveCacheType", "dataCompressionType"),
        *("automaticBackupRetentionDays", "dailyAutomaticBackupStartTime", "copyTagsToBackups"),
        *("weeklyMaintenanceStartTime", "fileSystemTypeVersion", "extraTags", "efaEnabled"),
        *("metadataConfigurationMode", "metadataIops", "skipFinalBackup"),
        *("s3ImportPath", "s3ExportPath", "autoImportPolicy"),
        *("throughputCapacity", "dataReadCacheSizingMode", "dataReadCacheSizeGiB"),
    ]
)


@rule(
    "DT125",
    "warning",
    symptom="The driver leaves out what it does not know, and FSx takes its own default.",
    remedy="spell the parameter as the driver does",
    source=_PARAMETERS,
)
def known_parameters(inventory: Inventory) -> Iterator[Breach]:
    """The parameters of a class are spelt as the driver spells them."""
    for storage_class in inventory.fsx_classes:
        parameters = storage_class["parameters"]
        for name, meant in _misspelt(parameters).items():
            message = f"the driver has no parameter {name}"
            yield Breach(parameters[name], message, f"did you mean {meant}?", key=True)


def _misspelt(parameters: Part) -> dict[str, str]:
    """Return the names that are none, and what each is to be; only where that is not given."""
    found = {}
    for name in parameters.fields:
        if name not in _NAMES and "/" not in name:
            meant = nearest(name, _NAMES - parameters.fields.keys())
            if meant:
                found[name] = meant
    return found

"""Parameters of a class that FSx refuses for its deployment type (DT124)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dtemplates.inventory.storage import NewLustre
from dtemplates.rules.rule import Breach, rule
from dtemplates.suggestions import nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dtemplates.inventory import Inventory, Part

# What FSx makes (CreateFileSystem, botocore 1.44.5); a slip in it is a type that there is not.
_TYPES = {
    "deploymentType": ("SCRATCH_1", "SCRATCH_2", "PERSISTENT_1", "PERSISTENT_2"),
    "storageType": ("SSD", "HDD", "INTELLIGENT_TIERING"),
    "dataCompressionType": ("NONE", "LZ4"),
    "driveCacheType": ("NONE", "READ"),
    "fileSystemTypeVersion": ("2.10", "2.12", "2.15"),
    "metadataConfigurationMode": ("AUTOMATIC", "USER_PROVISIONED"),
    "autoImportPolicy": ("NONE", "NEW", "NEW_CHANGED", "NEW_CHANGED_DELETED"),
}


# What decides about the others.
_COMPARED = (
    *("deploymentType", "storageType", "fileSystemTypeVersion", "metadataConfigurationMode"),
    *("s3ImportPath", "driveCacheType"),
)


class _Condition(NamedTuple):
    """Where a parameter cannot be: `holds` tells of the value and of what is made."""

    name: str
    holds: Callable[[str, NewLustre], bool]
    message: str
    remedy: str


def _is_scratch(lustre: NewLustre) -> bool:
    return lustre.kind.startswith("SCRATCH_")


def _is_other(lustre: NewLustre) -> bool:
    return lustre.kind in _TYPES["deploymentType"][:3]


def _says(value: str) -> bool:
    return value.lower() in ("true", "t", "1")


def _has_metadata(lustre: NewLustre) -> bool:
    return bool(lustre.parameters["metadataConfigurationMode"].text)


def _iops(value: str) -> bool:
    """Return whether metadata IOPS can be had (FSx API, botocore 1.44.5)."""
    number = int(value) if value.isdecimal() and len(value) < 9 else 0
    return number in (1500, 3000, 6000) or (0 < number <= 192000 and number % 12000 == 0)


_CONDITIONS = (
    _Condition(
        "fileSystemTypeVersion",
        lambda value, made: made.kind == "PERSISTENT_2" and value == "2.10",
        "PERSISTENT_2 is Lustre 2.12 or later, and not {value}",
        "give 2.15",
    ),
    _Condition(
        "fileSystemTypeVersion",
        lambda value, made: value == "2.12" and _has_metadata(made),
        "Lustre {value} has no metadataConfigurationMode",
        "give 2.15",
    ),
    _Condition(
        "efaEnabled",
        lambda value, made: _is_other(made) and _says(value),
        "a {kind} file system has no EFA",
        "use PERSISTENT_2, or leave it out",
    ),
    _Condition(
        "efaEnabled",
        lambda value, made: not _is_other(made) and _says(value) and not _has_metadata(made),
        "with EFA a file system needs a metadataConfigurationMode",
        "give metadataConfigurationMode: AUTOMATIC",
    ),
    _Condition(
        "metadataConfigurationMode",
        lambda value, made: _is_other(made),
        "a {kind} file system has no {name}",
        "use PERSISTENT_2, or leave it out",
    ),
    _Condition(
        "metadataIops",
        lambda value, made: _is_other(made),
        "a {kind} file system has no {name}",
        "use PERSISTENT_2, or leave it out",
    ),
    _Condition(
        "metadataIops",
        lambda value, made: not _is_other(made) and made.is_known and not _iops(value),
        "{value} metadata IOPS cannot be had",
        "give 1500, 3000, 6000 or a multiple of 12000",
    ),
    _Condition(
        "metadataIops",
        lambda value, made: made.parameters["metadataConfigurationMode"].text == "AUTOMATIC",
        "metadata IOPS are not chosen where they are AUTOMATIC",
        "leave it out, or give metadataConfigurationMode: USER_PROVISIONED",
    ),
    _Condition(
        "driveCacheType",
        lambda value, made: made.storage == "SSD",
        "an SSD file system has no {name}",
        "leave it out",
    ),
    _Condition(
        "automaticBackupRetentionDays",
        lambda value, made: _is_scratch(made) and value != "0",
        "a {kind} file system has no backups",
        "leave it out, or use a persistent type",
    ),
    _Condition(
        "s3ExportPath",
        lambda value, made: not made.parameters["s3ImportPath"].text,
        "nothing is imported, so that nothing can be exported to {value}",
        "give s3ImportPath, too",
    ),
    _Condition(
        "autoImportPolicy",
        lambda value, made: value != "NONE" and not made.parameters["s3ImportPath"].text,
        "nothing is imported, neither once nor by {value}",
        "give s3ImportPath, too",
    ),
    _Condition(
        "s3ExportPath",
        lambda value, made: (
            _bucket(value) != _bucket(made.parameters["s3ImportPath"].text or value)
        ),
        "{value} is not in the bucket that is imported from",
        "export to the bucket of s3ImportPath",
    ),
)


@rule(
    "DT124",
    "error",
    symptom='The claim is Pending: FSx answers "BadRequest" or "InvalidParameter" to each attempt.',
    remedy="give what the deployment type has, and nothing else",
    source="https://docs.aws.amazon.com/fsx/latest/APIReference/"
    "API_CreateFileSystemLustreConfiguration.html",
)
def parameters_of_deployment(inventory: Inventory) -> Iterator[Breach]:
    """What a new file system is given goes with its deployment type."""
    for storage_class in inventory.fsx_classes:
        made = NewLustre.of(storage_class)
        parameters = made.parameters
        compared = tuple(parameters[one] for one in _COMPARED)
        yield from _misspelt(parameters)
        for name, holds, message, remedy in _CONDITIONS:
            given = parameters[name]
            if given.text and not _linked_otherwise(name, made) and holds(given.text, made):
                words = {"kind": made.kind, "value": given.text, "name": name}
                yield Breach(given, message.format(**words), remedy, compared)
        if made.storage == "HDD" and made.is_known and not parameters["driveCacheType"].text:
            message = f"class {storage_class.name} makes file systems on HDD without driveCacheType"
            remedy = "give driveCacheType: NONE or READ"
            yield Breach(parameters["driveCacheType"], message, remedy, compared)


def _misspelt(parameters: Part) -> Iterator[Breach]:
    for name, known in _TYPES.items():
        given = parameters[name]
        if given.text and given.text not in known and (meant := nearest(given.text, known)):
            yield Breach(given, f"FSx has no {name} {given.text}", f"did you mean {meant}?")


def _linked_otherwise(name: str, made: NewLustre) -> bool:
    """Return whether it is about S3, of which PERSISTENT_2 is told nothing at all (DT109)."""
    return made.kind == "PERSISTENT_2" and name in ("s3ExportPath", "autoImportPolicy")


def _bucket(path: str) -> str:
    return path.removeprefix("s3://").partition("/")[0]

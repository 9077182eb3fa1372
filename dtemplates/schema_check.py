"""One document against the schema of its kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from dtemplates import kinds
from dtemplates.findings import SCHEMA, VERSION
from dtemplates.inventory.parts import documents_in
from dtemplates.inventory.storage import is_function
from dtemplates.schema_wording import QUOTE, word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dtemplates.findings import Path
    from dtemplates.inventory.parts import Part
    from dtemplates.json_schemas import JsonSchema
    from dtemplates.manifests import Manifest
    from dtemplates.schema_wording import Kind


# The types that schemas/cloudformation_fsx.schema.json describes begin like this.
_OF_FSX = ("AWS::FSx::", "AWS::EC2::SecurityGroup")


class Complaint(NamedTuple):
    """What does not fit at a path of the document, and in what way."""

    path: Path
    message: str
    remedy: str = ""
    kind: Kind = "value"
    id: str = SCHEMA

    @property
    def about(self) -> Path:
        """The path of what it is about: of a missing field, that field's."""
        return (*self.path, self.message.partition(" ")[0]) if self.kind == "missing" else self.path


def complaints(
    manifest: Manifest, number: int, value: Any, kubernetes: str
) -> tuple[list[Complaint], bool]:
    """Return what does not fit, and whether there is a schema for all that is in the document."""
    found: dict[Complaint, None] = {}
    has_schema = True
    for document in documents_in(manifest, number, value):
        path, part = document.base, document.value
        schema = kinds.schema_of(manifest.file, part, kubernetes)
        if schema is None:
            has_schema = False
            if message := kinds.unknown(part, kubernetes):
                told = document.part["apiVersion"] and document.part["kind"]
                found[Complaint(path, message, id=VERSION if told else SCHEMA)] = None
            continue
        checks = [(path, part, schema.whole)]
        for below in schema.pod_templates:
            template = document.part.at(*below).value
            if template is not None:
                checks.append(((*path, *below), template, kinds.pod_template(kubernetes)))
        for where, inside, wanted in checks:
            found |= {
                one: None
                for one in _complaints(manifest, number, where, inside, wanted)
                if not _is_beyond(document.part, one.path[len(path) :])
            }
    return list(found), has_schema


def _is_beyond(document: Part, path: Path) -> bool:
    """Return whether no schema of ours can judge a value: CloudFormation alone can.

    It is to work the value out, or knows what resource it is in.
    """
    if path[:1] == ("Resources",) and len(path) > 1:
        resource = document["Resources"][path[1]]
        kind = resource["Type"].text
        if "::" in kind and not kind.startswith(_OF_FSX):
            return True
        # What a file system can have depends on its deployment type.
        if _is_function(resource.at("Properties", "LustreConfiguration", "DeploymentType")):
            return True
    return any(_is_function(document.at(*path[:length])) for length in range(len(path) + 1))


def _is_function(part: Part) -> bool:
    return len(part.fields) == 1 and is_function(part)


def _complaints(
    manifest: Manifest, number: int, path: Path, value: Any, wanted: JsonSchema
) -> Iterator[Complaint]:
    for mismatch in word(wanted.errors(value)):
        where = (*path, *mismatch.path)
        remedy = mismatch.remedy
        if remedy == QUOTE and (written := manifest.yaml.written(where, number)):
            remedy = f'{QUOTE}: "{written}"'
        yield Complaint(where, mismatch.message, remedy, mismatch.kind)

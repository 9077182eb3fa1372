"""What is found wrong before any rule looks, and cannot be ignored (DT0…)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dtemplates.findings import PATCH, RULE, SCHEMA, SETTINGS, TEMPLATE, VERSION, YAML
from dtemplates.rules.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dtemplates.inventory import Inventory
    from dtemplates.rules.rule import Breach


def _found_before(inventory: Inventory) -> Iterator[Breach]:
    yield from ()


_YAML_1_1 = "https://yaml.org/spec/1.1/"
_KUBERNETES = "https://kubernetes.io/docs/reference/using-api/deprecation-guide/"

BEFORE = (
    Rule(
        YAML,
        "error",
        "A file is YAML as Kubernetes reads it, and says everything once",
        "kubectl refuses the file, or takes the last of two equal keys and says nothing.",
        "mend the text where the finding points",
        _YAML_1_1,
        _found_before,
    ),
    Rule(
        SETTINGS,
        "error",
        "Settings are what they can be, by themselves and beside each other",
        "Nothing can be rendered, or eksctl, FSx or Kubernetes refuse what is.",
        "give what the finding asks for; `dtemplates schema` prints all settings there are",
        "https://json-schema.org/draft/2020-12",
        _found_before,
    ),
    Rule(
        SCHEMA,
        "error",
        "A document has the fields of its kind, with values that they take",
        "kubectl or eksctl refuses it, or leaves out what it does not know.",
        "spell the field as its kind does, and give it a value of its type",
        "https://kubernetes.io/docs/reference/kubernetes-api/",
        _found_before,
    ),
    Rule(
        TEMPLATE,
        "error",
        "A template renders, and each of its expressions is one whole YAML value",
        "A setting breaks the YAML around it, or a file is not written at all.",
        "mend the template at the line that the finding names",
        "https://jinja.palletsprojects.com/en/stable/templates/",
        _found_before,
    ),
    Rule(
        PATCH,
        "error",
        "A patch finds the document and the field that it changes",
        "What the patch was to change stays as it was.",
        "name a document that is rendered, and a path that is in it",
        "https://datatracker.ietf.org/doc/html/rfc6902",
        _found_before,
    ),
    Rule(
        VERSION,
        "error",
        "A document is of a kind that this version of Kubernetes has",
        "kubectl says `no matches for kind`.",
        "use the API version that took its place, or name the cluster's version",
        _KUBERNETES,
        _found_before,
    ),
    Rule(
        RULE,
        "error",
        "What is ignored is a rule that there is",
        "A rule that was misspelt is not ignored, and nobody notices.",
        "use an id that `dtemplates explain` lists",
        _KUBERNETES,
        _found_before,
    ),
)

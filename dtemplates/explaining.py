"""The rules told: one in full, all in a table, and the page of the documentation."""

from __future__ import annotations

import json
from textwrap import fill, indent
from typing import TYPE_CHECKING

from dtemplates import resources
from dtemplates.errors import InputError
from dtemplates.findings import Finding
from dtemplates.rules import topic_of, topics, unknown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dtemplates.rules import Rule

# How ids begin → what they are about.
GROUPS = {
    "DT0": "Before any rule",
    "DT1": "Storage",
    "DT2": "Cluster and node groups",
    "DT3": "Device plugins",
    "DT4": "Jobs and pods",
    "DT5": "Versions",
}
_WIDTH = 96
# Checks that people make by hand, and why there is no rule for them.
NOT_RULES = (
    (
        "Security groups of existing file systems open TCP 988 and 1018 to 1023",
        "only EC2 knows the rules of a group that is named by its id; those of fsx_stack.yaml "
        "are checked",
    ),
    (
        "The S3 bucket is in the same region, and may be read",
        "only S3 knows where a bucket is and whom it lets in",
    ),
    (
        "The capacity reservation is in the zone of its node group",
        "only EC2 knows where a reservation is; that the group is in one zone is checked",
    ),
    (
        "The zone offers the instance type",
        "only EC2 knows, and it changes; eksctl tells it when the stack fails",
    ),
    ("The SSH key is in the region", "only EC2 knows the key pairs of an account"),
    (
        "The existing file system is in the zone of the nodes, and in their VPC",
        "only FSx knows where it is; those that are made here are checked",
    ),
    (
        "Things are deleted in the right order",
        "no manifest says it; `dtemplates delete` does it: jobs, claims, node groups, cluster",
    ),
)


_INTRODUCTION = """\
# Rules

<!-- Made by `dtemplates explain --format markdown`: change the rules, not this page. -->

`dtemplates validate` holds manifests against their schemas, and against each other by these rules.
They look at settings, rendered and patched, and at manifests made elsewhere as far as these tell.
`--select` and `--ignore` take ids, or what ids begin with; `ignore` in the settings takes an id and
the reason. What is found before any rule (DT0…) cannot be ignored, and neither can settings that
contradict each other, whatever their id."""


def topic(id: str) -> Rule:
    """Return the rule, or what is found before any, of this id. Raises `InputError` for none."""
    found = topic_of(id)
    if found is None:
        message, remedy = unknown(id)
        raise InputError([Finding(message, file=id, remedy=remedy)])
    return found


def full(rule: Rule) -> str:
    """Return all that there is to say of a rule, with an example of wrong and one of right."""
    paragraphs = [
        f"{rule.id} {rule.level}: {rule.title}",
        _told("Otherwise:", rule.symptom),
        _told("To do:", rule.remedy),
        f"Source: {rule.source}",
    ]
    for word, text in _examples(rule):
        paragraphs.append(f"{word}:\n{indent(text.rstrip(), '    ')}")
    return "\n\n".join(paragraphs) + "\n"


def table() -> str:
    """Return a line for each rule, by groups."""
    lines: list[str] = []
    for prefix, name in GROUPS.items():
        lines += ["", f"{name}:"] if lines else [f"{name}:"]
        lines += [f"  {one.id}  {one.level:7}  {one.title}" for one in _of(prefix)]
    return "\n".join(lines) + "\n"


def page() -> str:
    """Return the documentation of all rules, in Markdown."""
    return "\n".join(_page()) + "\n"


def as_json(rules: Sequence[Rule]) -> str:
    """Return rules, all of them for none, as a JSON list."""
    fields = ("id", "level", "title", "symptom", "remedy", "source")
    told = [{name: getattr(rule, name) for name in fields} for rule in rules or topics()]
    return json.dumps(told, indent=2) + "\n"


def _page() -> Iterator[str]:
    yield _INTRODUCTION
    for prefix, name in GROUPS.items():
        yield ""
        yield f"## {name}"
        for rule in _of(prefix):
            yield ""
            yield f"### {rule.id}: {rule.title}"
            yield ""
            yield f"*{rule.level}* · {rule.symptom}"
            yield ""
            yield f"To do: {rule.remedy}. [Source]({rule.source})"
            for word, text in _examples(rule):
                yield ""
                yield f"{word}:"
                yield ""
                yield f"```yaml\n{text.rstrip()}\n```"
    yield ""
    yield "## What no rule can tell"
    yield ""
    yield "| check | why not |"
    yield "|---|---|"
    for what, why in NOT_RULES:
        yield f"| {what} | {why} |"


def _of(prefix: str) -> list[Rule]:
    return [one for one in topics() if one.id.startswith(prefix)]


def _examples(rule: Rule) -> Iterator[tuple[str, str]]:
    if rule.id.startswith("DT0"):
        return
    yield "Wrong", resources.rule_example(rule.id, "bad")
    yield "Right", resources.rule_example(rule.id, "good")


def _told(word: str, text: str) -> str:
    return fill(f"{word} {text}", _WIDTH, subsequent_indent="    ", break_on_hyphens=False)

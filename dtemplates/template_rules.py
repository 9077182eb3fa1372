"""What a template must keep to, so that no value can break the YAML around it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jinja2 import nodes

if TYPE_CHECKING:
    from collections.abc import Iterator

# What stands before and after an expression that is one whole YAML value.
_BEFORE = re.compile(r"(?:(?:^|\n) *|: |- |\[|\{|, )\Z")
_AFTER = re.compile(r"\n| #|, |\]|\}|:|\Z")

# Blocks that change a value's text after it has been quoted.
_REWRITING: dict[type[nodes.Node], str] = {
    nodes.EvalContextModifier: "autoescape",
    nodes.FilterBlock: "filter",
    nodes.ScopedEvalContextModifier: "autoescape",
}

# Filters that give text which is passed through as if it were YAML already.
RAW_FILTERS = ("e", "escape", "forceescape", "safe", "tojson", "urlize", "xmlattr")


def broken_rules(template: nodes.Template) -> Iterator[tuple[int, str]]:
    """Yield the line and the words of each place where a template breaks a rule."""
    for kind, name in _REWRITING.items():
        for block in template.find_all(kind):
            yield block.lineno, f"{{% {name} %}} changes values after they were quoted"
    for output in template.find_all(nodes.Output):
        for before, node, after in _surroundings(output.nodes):
            if not (_BEFORE.search(before) and _AFTER.match(after)):
                yield (
                    node.lineno,
                    "an expression must be one whole YAML value; join its parts inside it, "
                    'as in {{ name ~ "-worker" }}',
                )


def _surroundings(parts: list[nodes.Expr]) -> Iterator[tuple[str, nodes.Expr, str]]:
    """Yield each expression of an output with the text before and after it."""
    for number, node in enumerate(parts):
        if not isinstance(node, nodes.TemplateData):
            before = parts[number - 1] if number else None
            after = parts[number + 1] if number + 1 < len(parts) else None
            yield _data(before), node, _data(after)


def _data(node: nodes.Expr | None) -> str:
    return node.data if isinstance(node, nodes.TemplateData) else "x" if node else ""

"""Expressions in settings, `${{ matrix.gpus }}`: Jinja's grammar, without any Python behind it.

The tree is Jinja's; what it means is here: values, arithmetic, comparisons, choices, and a table of
filters. There are no calls and no attributes but the keys of mappings, and all results are small.
"""

from __future__ import annotations

import operator
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from dtemplates.findings import HALF

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jinja2 import nodes

_EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
# Characters of a text that holds expressions, and of what they may make of it.
_LONGEST, _MOST = 4_000, 20_000
_LARGEST = 2**63
_DIGITS = 400


class Unfit(Exception):
    """An expression that means nothing, and what to do about it."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy


def has_expression(text: str) -> bool:
    """Return whether a text holds an expression."""
    return "${{" in text


def evaluate(text: str, values: Mapping[str, Any]) -> Any:
    """Return the text with its expressions worked out; what is one expression keeps its type.

    `values` are JSON values by name. Raises `Unfit`.
    """
    parts = _parsed(text)
    if len(parts) == 1 and not isinstance(parts[0], str):
        return _value(parts[0], values)
    words = [part if isinstance(part, str) else as_text(_value(part, values)) for part in parts]
    return _bounded("".join(words))


@lru_cache(maxsize=4096)
def _parsed(text: str) -> list[str | nodes.Expr]:
    if len(text) > _LONGEST:
        raise Unfit(f"a text with expressions has {len(text)} characters; {_LONGEST} are possible")
    parts: list[str | nodes.Expr] = []
    start = 0
    for match in _EXPRESSION.finditer(text):
        if match.start() > start:
            parts.append(text[start : match.start()])
        parts.append(_tree(match[1].strip()))
        start = match.end()
    if has_expression(text[start:]):
        raise Unfit("'${{' has no '}}' after it", "close the expression")
    if start < len(text):
        parts.append(text[start:])
    return parts


def _tree(expression: str) -> nodes.Expr:
    from jinja2 import Environment, TemplateSyntaxError, nodes

    if not expression:
        raise Unfit("the expression is empty", "for example ${{ matrix.gpus }}")
    try:
        # Autoescape is for HTML, and nothing is rendered here.
        template = Environment(autoescape=False).parse("{{ (" + expression + ") }}")  # noqa: S701
    except TemplateSyntaxError as error:
        raise Unfit(f"{expression!r} is no expression: {error.message}") from None
    except RecursionError:
        raise Unfit("the expression nests too deep") from None
    (output,) = template.body or (None,)
    inner = output.nodes if isinstance(output, nodes.Output) else []
    if len(template.body) != 1 or len(inner) != 1:
        raise Unfit(f"{expression!r} is not one expression")
    return inner[0]


def as_text(value: Any) -> str:
    """Return a value as it stands within a text. Raises `Unfit` for lists and mappings."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    what = {dict: "a mapping", list: "a list", type(None): "nothing"}[type(value)]
    raise Unfit(f"{what} cannot stand within a text", "let the expression stand alone")


def _bounded(value: Any) -> Any:
    if isinstance(value, str) and len(value) > _MOST:
        raise Unfit(f"the text would have more than {_MOST} characters")
    if isinstance(value, str) and HALF.search(value):
        raise Unfit("the text would hold half a character")
    if type(value) is int and abs(value) >= _LARGEST:
        raise Unfit("the number is too large")
    if type(value) is float and (value != value or abs(value) == float("inf")):
        raise Unfit("the number is too large")
    return value


def _value(node: nodes.Node, values: Mapping[str, Any]) -> Any:
    work = _NODES.get(type(node).__name__)
    if work is None:
        kind = type(node).__name__.lower()
        raise Unfit(f"an expression cannot hold a {kind}", "use names, values and filters alone")
    try:
        return _bounded(work(node, values))
    except (TypeError, ZeroDivisionError, OverflowError, ValueError) as error:
        raise Unfit(str(error)) from None
    except RecursionError:
        raise Unfit("the expression nests too deep") from None


def _name(node: Any, values: Mapping[str, Any]) -> Any:
    if node.name not in values:
        raise Unfit(f"there is no {node.name!r}", f"there is {', '.join(values)}")
    return values[node.name]


def _member(container: Any, key: Any, node: Any) -> Any:
    """Return what a mapping or list has under a key; `node` is what stands for it."""
    if isinstance(container, dict):
        if key in container:
            return container[key]
        known = ", ".join(map(str, container)) or "nothing"
        raise Unfit(f"{_source(node)} has no {key!r}", f"it has {known}")
    if isinstance(container, list) and type(key) is int and -len(container) <= key < len(container):
        return container[key]
    raise Unfit(f"{_source(node)} has no {key!r}")


def _source(node: Any) -> str:
    name = type(node).__name__
    if name == "Name":
        return str(node.name)
    return f"{_source(node.node)}.{node.attr}" if name == "Getattr" else "this"


def _item(node: Any, values: Mapping[str, Any]) -> Any:
    return _member(_value(node.node, values), _value(node.arg, values), node.node)


def _number(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Unfit(f"{value!r} is no number")
    return value


def _arithmetic(work: Callable[[Any, Any], Any]) -> Callable[[Any, Mapping[str, Any]], Any]:
    def do(node: Any, values: Mapping[str, Any]) -> Any:
        return work(_number(_value(node.left, values)), _number(_value(node.right, values)))

    return do


def _compare(node: Any, values: Mapping[str, Any]) -> bool:
    left = _value(node.expr, values)
    for operand in node.ops:
        right = _value(operand.expr, values)
        if not _COMPARISONS[operand.op](left, right):
            return False
        left = right
    return True


def _choice(node: Any, values: Mapping[str, Any]) -> Any:
    if _value(node.test, values):
        return _value(node.expr1, values)
    if node.expr2 is None:
        raise Unfit("a choice needs an else")
    return _value(node.expr2, values)


def _filter(node: Any, values: Mapping[str, Any]) -> Any:
    work = _FILTERS.get(node.name)
    if work is None or node.kwargs or node.dyn_args or node.dyn_kwargs or node.node is None:
        raise Unfit(f"there is no filter {node.name!r}", f"there is {', '.join(_FILTERS)}")
    return work(_value(node.node, values), *(_value(one, values) for one in node.args))


def _round(value: Any, digits: int = 0) -> Any:
    # No number has more of them, and a power of ten is worked out for each.
    digits = max(-_DIGITS, min(digits, _DIGITS))
    return round(_number(value), digits) if digits else round(value)


_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "gteq": operator.ge,
    "lt": operator.lt,
    "lteq": operator.le,
    "in": lambda left, right: left in right,
    "notin": lambda left, right: left not in right,
}
_FILTERS: dict[str, Callable[..., Any]] = {
    "string": as_text,
    "int": lambda value: int(value),
    "lower": lambda value: as_text(value).lower(),
    "upper": lambda value: as_text(value).upper(),
    "trim": lambda value: as_text(value).strip(),
    "replace": lambda value, old, new: as_text(value)[:_MOST].replace(
        as_text(old), as_text(new)[:100]
    ),
    "join": lambda value, by="": as_text(by).join(map(as_text, value)),
    "length": len,
    "round": _round,
}
# Kind of node → what it is worth.
_NODES: dict[str, Callable[[Any, Mapping[str, Any]], Any]] = {
    "Const": lambda node, _: node.value,
    "Name": _name,
    "Getattr": lambda node, values: _member(_value(node.node, values), node.attr, node.node),
    "Getitem": _item,
    "List": lambda node, values: [_value(one, values) for one in node.items],
    "Add": _arithmetic(operator.add),
    "Sub": _arithmetic(operator.sub),
    "Mul": _arithmetic(operator.mul),
    "Div": _arithmetic(operator.truediv),
    "FloorDiv": _arithmetic(operator.floordiv),
    "Mod": _arithmetic(operator.mod),
    "Neg": lambda node, values: -_number(_value(node.node, values)),
    "Not": lambda node, values: not _value(node.node, values),
    "And": lambda node, values: _value(node.left, values) and _value(node.right, values),
    "Or": lambda node, values: _value(node.left, values) or _value(node.right, values),
    "Concat": lambda node, values: "".join(as_text(_value(one, values)) for one in node.nodes),
    "Compare": _compare,
    "CondExpr": _choice,
    "Filter": _filter,
}

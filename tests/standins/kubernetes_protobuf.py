"""The few kinds that helm and kubectl send as protobuf, as the objects that they are.

Field numbers are those of Kubernetes' generated.proto files. Answers are JSON, which they take.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from typing import Any

from standins.kubernetes_kinds import Object
from standins.kubernetes_store import StatusError

MAGIC = b"k8s\0"
# An OpenAPI v2 document without any type: kubectl then leaves unknown kinds to the server.
EMPTY_OPENAPI = b"\x0a\x032.0"
Fields = dict[int, tuple[str, Callable[[Any], Any]]]


def varint(content: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = content[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def pairs(content: bytes) -> Iterator[tuple[int, Any]]:
    """The numbers and values of a message's fields."""
    at = 0
    while at < len(content):
        tag, at = varint(content, at)
        if tag & 7 == 0:
            value, at = varint(content, at)
            yield tag >> 3, value
        else:
            length, at = varint(content, at)
            yield tag >> 3, content[at : at + length]
            at += length


def text(value: bytes) -> str:
    return value.decode()


def texts(value: bytes) -> list[str]:
    return [value.decode()]


def entry(value: bytes) -> dict[str, str]:
    found = dict(pairs(value))
    return {found.get(1, b"").decode(): found.get(2, b"").decode()}


def encoded_entry(value: bytes) -> dict[str, str]:
    found = dict(pairs(value))
    return {found.get(1, b"").decode(): base64.b64encode(found.get(2, b"")).decode()}


def message(fields: Fields) -> Callable[[bytes], Object]:
    """The reader of a message; maps and lists come entry by entry."""

    def read(content: bytes) -> Object:
        obj: Object = {}
        for number, value in pairs(content):
            if number in fields:
                name, reader = fields[number]
                found = reader(value)
                if isinstance(found, dict):
                    found = {**obj.get(name, {}), **found}
                elif isinstance(found, list):
                    found = [*obj.get(name, []), *found]
                obj[name] = found
        return obj

    return read


METADATA = message(
    {
        1: ("name", text),
        2: ("generateName", text),
        3: ("namespace", text),
        5: ("uid", text),
        6: ("resourceVersion", text),
        11: ("labels", entry),
        12: ("annotations", entry),
        14: ("finalizers", texts),
    }
)
PRECONDITIONS = message({1: ("uid", text), 2: ("resourceVersion", text)})
KINDS: dict[str, Fields] = {
    "ConfigMap": {1: ("metadata", METADATA), 2: ("data", entry)},
    "DeleteOptions": {
        2: ("preconditions", PRECONDITIONS),
        4: ("propagationPolicy", text),
        5: ("dryRun", texts),
    },
    "Namespace": {1: ("metadata", METADATA)},
    "Secret": {
        1: ("metadata", METADATA),
        2: ("data", encoded_entry),
        3: ("type", text),
        4: ("stringData", entry),
    },
    "SelfSubjectAccessReview": {},
    "ServiceAccount": {1: ("metadata", METADATA)},
}


def decoded(content: bytes) -> Object:
    envelope = dict(pairs(content.removeprefix(MAGIC)))
    kind = message({1: ("apiVersion", text), 2: ("kind", text)})(envelope[1])
    if kind["kind"] not in KINDS:
        problem = f"the stand-in reads no {kind['kind']} from protobuf"
        raise StatusError(415, "UnsupportedMediaType", problem)
    return {**kind, **message(KINDS[kind["kind"]])(envelope.get(2, b""))}

"""kubectl exec's side of a websocket: the subprotocols v5 and v4 .channel.k8s.io."""

from __future__ import annotations

import base64
import hashlib
import json
from io import BufferedIOBase

from standins.kubernetes_behaviours import ExecResult
from standins.kubernetes_kinds import Object

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
PROTOCOLS = ("v5.channel.k8s.io", "v4.channel.k8s.io")
STDIN, STDOUT, STDERR, ERROR = range(4)
# With v5 the client ends its stdin by this channel and the number of the stream.
CLOSE_STREAM = bytes([255, STDIN])
BINARY, CLOSE, PING, PONG = 2, 8, 9, 10
PIECE = 32 * 1024


def accepted(key: str) -> str:
    digest = hashlib.sha1((key + GUID).encode(), usedforsecurity=False).digest()
    return base64.b64encode(digest).decode()


def protocol(offered: str) -> str | None:
    names = [each.strip() for each in offered.split(",")]
    return next((each for each in PROTOCOLS if each in names), None)


def frame(opcode: int, payload: bytes) -> bytes:
    length = len(payload)
    if length < 126:
        size = bytes([length])
    elif length < 1 << 16:
        size = bytes([126]) + length.to_bytes(2, "big")
    else:
        size = bytes([127]) + length.to_bytes(8, "big")
    return bytes([0x80 | opcode]) + size + payload


def read_frame(stream: BufferedIOBase) -> tuple[int, bytes] | None:
    """The opcode and payload of the client's next frame; nothing once it has gone."""
    head = stream.read(2)
    if len(head) < 2:
        return None
    length = head[1] & 0x7F
    if length > 125:
        length = int.from_bytes(stream.read(2 if length == 126 else 8), "big")
    mask = stream.read(4) if head[1] & 0x80 else b"\0\0\0\0"
    payload = stream.read(length)
    if any(mask):
        repeated = (mask * (length // 4 + 1))[:length]
        number = int.from_bytes(payload, "big") ^ int.from_bytes(repeated, "big")
        payload = number.to_bytes(length, "big")
    return head[0] & 0x0F, payload


def read_stdin(stream: BufferedIOBase, answer: BufferedIOBase) -> bytes:
    """All that the client sends until it ends its stdin."""
    found = b""
    while (received := read_frame(stream)) is not None:
        opcode, payload = received
        if opcode == PING:
            answer.write(frame(PONG, payload))
        elif opcode == CLOSE or payload == CLOSE_STREAM:
            break
        elif payload[:1] == bytes([STDIN]):
            found += payload[1:]
    return found


def status(exit_code: int) -> Object:
    if exit_code == 0:
        return {"metadata": {}, "status": "Success"}
    message = f"command terminated with non-zero exit code: exit status {exit_code}"
    return {
        "metadata": {},
        "status": "Failure",
        "message": message,
        "reason": "NonZeroExitCode",
        "details": {"causes": [{"reason": "ExitCode", "message": str(exit_code)}]},
    }


def frames(result: ExecResult) -> bytes:
    """Output, errors and exit code, and then the end."""
    sent = b""
    for channel, text in ((STDOUT, result.stdout), (STDERR, result.stderr)):
        content = text.encode()
        for start in range(0, len(content), PIECE):
            sent += frame(BINARY, bytes([channel]) + content[start : start + PIECE])
    sent += frame(BINARY, bytes([ERROR]) + json.dumps(status(result.exit_code)).encode())
    return sent + frame(CLOSE, (1000).to_bytes(2, "big"))

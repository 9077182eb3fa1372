"""kubectl: the real one, with local files in place of what it would fetch from the network."""

from __future__ import annotations

import json
import re
from pathlib import Path

from standins import binary, upstream
from standins.program import Program, Stopped

FILES = ("-f", "--filename", "-k", "--kustomize")
TOO_LONG = (
    'The CustomResourceDefinition "mpijobs.kubeflow.org" is invalid: metadata.annotations: '
    "Too long: may not be more than 262144 bytes"
)
REFUSED = (
    "The connection to the server localhost:8080 was refused - "
    "did you specify the right host or port?"
)


def positions(arguments: list[str]) -> list[tuple[int, str, str]]:
    """Where files are named: the place, the flag with its "=", and the file."""
    found = []
    for place, word in enumerate(arguments):
        if word == "--":
            break
        flag, equals, value = word.partition("=")
        if flag in FILES and equals:
            found.append((place, f"{flag}=", value))
        elif flag in FILES and place + 1 < len(arguments):
            found.append((place + 1, "", arguments[place + 1]))
    return found


def fetched(program: Program, arguments: list[str]) -> tuple[list[str], bool]:
    """The arguments with URLs replaced, and whether the operator's manifest is among them."""
    changed, operator = list(arguments), False
    for place, flag, value in positions(arguments):
        if not re.match(r"https?://|github\.com/", value):
            continue
        path = upstream.local(program, value)
        operator = operator or upstream.OPERATOR.match(value) is not None
        if not flag and arguments[place - 1] in ("-k", "--kustomize"):
            changed[place - 1] = "-f"
        changed[place] = f"{flag.replace('--kustomize', '--filename').replace('-k', '-f')}{path}"
    return changed, operator


def documents(text: str) -> list[str]:
    return [one for one in re.split(r"(?m)^---.*$", text) if re.search(r"(?m)^\w+:", one)]


def first_half(program: Program, arguments: list[str]) -> None:
    """Of several documents the first alone; of a single one nothing."""
    found = positions(arguments)
    if found:
        place, flag, value = found[0]
        text = program.read(value) if value == "-" or Path(value).is_file() else ""
        parts = documents(text)
        if len(parts) > 1:
            path = program.folder / "first.yaml"
            path.write_text(parts[0], "utf-8")
            drop = {one for other, mark, _ in found[1:] for one in (other, other - (not mark))}
            changed = [one for number, one in enumerate(arguments) if number not in drop]
            changed[place] = f"{flag}{path}"
            binary.captured(program, changed)
    program.half()


def run(program: Program) -> None:
    arguments, operator = fetched(program, program.arguments)
    verb = next((one for one in arguments if not one.startswith("-")), "")
    if binary.real(program) is None:
        return absent(program, verb)
    if program.fault in ("die", "kill_during") and verb in ("apply", "create", "delete"):
        first_half(program, arguments)
    server_side = {"--server-side", "--server-side=true"} & {*arguments}
    dry = any(one.startswith("--dry-run") and not one.endswith("none") for one in arguments)
    if verb == "apply" and operator and not server_side and not dry:
        # The last-applied annotation would hold the whole definition.
        place, flag, value = positions(arguments)[0]
        path = upstream.without_definition(program, Path(value))
        arguments[place] = f"{flag}{path}"
        _, output = binary.captured(program, arguments)
        program.answer.append(output)
        raise Stopped(TOO_LONG)
    return binary.hand_over(program, arguments)


def absent(program: Program, verb: str) -> None:
    """Without a real kubectl there is its version, and no server."""
    if verb != "version" or "--client" not in program.arguments:
        raise Stopped(REFUSED)
    version = {"major": "1", "minor": "35", "gitVersion": "v1.35.0", "platform": "linux/amd64"}
    if program.classic:
        version |= {"minor": "13", "gitVersion": "v1.13.12"}
    if {"json", "-ojson", "--output=json", "-o=json"} & {*program.arguments}:
        program.say(json.dumps({"clientVersion": version}, indent=2))
    else:
        program.say(f"Client Version: {version['gitVersion']}")

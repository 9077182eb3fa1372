"""The AWS CLI, version 2: command lines, credentials, and how answers are printed."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from standins import aws_flags, flags, wording
from standins.program import Program, Stopped

VERSION = "aws-cli/2.31.0 Python/3.13.7 Linux/6 exe/x86_64"
USAGE = """
usage: aws [options] <command> <subcommand> [<subcommand> ...] [parameters]
To see help text, you can run:

  aws help
  aws <command> help
  aws <command> <subcommand> help
"""
FORMS = ("json", "text", "table", "yaml", "yaml-stream", "off")


def usage(text: str) -> Stopped:
    return Stopped(f"{USAGE}\n{text}", 252)


def error(code: str, operation: str, text: str) -> Stopped:
    return Stopped(
        f"\nAn error occurred ({code}) when calling the {operation} operation: {text}", 254
    )


def read(program: Program) -> tuple[str, dict[str, Any]]:
    arguments = program.arguments
    try:
        # Options may stand before the command, so that it takes two readings to know it.
        every = {name: kind for one in aws_flags.COMMANDS.values() for name, kind in one.items()}
        known = every | dict.fromkeys(
            (one.partition("=")[0][2:] for one in arguments if one.startswith("--")), "any"
        )
        words, _ = flags.aws(arguments, {**known, **every})
        command = next(
            (one for one in aws_flags.COMMANDS if words[: len(one.split())] == one.split()), None
        )
        if command is None:
            name = "command" if len(words) < 2 else "operation"
            raise flags.Refused(f"aws: error: argument {name}: Found invalid choice "
                                f"'{words[-1] if words else ''}'")  # fmt: skip
        words, given = flags.aws(arguments, aws_flags.COMMANDS[command])
        extra = words[len(command.split()) :]
        if extra:
            raise flags.Refused(f"Unknown options: {', '.join(extra)}")
        needed = aws_flags.REQUIRED.get(command, [])
        if command.startswith("cloudformation wait"):
            needed = ["stack-name"]
        lacking = [f"--{one}" for one in needed if one not in given]
        if lacking:
            raise flags.Refused(
                f"aws: error: the following arguments are required: {', '.join(lacking)}"
            )
        if given.get("output", "json") not in FORMS:
            raise flags.Refused(
                f"aws: error: argument --output: Found invalid choice '{given['output']}'"
            )
    except flags.Refused as refused:
        raise usage(str(refused)) from None
    return command, given


def region(given: dict[str, Any]) -> str:
    found = given.get("region") or os.environ.get("AWS_REGION")
    return str(found or os.environ.get("AWS_DEFAULT_REGION") or "")


def access(command: str, given: dict[str, Any]) -> None:
    folder = Path(os.environ.get("HOME", "/")) / ".aws"
    profile = given.get("profile") or os.environ.get("AWS_PROFILE")
    saved = folder / "credentials"
    if profile and not saved.exists() and not (folder / "config").exists():
        raise Stopped(f"\nThe config profile ({profile}) could not be found", 253)
    if not region(given) and not command.startswith("sts"):
        hint = 'You can also configure your region by running "aws configure".'
        raise Stopped(f"\nYou must specify a region. {hint}", 253)
    if not os.environ.get("AWS_ACCESS_KEY_ID") and not saved.exists():
        raise Stopped(f"\n{wording.NO_AWS}", 253)


def line(value: Any) -> str:
    if isinstance(value, dict):
        return "\t".join(plain(value[key]) for key in sorted(value))
    if isinstance(value, list):
        return "\t".join(plain(one) for one in value)
    return plain(value)


def plain(value: Any) -> str:
    return value if isinstance(value, str) else str(value)


def printed(program: Program, given: dict[str, Any], value: Any) -> None:
    """The answer, or the part of it that --query picks."""
    form = given.get("output") or os.environ.get("AWS_DEFAULT_OUTPUT", "json")
    if "query" in given:
        program.packages()
        import jmespath  # type: ignore[import-untyped]

        try:
            value = jmespath.search(given["query"], value)
        except jmespath.exceptions.JMESPathError as refused:
            raise Stopped(f"\nBad value for --query {given['query']}: {refused}", 252) from None
    if form == "text":
        nested = isinstance(value, list) and any(isinstance(one, (list, dict)) for one in value)
        for one in value if nested else [value]:
            program.say(line(one))
    elif form.startswith("yaml"):
        program.packages()
        import yaml

        program.say(yaml.safe_dump(value).rstrip())
    elif form != "off":
        program.say(json.dumps(value, indent=4))


def run(program: Program) -> None:
    from standins import aws_answers, aws_stacks

    if program.arguments in (["--version"], ["--version", "--no-cli-pager"]):
        program.say(VERSION)
        return
    command, given = read(program)
    access(command, given)
    words = command.split()
    if words[0] == "cloudformation":
        aws_stacks.run(program, words[1], words[-1], given)
    else:
        value = getattr(aws_answers, words[1].replace("-", "_"))(program, given)
        printed(program, given, value)

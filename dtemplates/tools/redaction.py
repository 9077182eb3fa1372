"""Secrets out of whatever is kept: what commands print goes into logs that people send around."""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

REMOVED = "[removed]"
_SHORTEST = 6

# Names are compared without case and separators. Values of these are secret whatever they are.
_STRONG = re.compile(
    r"secret|passw(or)?d|passphrase|(?<=[a-z0-9])(?<!old)pwd$|dockerconfigjson|signature"
    r"|(api|access|private|client|encryption|signing|storage|account)key"
)
# Logs of training and messages of errors use these, too: "tokens: 409600", "credentials: expired".
_WEAK = re.compile(r"token(?!iz)|credential|^auth$|authorization")
# Names of objects and of files, and a language model's own tokens.
_HARMLESS = re.compile(
    r"(ref|name|file|path|arn|type|dir|url|uri|endpoint|version|duration|ttl|expiration|expiry"
    r"|count|size|length|limit)s?$|^(eos|bos|pad|unk|cls|sep|mask|special|stop)token"
)
# Values that are no secret: variables, which are filled in elsewhere, and truth.
_REFERENCE = re.compile(r"(\$\{\w+\}|\$\(\w+\)|\$\w+|true|false)(?=[\s\"',;)}]|\Z)")
# Numbers and their units, words of a sentence, paths, and what is itself a mark.
_NO_TOKEN = re.compile(
    r"([-+]?[\d.,_]+(e[-+]?\d+)?[a-z%/]{0,6}|[A-Z]?[a-z]{1,15})[.,;:!)}\]]{0,4}(?=[\s\"']|\Z)"
    r"|[/~.<({\[]"
)
_ARN = re.compile(r"\barn:[\w:-]*:\Z")

# A name, as in `HF_TOKEN=`, `"HF_TOKEN": ` and `{"name": "HF_TOKEN", "value": `. It is tried once,
# from its start, which keeps the time linear.
_NAMED = re.compile(
    r"""(?ix) (?<![\w./-]) (?P<name> [\w.-]+ )
    \\*["']? (?: (?: ,\s{0,80} | [\s+-]{1,80} ) \\*["']?value\\*["']? )?
    [ \t]{0,40} [:=]{1,2}>? [ \t]{0,40}"""
)
_FLAG = re.compile(r"(?<!\S)--(?P<name>[\w-]+)[ \t]{1,9}(?!-)")
_QUOTE = re.compile(r"\\*[\"']")
_VALUE = re.compile(
    r"""(?x) (?P<quote> \\*["']) (?P<quoted> (?: (?!(?P=quote)) (?: \\[^\n] | [^\\\n] ) )* )
    | [|>][-+0-9]{0,2} [ \t]{0,40} (?: \n[ \t]+[^\n]* )+
    | \S+"""
)
_BEGIN = r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
_END = r"-----END [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
_KEY = re.compile(rf"{_BEGIN}.*?(?P<end>{_END}|\Z)", re.DOTALL)
_KEY_REST = re.compile(
    rf".*?(?P<end>{_END})|\s*[A-Za-z0-9+/=]*\s*\Z|\s*(?:Proc-Type|DEK-Info):.*", re.DOTALL
)
# What is secret by its form: keys of AWS, tokens of EKS, Hugging Face, GitHub and NVIDIA, JSON Web
# Tokens, headers, and passwords in addresses.
_FORMS = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])",
        r"(?<![\w-])k8s-aws-v1\.[A-Za-z0-9_=-]+",
        r"(?<![\w-])(?:hf_|gh[pousr]_|github_pat_|nvapi-)[A-Za-z0-9_-]{20,}",
        r"(?<![\w-])eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+",
        r"(?P<before>(?i:\bbearer)[ \t]{1,9}[\"']?)(?![a-z]+(?:\s|\Z))[A-Za-z0-9._~+/=-]{8,}",
        r"(?P<before>(?i:\bauthorization)[\"']?[ \t]{0,9}[:=][ \t]{0,9}[\"']?(?i:basic|token) )\S+",
        r"(?P<before>://[^/\s:@]{0,200}:)[^/\s@]{1,500}(?=@)",
    )
)


class Redaction:
    """Removes secrets from texts: known values, and whatever has a secret's name or form.

    The texts are those of one log in their order: a private key may come line by line.
    """

    def __init__(self, values: Iterable[str] = ()) -> None:
        known = {form for value in values for form in _spellings(value)}
        longest_first = sorted(known, key=lambda form: (-len(form), form))
        self._known = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")
        self._within_key = False

    @classmethod
    def of(cls, environment: Mapping[str, str], variables: Mapping[str, str]) -> Redaction:
        """Return the redaction of the secrets in an environment, and in variables of jobs."""
        pairs = [*environment.items(), *variables.items()]
        return cls(value for name, value in pairs if _is_secret(name, value))

    def __call__(self, text: str) -> str:
        """Return the text without secrets."""
        text = self._without_keys(text)
        text = self._known.sub(REMOVED, text)
        for form in _FORMS:
            text = form.sub(lambda match: match.groupdict().get("before", "") + REMOVED, text)
        return _without_named(_without_named(text, _FLAG), _NAMED)

    def _without_keys(self, text: str) -> str:
        if self._within_key:
            rest = _KEY_REST.match(text)
            self._within_key = rest is not None and not rest["end"]
            text = REMOVED + text[rest.end() :] if rest else text
        return _KEY.sub(self._without_key, text)

    def _without_key(self, match: re.Match[str]) -> str:
        self._within_key = not match["end"]
        return REMOVED


def _spellings(value: str) -> Iterator[str]:
    """Yield the ways in which tools write a value and its lines, since logs go line by line."""
    for one in (value, value.strip(), *(line.strip() for line in value.splitlines())):
        if len(one) >= _SHORTEST:
            yield one
            yield json.dumps(one)[1:-1]
            yield json.dumps(one, ensure_ascii=False)[1:-1]
            yield base64.b64encode(one.encode("utf-8", "surrogatepass")).decode()
            yield quote(one, safe="", errors="surrogatepass")


def _without_named(text: str, names: re.Pattern[str]) -> str:
    """Return the text without the values that follow secrets' names."""
    parts = []
    done = position = 0
    while match := names.search(text, position):
        position = match.end()
        quoted = _QUOTE.match(text, position)
        if not _is_secret(match["name"], text, quoted.end() if quoted else position):
            continue
        if _ARN.search(text, max(0, match.start() - 200), match.start()):
            continue
        value = _VALUE.match(text, position)
        if value is None or len(value["quoted"] or value[0]) < _SHORTEST:
            continue
        start = value.start("quoted") if value["quote"] else position
        parts += [text[done:start], REMOVED]
        done = position = value.end()
    return "".join([*parts, text[done:]])


def _is_secret(name: str, text: str, start: int = 0) -> bool:
    """Return whether the value of this name that starts there in the text is to be removed."""
    bare = re.sub(r"[_.-]", "", name).lower()
    if _HARMLESS.search(bare) or _REFERENCE.match(text, start):
        return False
    return bool(_STRONG.search(bare) or (_WEAK.search(bare) and not _NO_TOKEN.match(text, start)))

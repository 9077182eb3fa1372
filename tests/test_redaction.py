"""Logs hold no secrets, and whatever is none stays readable."""

from __future__ import annotations

import base64
import json
import time
from urllib.parse import quote

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from dtemplates.tools.redaction import REMOVED, Redaction

KEY = "\n".join(
    ["MIIEowIBAAKCAQEAt4Qq6Vb0kFzXy1mN8oPq3rS5tU7vW9xYzA1bC3dE5fG7hI9j", "K1lM3nO5pQ7rS9tU=="]
)
BLOCK = f"-----BEGIN RSA PRIVATE KEY-----\n{KEY}\n-----END RSA PRIVATE KEY-----"
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJzeXN0ZW0ifQ.c2lnbmF0dXJlLWhlcmU"
EKS = "k8s-aws-v1.aHR0cHM6Ly9zdHMudXMtZWFzdC0xLmFtYXpvbmF3cy5jb20vP0FjdGlvbj1HZXRDYWxsZXI"
AWS = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"

# What stands in « » must go, and all else must stay.
SECRETS = [
    # AWS
    "key «AKIAIOSFODNN7EXAMPLE» of user trainer",
    "export AWS_ACCESS_KEY_ID=«ASIAIOSFODNN7EXAMPLE»",
    f"aws_secret_access_key = «{AWS}»",
    f"AWS_SECRET_ACCESS_KEY=«/{AWS[1:]}»",
    f'{{"SecretAccessKey": "«{AWS}»", "Expiration": "2025-01-01T00:00:00Z"}}',
    f'{{"SecretAccessKey":"«{AWS}»","SessionToken":"«IQoJb3JpZ2luX2VjEXAMPLE»"}}',
    f"SecretAccessKey: «{AWS}»",
    "AWS_SESSION_TOKEN=«IQoJb3JpZ2luX2VjEAoaCXVzLWVhc3QtMSJHMEUCIQ==»",
    "aws_session_token = «IQoJb3JpZ2luX2VjEAoaCXVzLWVhc3QtMSJHMEUCIQ==»",
    "https://s3.amazonaws.com/b/k?X-Amz-Security-Token=«IQoJb3JpZ2lu&X-Amz-Expires=60»",
    "https://s3.amazonaws.com/b/k?X-Amz-Expires=60&X-Amz-Signature=«0f1e2d3c4b5a»",
    # Kubernetes and EKS
    f"    token: «{EKS}»",
    f'{{"kind":"ExecCredential","status":{{"token":"«{EKS}»"}}}}',
    f"said «{EKS}» to it",
    "    client-key-data: «LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVktLS0tLQo=»",
    f"Authorization: Bearer «{JWT}»",
    'curl -H "Authorization: Bearer «abcDEF123456»" https://example.com',
    "authorization: bearer  «abc-def_123~456+/7==»",
    "Authorization: Basic «dHJhaW5lcjpodW50ZXIy»",
    f"got «{JWT}», and went on",
    "  .dockerconfigjson: «eyJhdXRocyI6eyJyZWdpc3RyeSI6e319fQ==»",
    '{"auths": {"registry": {"auth": "«dHJhaW5lcjpodW50ZXIy»"}}}',
    # Variables of jobs, as programs print them
    "WANDB_API_KEY=«0123456789abcdef0123456789abcdef01234567»",
    "export HF_TOKEN='«hf_AbCdEfGhIjKlMnOpQrStUvWx»'",
    'HF_TOKEN="«opaque-1 and more»"',
    "      HF_TOKEN:               «hf_short12»",
    '{"name": "HF_TOKEN", "value": "«some-opaque-1»"}',
    '{"env":[{"name":"WANDB_API_KEY","value":"«some-opaque-1»"}],"image":"x"}',
    "           - name: WANDB_API_KEY\n-            value: «some-opaque-1»\n   - name: b",
    "- name: WANDB_API_KEY\n  value: «0123456789abcdef»\n- name: EPOCHS\n  value: '9000000'",
    "downloaded with hf_ and «hf_AbCdEfGhIjKlMnOpQrStUvWx»",
    "git clone https://trainer:«ghp_abc»@github.com/example/train",
    "remote: «ghp_0123456789abcdefghijABCDEFGHIJ012345»",
    # Passwords
    "password: «hunter22»",
    "password=«correcthorse»",
    "password: «12345678»",
    'db_password = "«with spaces, and \\" a quote»" # from the vault',
    "'password': '«it\\'s; secret»', 'user': 'me'",
    r'"{\"password\": \"«abcdef»\", \"user\": \"me\"}"',
    "MYSQL_PWD=«a,b;c&d'e»",
    "mysql --password «hunter22» --host db",
    "tool --token «abcDEF123» --verbose",
    "helm upgrade x y --set auth.token=«abcDEF123» --set replicas=2",
    "postgres://trainer:«pass-word»@db:5432/x",
    "private_key_passphrase := «open-sesame»",
    # Of several lines
    f"before\n«{BLOCK}»\nafter",
    f'{{"private": "«{json.dumps(BLOCK)[1:-1]}»"}}',
    "tls_secret: «|\n    first line\n    second line»\nname: x",
]

STAY = [
    # Names of things that hold secrets
    "secretKeyRef:\n  name: wandb\n  key: api-key",
    '{"valueFrom": {"secretKeyRef": {"name": "wandb-credentials", "key": "token"}}}',
    "secretName: wandb-credentials",
    "imagePullSecrets:\n- name: registry-credentials",
    "AWS_WEB_IDENTITY_TOKEN_FILE=/var/run/secrets/eks.amazonaws.com/serviceaccount/token",
    "tokenFile: /var/run/secrets/kubernetes.io/serviceaccount/token",
    "GOOGLE_APPLICATION_CREDENTIALS=/home/me/key.json",
    "type: kubernetes.io/service-account-token",
    "automountServiceAccountToken: false",
    'Error: secret "wandb-credentials" not found',
    'secrets is forbidden: User "trainer" cannot list resource "secrets" in API group ""',
    "secret/wandb-credentials created",
    "arn:aws:secretsmanager:us-east-1:123456789012:secret:wandb-AbCdEf",
    "ssh:\n  publicKeyName: my-laptop-key",
    "key: nvidia.com/gpu",
    "kms_key_id: 1234abcd-12ab-34cd-56ef-1234567890ab",
    # Identities
    "file system fs-0123456789abcdef0 in subnet-0a1b2c3d and sg-0123456789abcdef0",
    "registry.example/train@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "registry.example/tokenizer:v1.2.34 and registry.example/secret-service:v1.2.34",
    "arn:aws:iam::123456789012:user/trainer",
    "commit 0123456789abcdef0123456789abcdef01234567",
    "https://0123456789ABCDEF.gr7.us-east-1.eks.amazonaws.com:443/version",
    # Logs of training
    "tokens per second: 123456",
    "tokens: 4096000",
    "step 100 | loss 2.3456 | tokens/s: 123456.7 | total_tokens=1_234_567",
    "tokens_seen: 1.2e+12, tokens_per_sec: 98765tok/s",
    '{"train/tokens": 4096000, "loss_per_token": 2.345678}',
    '{"num_tokens": "4096000"}',
    "tokenizer: GPT2BPETokenizer, tokenizer_path=meta-llama/Llama-3",
    "TOKENIZERS_PARALLELISM=false",
    "pad_token=<|endoftext|> eos_token=</s>, special_tokens_map: added",
    "max_tokens=4096000",
    # Sentences
    "Enter password: ",
    "password:",
    "the password must have 8 letters, and the secret stays one",
    "get credentials: failed to refresh cached credentials, no EC2 IMDS role found",
    "getting credentials: exec: executable aws failed with exit code 253",
    "error: token: expired; credentials: Expired",
    'Unable to locate credentials. You can configure credentials by running "aws configure".',
    "Bearer authentication is required",
    "eyJ is how a token begins, and -----BEGIN CERTIFICATE----- a certificate",
    "HF_TOKEN=$HF_TOKEN HF_TOKEN=${HF_TOKEN} password: $(DB_PASSWORD)",
    "connected to http://[::1]:8080/a:b and https://host:443/x@y",
    "2025-01-01T00:00:00Z  key: value, other-key=other-value",
    "",
    "\n",
]


@pytest.mark.parametrize("text", SECRETS)
def test_secrets_go_and_the_rest_stays(text: str) -> None:
    parts = text.replace("»", "«").split("«")
    assert len(parts) % 2
    assert len(parts) > 1
    wanted = "".join(REMOVED if number % 2 else part for number, part in enumerate(parts))
    assert Redaction()("".join(parts)) == wanted


@pytest.mark.parametrize("text", STAY)
def test_what_is_no_secret_stays(text: str) -> None:
    assert Redaction()(text) == text


@pytest.mark.parametrize("text", SECRETS)
def test_nothing_is_found_in_what_was_redacted(text: str) -> None:
    once = Redaction()(text.replace("«", "").replace("»", ""))
    assert Redaction()(once) == once


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WANDB_API_KEY", "0123456789abcdef"),
        ("HF_TOKEN", "hf_opaque1"),
        ("AWS_SECRET_ACCESS_KEY", AWS),
        # One of 64 keys of AWS begins like a path.
        ("AWS_SECRET_ACCESS_KEY", f"/{AWS[1:]}"),
        ("MYSQL_PWD", "hunter22"),
        ("DbPassword", "correct horse battery"),
        ("NGC_API_KEY", "nvapi-x"),
    ],
)
def test_secrets_of_environment_and_jobs_are_known(name: str, value: str) -> None:
    text = f"connecting with {value}..."
    wanted = f"connecting with {REMOVED}..."
    assert Redaction.of({name: value}, {})(text) == wanted
    assert Redaction.of({}, {name: value})(text) == wanted


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AWS_WEB_IDENTITY_TOKEN_FILE", "/var/run/token"),
        ("GOOGLE_APPLICATION_CREDENTIALS", "/home/me/key.json"),
        ("TOKENIZERS_PARALLELISM", "false-ish"),
        ("MAX_TOKENS", "4096000"),
        ("PATH", "/usr/bin:/bin"),
        ("PWD", "/home/me"),
        ("OLDPWD", "/home/me"),
        ("DB_PASSWORD", "short"),
        ("DB_PASSWORD", ""),
        ("SECRET_NAME", "wandb-credentials"),
    ],
)
def test_other_variables_are_no_secrets(name: str, value: str) -> None:
    text = f"seen: {value} {value}"
    assert Redaction.of({name: value}, {name: value})(text) == text


def spellings(value: str) -> list[str]:
    return [
        value,
        json.dumps(value),
        json.dumps({"a": [value]}, ensure_ascii=False),
        base64.b64encode(value.encode()).decode(),
        f"https://example.com/?q={quote(value, safe='')}",
    ]


@given(st.lists(st.text(min_size=6, max_size=40), min_size=1, max_size=4), st.text(), st.text())
@example(["aaaaaa"], "aaa", "aaa")
@example(["abcdefgh", "efghijkl"], "abcdefgh", "ijkl")
@example(["secret.*+", "(((((("], 'password: "', '"')
@example(["line one\nline two"], "'", "'")
def test_no_known_secret_survives(values: list[str], before: str, after: str) -> None:
    redaction = Redaction(values)
    for value in values:
        for text in spellings(value):
            left = redaction(f"{before}{text}{after}").split(REMOVED)
            for part in left:
                assert value not in part


@given(st.text(min_size=6, max_size=40).filter(lambda text: len(text.strip()) >= 6))
def test_a_secret_of_several_lines_goes_line_by_line(line: str) -> None:
    assume(len(line.splitlines()) == 1)
    redaction = Redaction([f"first line\n  {line}\nlast line"])
    for text in ("first line", f"  {line}", "last line"):
        assert redaction(text).strip() in (REMOVED, f"{REMOVED}\n")


def test_a_private_key_goes_line_by_line() -> None:
    redaction = Redaction()
    log = ["reading it", *BLOCK.splitlines(), "and on"]
    told = [redaction(f"  {line}") for line in log]
    assert told[0] == "  reading it"
    assert told[-1] == "  and on"
    assert all(REMOVED in line and line.strip() == REMOVED for line in told[1:-1])


def test_half_a_private_key_takes_no_other_lines_with_it() -> None:
    redaction = Redaction()
    lines = BLOCK.splitlines()
    for line in lines[:2]:
        assert redaction(line) == REMOVED
    assert redaction("error: it was cut off") == "error: it was cut off"
    assert redaction("plain") == "plain"


ADVERSARIES = [
    "a", "a-", "a.", "token", "token-", "token.", "secret=", "token=(", "token: ", "key=key",
    "password='", "password=\"\\", "password:\n ", "password: |\n", " ", "\\", "token\\",
    "--token ", "-----BEGIN PRIVATE KEY-----", "-----BEGIN ", "PRIVATE KEY", "eyJ", "eyJa.", "-eyJ",
    "AKIA", "://",
    "://a:", "://a:b", "bearer ", "Bearer a.", "authorization: basic ", "arn:secret:",
    "k8s-aws-v1.", "hf_", "token=1", "token=a", "value", '"value": "', "x=", "::",
    "token,value", "token+-", "$A", "\n",
]  # fmt: skip


def seconds(text: str) -> float:
    redaction = Redaction(["a known secret"])
    times = []
    for _ in range(2):
        started = time.process_time()
        redaction(text)
        times.append(time.process_time() - started)
    return min(times)


@pytest.mark.parametrize("unit", ADVERSARIES)
def test_time_grows_with_length_alone(unit: str) -> None:
    small, large = (unit * (size // len(unit)) for size in (20_000, 320_000))
    # Sixteen times as long: what is quadratic takes 256 times as much. The hundredth of a second
    # keeps the smallest measurements from counting.
    assert seconds(large) < 64 * (seconds(small) + 0.01)

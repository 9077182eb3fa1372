"""Versions of single components, in place of the stack's own."""

from __future__ import annotations

from pydantic import Field

from dtemplates.settings.types import Model, Version


class Versions(Model):
    """Versions of single components, in place of the stack's own; without a leading v."""

    eksctl: Version | None = Field(
        None,
        description="eksctl; 0.1.40 knows self-managed node groups only.",
        examples=["0.230.0"],
    )
    helm: Version | None = Field(
        None, description="Helm; version 2 needs Tiller in the cluster.", examples=["4.2.4"]
    )
    nvidia_device_plugin: Version | None = Field(
        None, description="NVIDIA's Kubernetes device plugin.", examples=["0.20.0"]
    )
    efa_device_plugin: Version | None = Field(
        None, description="The AWS EFA Kubernetes device plugin.", examples=["0.5.20"]
    )
    mpi_operator: Version | None = Field(
        None,
        description="The MPI operator: 0.1 runs MPIJob v1alpha1, 0.4 and later run v2beta1.",
        examples=["0.8.0"],
    )
    fsx_csi_driver: Version | None = Field(
        None,
        description="The FSx for Lustre CSI driver; it knows mount names from 0.3.0 on.",
        examples=["1.9.0"],
    )
    kueue: Version | None = Field(
        None, description="Kueue, in whose queues jobs wait.", examples=["0.19.2"]
    )

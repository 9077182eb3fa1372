"""What EBS volumes can have, by their type (eksctl 0.230.0, validation.go; EC2)."""

from __future__ import annotations

# What eksctl and dtemplates take where no type is given.
DEFAULT_TYPE = "gp3"
# Volume type → lowest and highest IOPS; the others take no such setting.
IOPS = {"gp3": (3000, 16000), "io1": (100, 64000), "io2": (100, 256000)}
# The types whose throughput can be set.
WITH_THROUGHPUT = ("gp3",)

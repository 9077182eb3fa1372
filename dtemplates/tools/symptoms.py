"""What tools say when something known is wrong, and what to do about it."""

from __future__ import annotations

from dtemplates.tools.aws_symptoms import AWS
from dtemplates.tools.kubernetes_symptoms import KUBERNETES
from dtemplates.tools.symptom import Symptom, symptom

__all__ = ["SYMPTOMS", "Symptom", "remedy_for", "symptom_in"]

_GENERAL = (
    symptom(
        r"AccessDenied|not authorized to perform|UnauthorizedOperation|\bforbidden\b",
        "let this identity do it: the words above name the action that it lacks",
        "IAM user guide, troubleshooting access denied",
    ),
    symptom(
        # kubectl says of itself that it goes slowly, which is nothing to do about.
        r"(?<!client-side )throttling|rate exceeded|TooManyRequests",
        "wait a minute, and go on",
        "AWS general reference, error retries",
    ),
    symptom(
        r"ROLLBACK_(COMPLETE|FAILED)|stack…already exists|AlreadyExistsException…stack",
        "a stack of an earlier try is in the way: look at it in CloudFormation, delete it if empty",
        "eksctl #4006",
    ),
)

# The first that fits is told, so that the particular comes before the general.
SYMPTOMS = (*AWS, *KUBERNETES, *_GENERAL)


def symptom_in(words: str) -> Symptom | None:
    """Return the first known symptom in a tool's words."""
    return next((one for one in SYMPTOMS if one.pattern.search(words)), None)


def remedy_for(words: str) -> str:
    """Return what to do about a tool's words; empty where nothing is known."""
    found = symptom_in(words)
    return found.remedy if found else ""

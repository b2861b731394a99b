"""Titles and descriptions of the measures, from the exporter's registry: dashboards use the words of the page."""

from inference_exporter.detectors.multivariate.measures import JOINT_MEASURES as JOINT
from inference_exporter.page.text import MEASURES, title

__all__ = ["describe", "joint_title", "title"]


def describe(key: str) -> str:
    """Return the help of a measure."""
    return MEASURES[key].help


def joint_title(key: str) -> str:
    """Return the title of a measure of several features together."""
    return JOINT[key].title

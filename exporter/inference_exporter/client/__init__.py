"""What a Python model server imports. Standard library only: it never pulls in the exporter or its dependencies."""

from .monitor import Monitor
from .options import Options
from .statistics import Flow, Statistics

__all__ = ["Flow", "Monitor", "Options", "Statistics"]

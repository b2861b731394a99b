"""What a Python model server imports: standard library only. Imports nothing of ours."""

from .monitor import Monitor
from .options import Options
from .statistics import Flow, Statistics

__all__ = ["Flow", "Monitor", "Options", "Statistics"]

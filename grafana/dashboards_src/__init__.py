"""The dashboards as typed Python; `generate.py` next to this folder writes the JSON for Grafana."""

from . import feature_in_depth, model_in_depth, models_overview
from .dashboard import Dashboard

DASHBOARDS: tuple[Dashboard, ...] = (models_overview.build(), model_in_depth.build(), feature_in_depth.build())

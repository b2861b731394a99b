"""Model servers under test, one file each."""

from inference_exporter.registry import table_of

from ._base import Server
from .bentoml import SERVER as BENTOML
from .kserve import SERVER as KSERVE
from .mlflow import SERVER as MLFLOW
from .mlflow_wrapped import SERVER as MLFLOW_WRAPPED
from .mlserver import SERVER as MLSERVER
from .seldon import SERVER as SELDON

SERVERS = table_of(Server, vars())

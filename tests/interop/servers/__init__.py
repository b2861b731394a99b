"""Model servers under test, one file each."""

from inference_exporter.registry import table_of

from ._base import Server
from .bentoml import SERVER as BENTOML
from .kserve import SERVER as KSERVE
from .mlflow import SERVER as MLFLOW
from .mlserver import SERVER as MLSERVER
from .seldon import SERVER as SELDON

SERVERS = table_of(Server, vars())

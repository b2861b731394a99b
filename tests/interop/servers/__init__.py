"""Model servers under test, one file each."""

from inference_exporter.registry import table_of

from ._base import Server
from .bentoml import SERVER as BENTOML
from .django import SERVER as DJANGO
from .fastapi import SERVER as FASTAPI
from .flask import SERVER as FLASK
from .kserve import SERVER as KSERVE
from .mlflow import SERVER as MLFLOW
from .mlflow_wrapped import SERVER as MLFLOW_WRAPPED
from .mlserver import SERVER as MLSERVER
from .seldon import SERVER as SELDON
from .xgboost import SERVER as XGBOOST

SERVERS = table_of(Server, vars())

"""Flask in two processes of gunicorn, with the WSGI middleware."""

from ._frameworks import application

CODE = """
from flask import Flask, request
from inference_exporter.client.wsgi import MonitorMiddleware
app = Flask(__name__)

@app.get("/ready")
def ready():
    return {}

@app.post("/predict")
def predict():
    return predicted(request.get_json())

app.wsgi_app = MonitorMiddleware(app.wsgi_app, monitor)
"""

SERVER = application(
    "flask", "3.1.3", "the client's WSGI middleware", CODE,
    ["gunicorn", "application:app", "--preload", "--workers", "2", "--bind", "127.0.0.1:{port}"],
)  # fmt: skip

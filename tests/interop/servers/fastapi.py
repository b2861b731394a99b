"""FastAPI in uvicorn, with the ASGI middleware."""

from ._frameworks import application

CODE = """
from fastapi import FastAPI, Request
from inference_exporter.client.asgi import MonitorMiddleware
app = FastAPI()
app.add_middleware(MonitorMiddleware, monitor=monitor)

@app.get("/ready")
def ready():
    return {}

@app.post("/predict")
async def predict(request: Request):
    return predicted(await request.json())
"""

SERVER = application(
    "fastapi", "0.165.0", "the client's ASGI middleware", CODE,
    ["uvicorn", "application:app", "--port", "{port}"],
)  # fmt: skip

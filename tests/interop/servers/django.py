"""Django in two processes of gunicorn, with the WSGI middleware."""

from ._frameworks import application

CODE = """
import json
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import JsonResponse
from django.urls import path
from inference_exporter.client.wsgi import MonitorMiddleware
settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="interop")
urlpatterns = [
    path("ready", lambda request: JsonResponse({})),
    path("predict", lambda request: JsonResponse(predicted(json.loads(request.body)))),
]
app = MonitorMiddleware(get_wsgi_application(), monitor)
"""

SERVER = application(
    "django", "5.2.19", "the client's WSGI middleware", CODE,
    ["gunicorn", "application:app", "--preload", "--workers", "2", "--bind", "127.0.0.1:{port}"],
)  # fmt: skip

"""A classifier of XGBoost that is wrapped, in an application of Flask without a middleware.

Each process of gunicorn loads it: threads of OpenMP do not survive a fork.
"""

from iris import FEATURES, TRAIN

from ._frameworks import SAVE, application

FIT = TRAIN.replace("LogisticRegression(max_iter=1000)", "XGBClassifier(n_estimators=30)").replace(
    "sklearn.linear_model import LogisticRegression", "xgboost import XGBClassifier"
)
CODE = f"""
from flask import Flask, request
app = Flask(__name__)
model = monitor.wrap(model, features={FEATURES}, methods=["predict"])

@app.get("/ready")
def ready():
    return {{}}

@app.post("/predict")
def predict():
    return predicted(request.get_json())
"""

SERVER = application(
    "xgboost", "3.2.0", "monitor.wrap(model)", CODE,
    ["gunicorn", "application:app", "--workers", "2", "--bind", "127.0.0.1:{port}"],
    train=FIT + SAVE, logged=4, sends_ids=False, sends_errors=False,
)  # fmt: skip

"""The model that every server serves: a scikit-learn classifier of Fisher's irises, and rows to ask it about."""

from pathlib import Path

from sklearn.datasets import load_iris

MODEL, VERSION = "iris", "1"
FEATURES = ("sepal_length", "sepal_width", "petal_length", "petal_width")
ROWS = [[5.1, 3.5, 1.4, 0.2], [6.1, 2.8, 4.7, 1.2], [7.7, 2.6, 6.9, 2.3], [5.0, 3.4, 1.5, 0.2]]

# Runs in the environment of a server: no more than scikit-learn, joblib and pandas.
TRAIN = """
import joblib
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
rows, species = load_iris(return_X_y=True)
model = LogisticRegression(max_iter=1000).fit(rows, species)
"""


def write_reference_rows(path: Path) -> None:
    """Write the data that the model was trained on as CSV."""
    frame = load_iris(as_frame=True).frame
    frame.columns = [*FEATURES, "species"]
    frame.assign(prediction=frame.species).to_csv(path, index=False)

"""NannyML's direct loss estimation on the windows that `estimated_errors.py` exported.

    python tests/benchmarks/nannyml_errors.py EXPORT

It needs an environment of its own: `python -m venv ENV && ENV/bin/pip install nannyml`. Distances are in units of the
reference's error, as there. The limits are NannyML's confidence band, which is of three standard errors of sampling.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from nannyml import DLE

pd.set_option("future.infer_string", False)  # it cannot read texts of Arrow
KEYS = {"mae": lambda error: np.abs(error).mean(), "rmse": lambda error: np.sqrt(np.square(error).mean())}


def main():
    """Print one line for each exported file."""
    for path in sorted(Path(sys.argv[1]).glob("*-reference.csv")):
        name, size, _ = path.stem.rsplit("-", 2)
        reference, analysis = pd.read_csv(path), pd.read_csv(path.with_name(f"{name}-{size}-analysis.csv"))
        outcome = reference.columns[-1]
        names = list(reference.columns[:-2])
        estimator = DLE(feature_column_names=names, y_pred="prediction", y_true=outcome, metrics=list(KEYS),
                        chunk_size=int(size))  # fmt: skip
        found = estimator.fit(reference).estimate(analysis.drop(columns=outcome)).filter(period="analysis").to_df()
        errors = (analysis["prediction"] - analysis[outcome]).to_numpy().reshape(-1, int(size))
        before = (reference["prediction"] - reference[outcome]).to_numpy()
        for key, measure in KEYS.items():
            truth = np.array([measure(error) for error in errors])
            value, lower, upper = (
                found[key][part].to_numpy()
                for part in ("value", "lower_confidence_boundary", "upper_confidence_boundary")
            )
            inside = ((lower <= truth) & (truth <= upper)).mean()
            off, wide = (np.mean(of) / measure(before) for of in (np.abs(value - truth), upper - lower))
            print(f"{name} {size} {key}: inside {inside:.1%} (off {off:.4f}, width {wide:.3f})")


if __name__ == "__main__":
    main()

"""What each form of a body costs through HTTP: samples per CPU second of the sidecar, beside a bare kernel.

Run it with ``python tests/benchmarks/body_formats.py [FORM ...]``; ``--features=10,100`` picks the widths. A real
``inference-exporter serve`` gets posts of 8,000 samples (one for `single`) over loopback, and the CPU time of its
processes is read before and after. The kernel, in the same run, is what no reader of that form can avoid:
``orjson.loads`` of each line (`lines`, `array`, `single`) or of the body, ``numpy.frombuffer`` and a copy to doubles
for binary tensors, and pyarrow's reader with a copy for Arrow.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
from intake_throughput import Sidecar, columns, running

ROWS, POSTS, SINGLES, ROUNDS = 8_000, 10, 2_000, 3
JSON, NDJSON = "application/json", "application/x-ndjson"


@dataclass
class Form:
    """A body of samples: where it goes, as what, how many samples it holds, and the kernel beside it."""

    path: str
    content_type: str
    body: bytes
    rows: int
    kernel: Callable[[], object]
    is_numeric: bool = True
    """Whether all features are numbers; else every fifth is a category."""


def tables(width: int, rows: int) -> dict[str, list[Any]]:
    """Return features as lists."""
    return {name: list(map(_plain, column)) for name, column in columns(width, rows, 1).items()}


def _plain(value: Any) -> Any:
    return value if isinstance(value, str) else float(value)


def numeric(width: int, rows: int) -> "np.ndarray[Any, Any]":
    """Return features of numbers only, as tensors and matrices have them."""
    return np.random.default_rng(1).normal(10, 3, (rows, width)).round(4)


def samples(width: int, rows: int) -> list[dict[str, Any]]:
    """Return native samples with the fewest fields."""
    table = tables(width, rows)
    return [
        {"features": dict(zip(table, values, strict=True)), "prediction": "ok"}
        for values in zip(*table.values(), strict=True)
    ]


def lines(width: int) -> Form:
    """NDJSON."""
    each = list(map(orjson.dumps, samples(width, ROWS)))
    return Form("/v1/samples", NDJSON, b"\n".join(each) + b"\n", ROWS, partial(_each, each), is_numeric=False)


def array(width: int) -> Form:
    """A JSON array of the same samples."""
    each = list(map(orjson.dumps, samples(width, ROWS)))
    return Form("/v1/samples", JSON, b"[" + b",".join(each) + b"]", ROWS, partial(_each, each), is_numeric=False)


def single(width: int) -> Form:
    """One sample a post."""
    [only] = map(orjson.dumps, samples(width, 1))
    return Form("/v1/samples", JSON, only, 1, partial(_each, [only]), is_numeric=False)


def columnar(width: int) -> Form:
    """``{"columns": …}``."""
    return _document("/v1/samples", {"columns": {**dict(listed(numeric(width, ROWS))), "prediction": ["ok"] * ROWS}})


def v2_columns(width: int) -> Form:
    """The Open Inference Protocol, a tensor for each feature."""
    inputs = [_tensor(name, [ROWS], column) for name, column in listed(numeric(width, ROWS))]
    return _document("/", _exchange({"inputs": inputs}))


def v2_matrix(width: int) -> Form:
    """The Open Inference Protocol, one matrix."""
    flat = numeric(width, ROWS).ravel().tolist()
    return _document("/", _exchange({"inputs": [_tensor("input", [ROWS, width], flat)]}))


def v1_lists(width: int) -> Form:
    """KServe V1 and TensorFlow Serving, rows as lists."""
    return _document("/", _exchange({"instances": numeric(width, ROWS).tolist()}, v2=False))


def v1_objects(width: int) -> Form:
    """KServe V1 and TensorFlow Serving, rows as objects."""
    rows = [dict(zip(names(width), row, strict=True)) for row in numeric(width, ROWS).tolist()]
    return _document("/", _exchange({"instances": rows}, v2=False))


def v1_columns(width: int) -> Form:
    """TensorFlow Serving, columns."""
    return _document("/", _exchange({"inputs": dict(listed(numeric(width, ROWS)))}, v2=False))


def v2_binary(width: int) -> Form:
    """The Open Inference Protocol, one binary matrix."""
    matrix = numeric(width, ROWS)
    tensor = {
        "name": "input",
        "datatype": "FP64",
        "shape": [ROWS, width],
        "parameters": {"binary_data_size": matrix.nbytes},
    }
    content = matrix.tobytes()
    body = orjson.dumps({"inputs": [tensor]}) + content

    def kernel() -> object:
        return np.ascontiguousarray(np.frombuffer(content, np.float64).reshape(ROWS, width).T)

    return Form("/", "application/vnd.sagemaker-triton.binary+json", body, ROWS, kernel)


def arrow(width: int) -> Form:
    """An Arrow stream."""
    table = pa.table({**dict(listed(numeric(width, ROWS))), "prediction": ["ok"] * ROWS})
    sink = BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    body = sink.getvalue()

    def kernel() -> object:
        read = pa.ipc.open_stream(body).read_all()
        return [np.array(read.column(place)) for place in range(width)]

    return Form("/v1/samples", "application/vnd.apache.arrow.stream", body, ROWS, kernel)


def names(width: int) -> list[str]:
    """Return the names of features."""
    return [f"feature_{place}" for place in range(width)]


def listed(matrix: "np.ndarray[Any, Any]") -> list[tuple[str, list[float]]]:
    """Return the columns of a matrix with their names."""
    return list(zip(names(matrix.shape[1]), matrix.T.tolist(), strict=True))


def _tensor(name: str, shape: list[int], data: list[Any]) -> dict[str, Any]:
    return {"name": name, "datatype": "FP64", "shape": shape, "data": data}


def _exchange(request: dict[str, Any], v2: bool = True) -> dict[str, Any]:
    answered = [{"name": "output", "datatype": "BYTES", "shape": [ROWS], "data": ["ok"] * ROWS}]
    return {"request": request, "response": {"outputs": answered} if v2 else {"predictions": ["ok"] * ROWS}}


def _document(path: str, document: Any) -> Form:
    body = orjson.dumps(document)
    return Form(path, JSON, body, ROWS, partial(orjson.loads, body))


def _each(bodies: list[bytes]) -> None:
    for body in bodies:
        orjson.loads(body)


FORMS = {
    each.__name__: each
    for each in (
        lines, array, single, columnar, v2_columns, v2_matrix, v1_lists, v1_objects, v1_columns, v2_binary, arrow,
    )
}  # fmt: skip


def throughput(sidecar: Sidecar, form: Form) -> float:
    """Return samples per CPU second of the sidecar's processes, best of some rounds."""
    posts, best = SINGLES if form.rows == 1 else POSTS, 0.0
    _post(sidecar, form)
    for _ in range(ROUNDS):
        before = sidecar.cpu_seconds()
        for _ in range(posts):
            _post(sidecar, form)
        best = max(best, posts * form.rows / (sidecar.cpu_seconds() - before))
    return best


def _post(sidecar: Sidecar, form: Form) -> None:
    sidecar.connection.request("POST", form.path, form.body, {"Content-Type": form.content_type})
    response = sidecar.connection.getresponse()
    answer = orjson.loads(response.read())
    if (response.status, answer.get("accepted")) != (200, form.rows):
        raise SystemExit(f"{form.path}: {response.status} {str(answer)[:500]}")


def kernel_rate(form: Form) -> float:
    """Return samples per CPU second of the kernel alone, best of some rounds."""
    calls, best = (SINGLES if form.rows == 1 else 3), 0.0
    for _ in range(ROUNDS):
        started = time.process_time()
        for _ in range(calls):
            form.kernel()
        best = max(best, calls * form.rows / (time.process_time() - started))
    return best


def main() -> None:
    """Measure and print."""
    wanted = [name for name in sys.argv[1:] if not name.startswith("--")] or list(FORMS)
    widths = next((a.partition("=")[2] for a in sys.argv if a.startswith("--features=")), "10,100")
    print(f"{'form':>11} {'features':>8} {'samples/CPU s':>14} {'kernel':>12} {'ratio':>6}")
    for width in map(int, widths.split(",")):
        for name in wanted:
            form = FORMS[name](width)
            with running(width, numeric=form.is_numeric) as sidecar:
                rate, bare = throughput(sidecar, form), kernel_rate(form)
            print(f"{name:>11} {width:>8} {rate:>14,.0f} {bare:>12,.0f} {rate / bare:>6.2f}", flush=True)


if __name__ == "__main__":
    main()

"""Builds the compiled parts where a C compiler is; without one the package works as well, on its Python paths."""

from pathlib import Path

from setuptools import Extension, setup

PACKAGE = "exporter/inference_exporter"
COMPILED = {
    "inference_exporter.decode._rowparser": f"{PACKAGE}/decode/_rows",
    "inference_exporter.client._observe": f"{PACKAGE}/client/_gate",
    "inference_exporter.reference._cellsearch": f"{PACKAGE}/reference/_cells",
}

setup(
    ext_modules=[
        Extension(
            module,
            [f"{folder}/module.c"],
            depends=[str(path) for path in Path(folder).glob("*.h")],
            extra_compile_args=["-O3", "-std=c11"],
            py_limited_api=True,
            optional=True,
        )
        for module, folder in COMPILED.items()
    ],
    options={"bdist_wheel": {"py_limited_api": "cp311"}},
)

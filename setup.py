"""Builds the compiled decoder where a C compiler is; without one the package works as well, on its Python path."""

from pathlib import Path

from setuptools import Extension, setup

FOLDER = "exporter/inference_exporter/decode/_rows"

setup(
    ext_modules=[
        Extension(
            "inference_exporter.decode._rowparser",
            [f"{FOLDER}/module.c"],
            depends=[str(path) for path in Path(FOLDER).glob("*.h")],
            extra_compile_args=["-O3", "-std=c11"],
            py_limited_api=True,
            optional=True,
        )
    ],
    options={"bdist_wheel": {"py_limited_api": "cp311"}},
)

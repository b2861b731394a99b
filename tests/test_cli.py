"""The command line: commands, exit codes, output streams and imports."""

import subprocess
import sys

import pytest
from inference_exporter import __version__
from inference_exporter.cli import COMMANDS, main
from inference_exporter.decode._compiled import is_compiled

LIGHT = """
import sys
import inference_exporter.cli
import inference_exporter.commands.serve
heavy = {"numpy", "scipy", "flask", "pandas", "pyarrow", "sklearn", "psutil"} & set(sys.modules)
sys.exit(", ".join(sorted(heavy)) or None)
"""

ENGINE = """
import gc, sys
from inference_exporter.commands.worker import _engine
_engine()
heavy = {
    "asyncio", "confluent_kafka", "flask", "jinja2", "pandas", "psycopg", "pyarrow", "scipy.linalg", "scipy.optimize",
    "scipy.sparse", "scipy.stats", "sklearn", "ssl", "unittest", "werkzeug",
} & set(sys.modules)
sys.exit(", ".join(sorted(heavy)) or (None if gc.isenabled() else "garbage is not collected"))
"""


def run(*arguments):
    """Run the command as a user does."""
    return subprocess.run(
        [sys.executable, "-m", "inference_exporter", *arguments], capture_output=True, text=True, timeout=3000
    )


def ended(arguments):
    """Return the exit code of a command that exits."""
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    return caught.value.code


def test_version(capsys):
    """The version is that of the package, and beside it stands which decoder runs."""
    assert ended(["--version"]) == 0
    decoder = "compiled" if is_compiled() else "python"
    assert capsys.readouterr().out == f"inference-exporter {__version__}\ndecoder: {decoder}\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_explains_itself(command, capsys):
    """Every command has a help that names it, and the flags of logging."""
    assert ended([command, "--help"]) == 0
    out = capsys.readouterr().out
    assert f"inference-exporter {command}" in out
    assert "--log.level" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "the following arguments are required: COMMAND"),
        (["fly"], "invalid choice: 'fly'"),
        (["serve", "--config"], "unrecognized arguments: --config"),
        (["serve", "--log.level=loud"], "argument --log.level: invalid choice: 'loud'"),
        (["reference"], "the following arguments are required: build | show"),
        (["reference", "build", "a.csv"], "the following arguments are required: --out"),
        (["check"], "the following arguments are required: KIND"),
        (["check", "config"], "the following arguments are required: FILE"),
    ],
)
def test_bad_usage_ends_with_code_2(arguments, message, capsys):
    """Bad usage is reported on standard error, with the usage."""
    assert ended(arguments) == 2
    out, error = capsys.readouterr()
    assert out == ""
    assert error.startswith("usage: inference-exporter")
    assert message in error


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["serve", "--config.file=nowhere.yml"], "nowhere.yml: cannot be read: No such file or directory\n"),
        (
            ["serve", "--web.listen-address=localhost"],
            "--web.listen-address: expected HOST:PORT with a port from 1 to 65535, got 'localhost'\n",
        ),
        (["check", "config", "nowhere.yml"], "nowhere.yml: cannot be read: No such file or directory\n"),
        (["reference", "show", "nowhere.json"], "nowhere.json: cannot be read: No such file or directory\n"),
        (["reference", "build", "nowhere.csv", "--out=x"], "nowhere.csv: cannot be read: No such file or directory\n"),
    ],
)
def test_a_bad_configuration_or_file_ends_with_code_2(arguments, message, capsys):
    """User errors are one line on standard error, without a traceback."""
    assert main(arguments) == 2
    assert capsys.readouterr() == ("", message)


def test_flags_of_logging_stand_before_or_after_the_inner_command(tmp_path, capsys):
    """``check --log.level=error config`` and ``check config --log.level=error`` are the same."""
    path = tmp_path / "empty.yml"
    path.write_text("")
    assert main(["check", "--log.level=error", "config", str(path)]) == 0
    assert main(["check", "config", str(path), "--log.level=error"]) == 0
    first, second = capsys.readouterr().out.split("web:")[1:]
    assert first == second


def test_the_command_is_the_module():
    """``python -m inference_exporter`` is the command, exit code included."""
    answer = run("check", "config", "nowhere.yml")
    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr == "nowhere.yml: cannot be read: No such file or directory\n"


@pytest.mark.slow
def test_a_reader_that_goes_is_no_error(tmp_path):
    """``… | head -1`` ends quietly."""
    (tmp_path / "many.yml").write_text("models: [" + ", ".join(f"{{name: m{i}}}" for i in range(300)) + "]")
    line = f"{sys.executable} -m inference_exporter check config {tmp_path / 'many.yml'} | head -1"
    answer = subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=3000)
    assert (answer.stdout, answer.stderr) == ("web:\n", "")


def test_serve_imports_little():
    """The supervising process stays small: it imports neither numpy nor the engine."""
    answer = subprocess.run([sys.executable, "-c", LIGHT], capture_output=True, text=True, timeout=3000)
    assert (answer.returncode, answer.stderr) == (0, "")


def test_the_engine_starts_without_heavy_modules():
    """A worker imports nothing heavy before it is ready, and collects garbage afterwards."""
    process = subprocess.run([sys.executable, "-c", ENGINE], capture_output=True, text=True, timeout=3000)
    assert process.returncode == 0, process.stderr

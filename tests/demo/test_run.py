import argparse
import subprocess
import sys

import pytest
from inference_exporter.demo import run as demo
from inference_exporter.demo.pacing import DEFAULT_SPEED


def parsed(*words):
    parser = argparse.ArgumentParser()
    demo.add_flags(parser)
    return parser.parse_args(words)


def test_without_flags_all_is_shown_until_ctrl_c():
    """By default the demo runs until Ctrl-C, with the stack, at the default pace."""
    arguments = parsed()
    assert (arguments.duration, arguments.no_stack, arguments.speed) == (None, False, DEFAULT_SPEED)


@pytest.mark.parametrize("text", ["0", "-1", "nan", "inf", "soon"])
def test_a_duration_is_a_number_of_seconds(text, capsys):
    """Anything else is bad usage."""
    with pytest.raises(SystemExit) as ended:
        parsed("--duration", text)
    assert ended.value.code == 2
    assert "--duration" in capsys.readouterr().err


def test_it_says_what_to_install(monkeypatch, capsys):
    """Without the demo's extra, the command names it and starts nothing."""
    monkeypatch.setattr(demo, "NEEDED", ("json", "no_such_module"))
    assert demo.run(parsed()) == 2
    assert "no_such_module; pip install 'inference-exporter[demo]'" in capsys.readouterr().err


def test_the_command_starts_at_once():
    """The command itself does not import pandas, numpy or scikit-learn."""
    code = (
        "import sys, inference_exporter.demo.run;"
        "print({'numpy', 'pandas', 'sklearn', 'scipy', 'flask'} & {name.partition('.')[0] for name in sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"

import subprocess
import sys

from inference_exporter.demo.progress import Progress


def test_the_last_line_counts():
    """What was said last is how far it came; what was never counted is none."""
    script = 'print(\'{"date": "2013-05-01", "samples": 1}\'); print(\'{"date": "2013-05-02", "samples": 2}\')'
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as process:
        progress = Progress(process)
        process.wait()
        progress.finish()
    assert (progress.date, progress.count("samples"), progress.count("failed_requests")) == ("2013-05-02", 2, 0)


def test_before_the_first_line_there_is_nothing():
    """A traffic that says nothing has sent nothing."""
    with subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.PIPE, text=True) as process:
        progress = Progress(process)
        process.wait()
        progress.finish()
    assert (progress.date, progress.count("samples")) == ("", 0)


def test_half_a_line_is_passed_over():
    """A process that was killed as it wrote has told us as much as its last whole line."""
    script = 'print(\'{"samples": 1}\'); print(\'{"samp\', end="")'
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as process:
        progress = Progress(process)
        process.wait()
        progress.finish()
    assert progress.count("samples") == 1

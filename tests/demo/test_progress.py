import subprocess
import sys

from inference_exporter.demo.progress import Progress


def test_the_last_line_counts():
    """The last line gives the progress; missing counts are 0."""
    script = 'print(\'{"date": "2013-05-01", "samples": 1}\'); print(\'{"date": "2013-05-02", "samples": 2}\')'
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as process:
        progress = Progress(process)
        process.wait()
        progress.finish()
    assert (progress.date, progress.count("samples"), progress.count("failed_requests")) == ("2013-05-02", 2, 0)


def test_before_the_first_line_there_is_nothing():
    """Without a line, nothing was sent."""
    with subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.PIPE, text=True) as process:
        progress = Progress(process)
        process.wait()
        progress.finish()
    assert (progress.date, progress.count("samples")) == ("", 0)


def test_half_a_line_is_passed_over():
    """An incomplete last line of a killed process is ignored."""
    script = 'print(\'{"samples": 1}\'); print(\'{"samp\', end="")'
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as process:
        progress = Progress(process)
        process.wait()
        progress.finish()
    assert progress.count("samples") == 1

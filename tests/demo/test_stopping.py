import os
import signal
import threading
import time

import pytest
from inference_exporter.demo.stopping import SIGNALS, Stop, Stopped


@pytest.fixture
def stop():
    before = {number: signal.getsignal(number) for number in SIGNALS}
    yield Stop().on_signals()
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_requests_the_stop(stop, number):
    """SIGINT, SIGTERM and SIGHUP all request a stop."""
    stop.check()
    os.kill(os.getpid(), number)
    with pytest.raises(Stopped):
        stop.check()
    assert stop.sleep(1000) is True


def test_a_stop_cuts_a_sleep_short(stop):
    """A stop ends a sleep early."""
    timer = threading.Timer(0.05, lambda: setattr(stop, "requested", True))
    timer.start()
    began = time.monotonic()
    assert stop.sleep(1000) is True
    assert time.monotonic() - began < 500
    timer.join()


def test_sleeping_without_a_stop_takes_its_time(stop):
    """Without a stop, a sleep lasts its full time."""
    began = time.monotonic()
    assert stop.sleep(0.15) is False
    assert time.monotonic() - began >= 0.15

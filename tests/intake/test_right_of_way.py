"""Scrapes have the right of way, within intake's patience."""

import threading

from inference_exporter.intake.right_of_way import RightOfWay

FOREVER = 60.0


def test_intake_does_not_wait_without_a_scrape():
    """Intake continues at once."""
    RightOfWay(FOREVER).give()


def test_intake_waits_for_every_scrape():
    """Intake waits until the last of overlapping scrapes has ended."""
    way, done = RightOfWay(FOREVER), threading.Event()
    waiting = threading.Thread(target=lambda: (way.give(), done.set()), daemon=True)
    with way:
        with way:
            waiting.start()
        assert not done.is_set()
    assert done.wait(FOREVER)


def test_a_failed_scrape_gives_way():
    """An exception in a scrape does not block intake."""
    way = RightOfWay(FOREVER)
    try:
        with way:
            raise ValueError
    except ValueError:
        way.give()


def test_patience_is_bounded():
    """A long scrape delays intake only for its patience."""
    way = RightOfWay(0.001)
    with way:
        way.give()

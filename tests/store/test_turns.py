"""Turns: the order of numbers is the order of work."""

import threading

from inference_exporter.store.turns import InOrder


def test_threads_work_in_the_order_of_their_numbers():
    """Whatever the order in which threads arrive, turns follow their numbers."""
    order, worked = InOrder(), []

    def work(number):
        with order.turn(number):
            worked.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in (3, 1, 4, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert worked == [1, 2, 3, 4]


def test_a_number_that_is_passed_on_holds_nobody_up():
    """A turn follows numbers that were given up, in whatever order they were."""
    order = InOrder()
    order.pass_on(2)
    order.pass_on(1)
    with order.turn(3):
        order.pass_on(4)
    with order.held():
        assert order.done == 4


def test_a_failed_turn_is_over():
    """An exception in a turn does not stop the ones after it."""
    order = InOrder()
    try:
        with order.turn(1):
            raise ValueError
    except ValueError:
        pass
    with order.turn(2):
        pass

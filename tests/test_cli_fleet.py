"""Several drones at one keyboard: what a key is for, whom a yes is about, and which links cannot be told apart."""

from __future__ import annotations

import io
import os
import pty
import queue
import time

import pytest
from rich.console import Console

from cli_fleet import FleetClerk
from cli_keys import Keys
from cli_options import Simulator, VehicleChoice
from mission.flying.flight import FlightProgress
from mission.flying.operator import Operator
from mission.flying.orders import Order
from warehouse.errors import BadInputError


@pytest.fixture
def clerk() -> FleetClerk:
    return FleetClerk(3, asks=True)


def orders_of(clerk: FleetClerk) -> list[Order | None]:
    given = [clerk.of_drone(drone).next_order() for drone in (1, 2, 3)]
    return [None if order is None else order[0] for order in given]


def picture_of(clerk: FleetClerk) -> str:
    console = Console(file=io.StringIO(), width=130)
    console.print(clerk.picture())
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_one_key_lands_all_and_a_number_before_it_only_that_one(clerk: FleetClerk) -> None:
    clerk.press("l", 10.0)
    assert orders_of(clerk) == [Order.LAND] * 3
    clerk.press("2", 20.0)
    clerk.press("l", 21.0)
    assert orders_of(clerk) == [None, Order.LAND, None]
    clerk.press("h", 21.5)  # a number counts once
    assert orders_of(clerk) == [Order.HOLD] * 3


@pytest.mark.parametrize(("key", "order", "after_s"), [("l", Order.LAND, 4.0), ("L", Order.LAND, 0.5), (" ", Order.HOLD, 0.5)])
def test_a_number_is_forgotten_after_a_while_and_does_not_count_for_the_keys_of_all(
    clerk: FleetClerk, key: str, order: Order, after_s: float
) -> None:
    clerk.press("2", 20.0)
    clerk.press(key, 20.0 + after_s)
    assert orders_of(clerk) == [order] * 3


def test_a_number_may_have_several_digits_and_of_an_unknown_drone_it_is_an_order_to_nobody() -> None:
    clerk = FleetClerk(12, asks=True)
    for key, now_s in zip("12l", (0.0, 1.0, 3.5), strict=True):
        clerk.press(key, now_s)
    ordered = [drone for drone in clerk.ends if clerk.of_drone(drone).next_order() is not None]
    assert ordered == [12]
    now_s = time.monotonic()
    clerk.press("4", now_s)
    assert "the next key is for drone 4 only" in picture_of(clerk)
    clerk.press("0", now_s)
    assert "there is no drone 40: the next key is for nobody" in picture_of(clerk)
    clerk.press("l", now_s)
    assert all(clerk.of_drone(drone).next_order() is None for drone in clerk.ends)
    assert "there is no drone 40: nothing was ordered" in picture_of(clerk)
    clerk.press("4", now_s)
    clerk.press("0", now_s)
    clerk.press("L", now_s)  # lands all, whatever was pressed before
    assert all(clerk.of_drone(drone).next_order() is not None for drone in clerk.ends)
    assert "there is no drone" not in picture_of(clerk)


@pytest.mark.parametrize("keys", ["²", "9" * 5000, "٣x"])
def test_no_key_is_too_strange(clerk: FleetClerk, keys: str) -> None:
    for key in keys:
        clerk.press(key, 0.0)
    clerk.press("l", 10.0)
    assert orders_of(clerk) == [Order.LAND] * 3


def test_after_a_key_that_could_not_be_heeded_the_next_one_is(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = pty.openpty()
    heeded = queue.SimpleQueue[str]()

    def heed(letter: str, _: float) -> None:
        if letter == "x":
            raise ValueError("no key of ours")
        heeded.put(letter)

    with os.fdopen(theirs, "rb", buffering=0) as terminal:
        monkeypatch.setattr("sys.stdin", terminal)
        keys = Keys(heed)
        try:
            os.write(ours, b"xl")
            assert heeded.get(timeout=5.0) == "l"
        finally:
            keys.close()
            os.close(ours)


def test_a_yes_is_for_the_drones_that_were_named_and_a_key_on_the_ground_is_forgotten(clerk: FleetClerk) -> None:
    ends: list[Operator] = [clerk.of_drone(drone) for drone in (1, 2, 3)]
    clerk.press("y", 0.0)  # nobody has asked
    for end in ends[:2]:
        end.ask()
    assert "Everything is checked for drones 1, 2." in picture_of(clerk)
    ends[2].ask()
    clerk.press("l", 1.0)
    clerk.press("y", 1.0)
    assert [end.consent() for end in ends] == [True, True, None]
    assert orders_of(clerk)[:2] == [None, None]
    assert "Everything is checked for drone 3." in picture_of(clerk)
    clerk.press("n", 2.0)
    assert ends[2].consent() is False


def test_each_drone_has_a_line_and_says_whom_it_waits_for(clerk: FleetClerk) -> None:
    words = "drone 1 is to leave aisle A02 first"
    clerk.show(
        FlightProgress(phase="held", item=3, n_items=9, n_photos=7, height_m=1.0, text="", drone=2, sortie="02", waits_for=words)
    )
    shown = picture_of(clerk)
    assert shown.split("\n")[3].split()[1:4] == ["2", "02", "waiting"]
    assert f"drone 2 waits: {words}" in shown


@pytest.mark.parametrize(("phase", "said"), [("coming home", "comes home"), ("down", "is down")])
def test_it_is_said_why_a_drone_comes_home_or_has_come_down(clerk: FleetClerk, phase: str, said: str) -> None:
    words = "drone 1 lies in aisle A01"
    clerk.show(
        FlightProgress(phase=phase, item=3, n_items=9, n_photos=7, height_m=1.0, text="", drone=2, sortie="02", because=words)
    )
    assert f"drone 2 {said}: {words}" in picture_of(clerk)


@pytest.mark.parametrize(
    ("endpoints", "ids", "fault"),
    [
        (("udp:0.0.0.0:14550",) * 2, (), "the same --vehicle and the same --vehicle-id"),
        (("udp:0.0.0.0:14550",) * 2, (1, 2), "several drones on one link that is no tcp:HOST:PORT"),
        (("tcp:router:5760",) * 2, (1, 1), "the same --vehicle and the same --vehicle-id"),
        (("tcp:router:5760",), (1, 2), "2 times --vehicle-id, and 1 times --vehicle"),
    ],
)
def test_links_on_which_drones_cannot_be_told_apart_are_refused(
    endpoints: tuple[str, ...], ids: tuple[int, ...], fault: str
) -> None:
    with pytest.raises(BadInputError, match=fault):
        VehicleChoice(endpoints, None, 1, 1.0, vehicle_ids=ids)


def test_the_plan_s_number_of_drones_is_flown_by_as_many_or_fewer() -> None:
    assert VehicleChoice((), Simulator.BUILTIN, 1, 1.0).n_drones(3) == 3
    two = VehicleChoice(("tcp:router:5760",) * 2, None, 1, 1.0, vehicle_ids=(1, 2))
    assert two.n_drones(3) == 2
    with pytest.raises(BadInputError, match="2 drones are named, and the plan is for 1") as refused:
        two.n_drones(1)
    assert "--drones 2" in refused.value.remedy

"""Which worker of the simulated camera develops which photo: neighbours go to one, and none waits while there is work."""

from __future__ import annotations

import threading

from sitl.camera_workers import RUN, Jobs


def test_each_worker_develops_a_run_of_neighbours_and_helps_with_the_last_one() -> None:
    jobs = Jobs()
    for number in range(2 * RUN + 2):
        jobs.put(str(number))
    taken: dict[int, list[int]] = {0: [], 1: []}
    for turn in range(2 * RUN + 2):
        job = jobs.take(turn % 2)
        assert job is not None
        taken[turn % 2].append(int(job))
    assert taken == {0: [*range(RUN), 2 * RUN], 1: [*range(RUN, 2 * RUN), 2 * RUN + 1]}


def test_each_worker_keeps_to_one_of_two_cameras() -> None:
    jobs = Jobs()
    for number in range(6):
        jobs.put(f"left {number}", "left")
        jobs.put(f"right {number}", "right")
    taken = [jobs.take(turn % 2) for turn in range(12)]
    assert taken == [f"{'left' if turn % 2 == 0 else 'right'} {turn // 2}" for turn in range(12)]


def test_a_worker_that_has_come_in_early_takes_what_there_is() -> None:
    jobs = Jobs()
    jobs.put("first")
    jobs.put("second")
    assert [jobs.take(0), jobs.take(1)] == ["first", "second"]


def test_who_waits_is_let_go_at_the_end() -> None:
    jobs = Jobs()
    answers: list[str | None] = []
    waiting = threading.Thread(target=lambda: answers.append(jobs.take(0)))
    waiting.start()
    jobs.end()
    waiting.join(10)
    assert answers == [None]

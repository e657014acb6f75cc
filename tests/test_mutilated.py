"""A sample of the benchmark of mutilated files: nothing crashes, nothing hangs, each refused file is named."""

from benchmarks.mutilated import HARMS, harmed_file, measure, sound_files


def test_harmed_files_are_read_or_refused_by_name() -> None:
    result = measure(3 * len(HARMS))
    good = ("read", "picture, nothing to read")
    assert [o for o in result["outcomes"] if o not in good and not o.startswith("refused: ")] == []
    assert sum(result["outcomes"].values()) == 3 * len(HARMS)


def test_the_same_number_is_harmed_in_the_same_way() -> None:
    files = sound_files()
    assert [harmed_file(n, files) for n in range(30)] == [harmed_file(n, files) for n in range(30)]

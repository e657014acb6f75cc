"""The page that publishes how well it reads: each figure as it was measured, with its denominator, command and commit.

    python -m benchmarks.figures

Writes docs/explanation/figures.md from benchmarks/results. Run it after a benchmark was measured again; a test fails until then.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from inventory.rates import Rate

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).parent / "results"
PAGE = ROOT / "docs" / "explanation" / "figures.md"

_HEAD = """# How well it reads

A rate means nothing without what it is a share of. Here are ours, the bad ones too, with the command that measures them again.
Beside each share stands its 95 % interval (Wilson), so that "none of a few" is not taken for "none".
"""
_LIMITS = """## What these figures do not say

- The warehouses are simulated: a real autopilot flies there, but the pictures are drawn, with noise, blur, glare, film and torn
  labels. What your racks, your light and your labels do, [a scan of one aisle](../how-to/your-drone.md) tells, and before it
  [a printed card](../how-to/print-labels.md).
- A location that is not proven empty is not called occupied. It is `unseen`, stands in `recount.csv`, and is flown again
  or looked at.
- The photographs of barcodes were looked at while the reading was put in order; expect a little less on yours.
"""
_FAMILIES = {
    "Code128": "Code 128",
    "Code39": "Code 39",
    "ITF": "ITF",
    "QR": "QR",
    "DataMatrix": "Data Matrix",
    "EAN/UPC": "EAN and UPC",
    "Codabar": "Codabar",
    "Code93": "Code 93",
}
_WAYS = ("aislescan", "zxing-cpp")
_POSE_ERRORS = {
    "exact": "none",
    "white5": "5 cm, from photo to photo",
    "white15": "15 cm, from photo to photo",
    "walk15": "15 cm, alike for some metres",
    "drift": "15 cm, and half a slot of drift a lane",
}


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


def page() -> str:
    """Return the page as Markdown."""
    return "\n".join([_HEAD, _flown(), _photographs(), _labels(), _poses(), _LIMITS])


def _flown() -> str:
    exact, astray = (_result(f"end_to_end-reference-ardupilot{kind}") for kind in ("", "-astray"))
    a, b = exact["total"], astray["total"]
    rows = [
        ("locations looked at", f"{a['bins']:,}", f"{b['bins']:,}"),
        ("legible labels in the right location, and sure", *(_share(t["right"], t["legible"]) for t in (a, b))),
        ("labels surely in a wrong location", *(_none_of(t["wrong"], t["legible"]) for t in (a, b))),
        ("empty locations proven empty", *(_share(t["empties"], t["true_empties"]) for t in (a, b))),
        ("taken locations called empty", *(_none_of(t["false_empties"], t["bins"] - t["true_empties"]) for t in (a, b))),
        ("planted faults of the stock found", *(_share(t["found"], t["planted"]) for t in (a, b))),
        ("accusations of what was right", *(str(t["false_accusations"]) for t in (a, b))),
    ]
    commits = list(dict.fromkeys(row["commit"] for row in [*exact["seeds"], *astray["seeds"]]))
    fly = "    python -m benchmarks.end_to_end --site benchmarks/sites/reference --sitl ardupilot --seed 501 --speedup 8"
    return f"""## From take-off to verdict

The reference site has 576 locations; each flight finds other pallets, labels and faults there. A real ArduCopter flies, the
pictures are drawn where it truly is, and nothing but the pictures and the flight's log is read. On the right its navigation is
wrong by 15 cm (one standard deviation, slowly changing), and drifts by half a slot along each aisle.

{_table(("", "as it flies", "led astray"), rows)}

With `$ARDUCOPTER` naming the autopilot's program:

{fly} --bins {a["bins"]}
{fly} --bins {b["bins"]} --navigation-error 0.15 --drift 0.45

{a["seeds"]} and {b["seeds"]} flights, while the program was worked on: at the commits
{", ".join(commits)}.
"""


def _photographs() -> str:
    result = _result("decode")
    ways = result["ways"]
    names = list(ways)
    rows = []
    for family, word in _FAMILIES.items():
        of = [ways[name]["families"][family] for name in names]
        rows.append((word, *(f"{_share(f['right'], f['codes'])}, {f['wrong']} wrong" for f in of)))
    rows.append(
        ("pictures without a code read as one", *(_none_of(ways[n]["false_on_negatives"], ways[n]["negatives"]) for n in names))
    )
    rows.append(("milliseconds a megapixel, one core", *(f"{ways[n]['ms_a_megapixel']:.0f}" for n in names)))
    return f"""## Real photographs of barcodes

Creased, blurred, dirty, aslant and small ones, from public collections; the engines beside it read the same files in the same run.

{_table(("", *names), rows)}

    python -m benchmarks.decode

At the commit {result["machine"]["commit"]}.
"""


def _labels() -> str:
    result = _result("wrong_reads")
    n, counts = result["labels"], result["counts"]
    rows = [("SSCC read and right", *(f"{counts[f'{way}, any prefix: right']:,}" for way in _WAYS))]
    # What never happened is not in the file.
    rows.append(("SSCC read as another pallet", *(_none_of(counts.get(f"{way}, any prefix: wrong", 0), n) for way in _WAYS)))
    return f"""## Drawn pallet labels, half of them too bad to read

{n:,} labels under blur, noise, glare, slant and misprints, and {result["pictures_without_label"]:,} pictures without one. What
matters here is not how many are read, but that none is read as another pallet.

{_table(("", *_WAYS), rows)}

    python -m benchmarks.wrong_reads

At the commit {result["machine"]["commit"]}.
"""


def _poses() -> str:
    result = _result("poses")
    rows = []
    for model, error in _POSE_ERRORS.items():
        of = {row["tags"]: row for row in result["rows"] if row["model"] == model}
        before = f"{of[True]['before_right']} right, {of[True]['before_wrong']} wrong"
        rows.append((error, before, *(f"{of[t]['after_right']} right, {of[t]['after_wrong']} wrong" for t in (True, False))))
    return f"""## When the drone does not know where it is

{result["rows"][0]["after_legible"]} labels of the demo site, read from photos whose recorded
positions were made wrong on purpose: how many are surely in the right location and surely in a wrong one, before the
photos themselves (location tags, uprights, labels that several photos share) corrected the positions, and after.
The others are unsure, and accuse nobody.

{_table(("error of the positions", "not corrected", "with location tags", "without"), rows)}

SITE is a copy of `sitl/demo_site` to which `aislescan site tags` gave its tags:

    python -m benchmarks.develop --site SITE --seed {result["seed"]} --out RUN --position-noise 0
    aislescan read RUN
    python -m benchmarks.poses RUN --seed {result["seed"]}

At the commit {result["machine"]["commit"]}.
"""


def _result(name: str) -> Any:
    return json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))


def _share(n: int, of: int) -> str:
    interval = Rate(n, of).wilson()
    if interval is None:
        return "none to count"
    low, high = (_percent(share) for share in interval)
    return f"{n:,} of {of:,}: {100 * n / of:.1f} % ({low} to {high})"


def _percent(share: float) -> str:
    rounded = f"{100 * share:.1f}"
    is_all_but_rounded = rounded == "100.0" and share < 1.0 - 1e-9
    return f"{100 * share:.2f}" if is_all_but_rounded else rounded.removesuffix(".0")


def _none_of(n: int, of: int) -> str:
    interval = Rate(n, of).wilson()
    return f"{n:,} of {of:,}" + (f" (at most 1 in {1 / interval[1]:,.0f})" if interval and n == 0 else "")


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


if __name__ == "__main__":
    main()

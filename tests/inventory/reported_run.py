"""A reconciled run of the demo site as the stages before the report leave it: CSV files, small pictures, a flown path. Seeded."""

from __future__ import annotations

import csv
import random
from pathlib import Path

import cv2
import numpy as np

from tests.inventory.worlds import sscc
from warehouse.poses import FrameRecord, Pose
from warehouse.run_folder import RunFolder
from warehouse.site import Site
from warehouse.site_file import load_site

DEMO_SITE = Path(__file__).parents[2] / "sitl" / "demo_site"

MISSING, MOVED_FROM, MOVED_TO, UNEXPECTED = "A01-02-3-2", "A01-03-2-1", "A01-06-1-3", "A01-05-4-2"
SWAPPED, TWICE, OTHER_ITEM = ("A01-04-2-1", "A01-04-2-2"), ("A01-01-3-3", "A01-08-1-1"), "A01-07-3-1"
UNSEEN, TORN, WEAK, ERP_MOVED = "A01-07-4-3", "A01-03-3-2", "A01-06-2-2", "A01-02-1-1"


def write_csv(path: Path, rows: list[dict[str, str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(dict.fromkeys(column for row in rows for column in row)), restval="")
        writer.writeheader()
        writer.writerows(rows)


def write_picture(path: Path, words: str, *, size: tuple[int, int] = (420, 520), seed: int = 0) -> None:
    """Draw a carton with a label, or an empty place when there are no words."""
    width, height = size
    noise = np.random.default_rng(seed).normal(0, 6, (height, width))
    picture = np.full((height, width), 70.0) + np.linspace(0, 40, height)[:, None]
    if words:
        picture[height // 5 : -20, 30:-30] = 150
        picture[height // 3 : height // 3 + height // 4, width // 4 : -width // 4] = 235
        bars = np.random.default_rng(seed).integers(0, 2, width // 2 - 30).astype(bool)
        block = picture[height // 3 + 40 : height // 3 + height // 4 - 8, width // 4 + 15 : width // 4 + 15 + bars.size]
        block[:, bars] = 20
    picture = np.clip(picture + noise, 0, 255).astype(np.uint8)
    cv2.putText(picture, words, (width // 4 + 8, height // 3 + 26), cv2.FONT_HERSHEY_SIMPLEX, 0.42, 10, 1, cv2.LINE_AA)
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), picture, [cv2.IMWRITE_JPEG_QUALITY, 80])


def make_run(root: Path, *, pictures: bool = True) -> tuple[RunFolder, Site]:
    """Write the run folder of a count of the demo site with one finding of every verdict."""
    run, site = RunFolder.create(root, DEMO_SITE), load_site(DEMO_SITE)
    rng = random.Random(7)
    codes = [b.code for b in site.layout.bins]
    pallet = {c.text: sscc(i) for i, c in enumerate(codes, start=1)}
    verdicts = {
        MISSING: "missing",
        UNEXPECTED: "unexpected",
        OTHER_ITEM: "wrong_content",
        WEAK: "low_confidence",
        ERP_MOVED: "stale",
    }
    verdicts |= dict.fromkeys((MOVED_FROM, MOVED_TO, *SWAPPED), "misplaced") | dict.fromkeys(TWICE, "duplicate")
    verdicts |= dict.fromkeys((UNSEEN, TORN), "unverified")
    plain = [b.code.text for b in site.layout.bins if b.kind.is_observable and b.code.text not in verdicts]
    empty = set(rng.sample(plain, 10))
    rows = []
    for number, b in enumerate(site.layout.bins):
        code = b.code.text
        expected = "" if code in empty or code in (UNEXPECTED, MOVED_TO) or not b.kind.is_observable else pallet[code]
        observed, status, reason = expected, "read", ""
        if code in empty or code in (MISSING, MOVED_FROM):
            observed, status = "", "empty"
        if code == MOVED_TO:
            observed = pallet[MOVED_FROM]
        if code in SWAPPED:
            observed = pallet[SWAPPED[1 - SWAPPED.index(code)]]
        if code == UNEXPECTED:
            observed = sscc(900)
        if code == TWICE[1]:
            observed = f"{pallet[code]}|{pallet[TWICE[0]]}"
        if code == UNSEEN:
            observed, status, reason = "", "unseen", "no usable frame: the pose was uncertain by 0.9 m along this bay"
        if code == TORN:
            observed, status, reason = "", "unreadable", "a load stands here; 6 frames show its label torn"
        if not b.kind.is_observable:
            observed, status, reason = "", "not_observable", f"the layout calls this place {b.kind.value}"
        seen = status in ("read", "empty", "unreadable")
        bin_file, label_file = f"evidence/{code}.jpg", f"evidence/{code}-label.jpg"
        if pictures and seen:
            write_picture(run.root / bin_file, observed.split("|")[0] or ("torn" if status == "unreadable" else ""), seed=number)
        if pictures and observed:
            write_picture(run.root / label_file, observed.split("|")[0], size=(360, 240), seed=number)
        rows.append(
            {
                "schema_version": "1.0", "location": code, "kind": b.kind.value, "status": status, "expected_pallets": expected,
                "aisle": b.code.aisle, "bay": b.code.bay, "level": b.code.level, "slot": b.code.slot, "observed_pallets": observed,
                "verdict": verdicts.get(code, "match" if b.kind.is_observable else "unverified"), "reason": reason,
                "confidence": f"{rng.uniform(0.96, 0.999):.3f}" if seen else "0.000",
                "seen_at": f"2026-11-05T21:{10 + number // 8:02d}:{number % 60:02d}Z" if seen else "",
                "n_frames": str(rng.randint(3, 6)) if seen else "0", "evidence": bin_file if seen else "",
                "label_evidence": label_file if observed else "", "case_id": "",
                "runner_up": codes[(number + 1) % len(codes)].text if observed else "", "margin_m": "0.61" if observed else "",
            }
        )  # fmt: skip
    folder = run.reconciliation_folder
    write_csv(folder / "locations.csv", rows)
    write_csv(folder / "discrepancies.csv", _findings(pallet))
    write_csv(
        folder / "recount.csv",
        [
            {"schema_version": "1.0", "location": code, "reason": reason, "how": "fly", "what_to_do": "Look again from nearer."}
            for code, reason in (
                (UNSEEN, "not seen"),
                (TORN, "label torn"),
                (WEAK, "read once, without a check digit"),
                (ERP_MOVED, "the ERP moved the pallet after its export"),
            )
        ],
    )
    run.write_json(
        folder / "summary.json", {"erp": {"file": "stock.csv", "rows_refused": 0}, "snapshot_at": "2026-11-05T20:30:00Z"}
    )
    run.write_lines(run.frames_path("01"), list(fly(site)))
    return run, site


def _findings(pallet: dict[str, str]) -> list[dict[str, str]]:
    stock = {"item": "ES-4410 cable drum 25 m", "batch": "L2291", "quantity": "48", "uom": "PCE", "schema_version": "1.0"}

    def row(verdict: str, cause: str, serial: str, reason: str, action: str, **more: str) -> dict[str, str]:
        expected = more.get("expected_location", "")
        at = more.get("observed_location", expected)
        return stock | {
            "verdict": verdict, "cause": cause, "pallet": serial, "pallet_kind": "SSCC", "confidence": "0.982", "reason": reason,
            "suggested_action": action, "seen_at": "2026-11-05T21:14:09Z", "evidence": f"evidence/{at}.jpg",
            "expected_evidence": f"evidence/{expected}.jpg" if expected else "", "erp_row": "31", **more,
        }  # fmt: skip

    a, b = SWAPPED
    rows = [
        row("missing", "gone", pallet[MISSING], "the location was seen empty in 4 frames, and the pallet was read nowhere",
            "Look for its last movement; book it out only once someone has confirmed that it is gone.", expected_location=MISSING),
        row("misplaced", "moved", pallet[MOVED_FROM], "read in 5 frames at A01-06-1-3; A01-03-2-1 was seen empty",
            "Move the pallet back, or correct its location in the ERP to A01-06-1-3.",
            expected_location=MOVED_FROM, observed_location=MOVED_TO),
        row("misplaced", "swapped", pallet[a], "both pallets were read in each other's place",
            "Swap the two pallets, or their locations in the ERP.", expected_location=a, observed_location=b,
            other_pallet=pallet[b], other_expected_location=b, other_observed_location=a),
        row("unexpected", "unknown_to_erp", sscc(900), "read in 4 frames; no line of the ERP file names this pallet",
            "Check whether a goods receipt was not booked.", observed_location=UNEXPECTED, item="", batch="", quantity="", uom="",
            erp_row=""),
        row("duplicate", "read_twice", pallet[TWICE[0]], "the same SSCC was read at two places, in different frames",
            "Compare both labels on the pallets.", expected_location=TWICE[0], observed_location=TWICE[0],
            other_observed_location=TWICE[1]),
        row("wrong_content", "content", pallet[OTHER_ITEM], "the label says batch L2219, the ERP line says L2291",
            "Compare label and ERP line.", expected_location=OTHER_ITEM, observed_location=OTHER_ITEM),
        row("low_confidence", "weak_evidence", pallet[WEAK], "read once near the border of two places", "Recount A01-06-2-2.",
            expected_location=WEAK, observed_location="A01-06-2-3", confidence="0.610"),
        row("stale", "moved_since", pallet[ERP_MOVED], "the ERP moved it at 20:58, after the export",
            "Compare with a fresh export.", expected_location=ERP_MOVED),
    ]  # fmt: skip
    return [found | {"case_id": f"C{number:03d}"} for number, found in enumerate(rows, start=1)]


def fly(site: Site) -> list[FrameRecord]:
    """Return photos along both faces of the demo aisle: up the left side, back along the right one, a pass a level."""
    frames = []
    aisle = site.layout.aisles[0]
    for heading, x in ((180.0, aisle.start_m[0]), (0.0, aisle.start_m[0])):
        for level in range(4):
            for step in range(24):
                along = step * 0.48 if level % 2 == 0 else 11.04 - step * 0.48
                frames.append((heading, x, aisle.start_m[1] + along, 0.65 + 1.45 * level))
    return [
        FrameRecord(
            frame=f"01/{i:06d}",
            sortie="01",
            file=f"sorties/01/frames/00-{i:06d}.jpg",
            camera="right",
            captured_at="2026-11-05T21:10:00Z",
            pose=Pose(time_s=i * 0.5, position_m=(x, y, z), roll_deg=0.0, pitch_deg=0.0, heading_deg=heading),
            position_sigma_m=0.05,
            is_ekf_healthy=True,
        )
        for i, (heading, x, y, z) in enumerate(frames)
    ]

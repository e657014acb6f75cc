from dataclasses import replace
from pathlib import Path
from typing import Any

from warehouse.site_file import load_site
from warehouse.site_new import new_site
from warehouse.site_summary import describe_site


def test_the_summary_says_what_a_clerk_can_count_in_the_hall(tmp_path: Path) -> None:
    measures: dict[str, Any] = {"bay_width_m": 2.7, "level_height_m": 1.45, "aisle_width_m": 3.2}
    new_site(tmp_path, name="Hall 1", aisles=1, bays=2, levels=4, slots=3, **measures)
    layout = tmp_path / "layout.csv"
    rows = layout.read_text().replace("A01-01-1-1,A01,left,0.550,0.050,0.900,1.300,1.10,normal", "").replace("normal", "rear", 1)
    layout.write_text(rows)
    assert describe_site(load_site(tmp_path)) == (
        "Hall 1: 1 aisle, 2 rack faces, 47 locations, of which 1 cannot be looked at\n"
        "Aisle A01: 5.7 m long, 3.20 m wide\n"
        "  left: 23 locations (22 normal, 1 rear), 4 levels with pallets standing 0.05 to 4.40 m above the floor\n"
        "  right: 24 locations (24 normal), 4 levels with pallets standing 0.05 to 4.40 m above the floor\n"
        "Drone: quad 450 with side camera; its centre keeps 0.75 m from everything and scans from 0.50 to 6.00 m\n"
        "Camera: right, 8.1 megapixels; reads a bar of 0.8 mm from up to 2.06 m, where a picture covers 1.32 by 0.99 m"
    )


def test_an_aisle_without_locations_and_a_camera_that_would_have_to_come_too_near_are_said(demo_site_folder: Path) -> None:
    site = load_site(demo_site_folder)
    idle = replace(site.layout.aisles[0], name="A02")
    site = replace(
        site, layout=replace(site.layout, aisles=(*site.layout.aisles, idle)), labels=replace(site.labels, narrowest_bar_mm=0.25)
    )
    lines = describe_site(site).splitlines()
    assert "Aisle A02: 11.3 m long, 3.20 m wide, no location" in lines
    assert lines[-1].endswith("; the drone may not fly that near: it needs a longer lens, more pixels, or labels with wider bars")

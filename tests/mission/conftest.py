"""One lane of the demo site, planned."""

from __future__ import annotations

from pathlib import Path

import pytest

from mission.planning.plan_files import write_plan
from mission.planning.planner import make_plan
from mission.records import ScanPlan
from tests.mission.flying.pilot import LANE
from tests.mission.worlds import SHARP_SITE
from warehouse.run_folder import RunFolder
from warehouse.site import Site
from warehouse.site_file import load_site


@pytest.fixture
def site() -> Site:
    return load_site(SHARP_SITE)


@pytest.fixture
def plan(site: Site) -> ScanPlan:
    return make_plan(site, locations=LANE)


@pytest.fixture
def run(tmp_path: Path, site: Site, plan: ScanPlan) -> RunFolder:
    folder = RunFolder.create(tmp_path / "run", SHARP_SITE)
    write_plan(folder, site, plan)
    return folder

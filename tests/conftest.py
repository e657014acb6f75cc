"""What every test may lean on: repeatable property tests, the demo site, the reference data beside the repository."""

import os
import shutil
import signal
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as `cli.main` does, before NumPy is loaded
os.environ["AISLESCAN_LANG"] = "en"  # commands that tests start say what the tests expect, whatever the machine speaks
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # the hundreds of commands that tests start need not compile all modules each

import cv2
import pytest
from hypothesis import settings

from benchmarks.failure_flight import Hall, make_hall, shelve

ROOT = Path(__file__).parents[1]

cv2.setNumThreads(1)  # one process for each core is at work already
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # started in the background of a script; some tests press Ctrl-C
    signal.signal(signal.SIGINT, signal.default_int_handler)

# No deadline: a slow machine is no failure. Derandomized: a red test is red for everybody.
settings.register_profile("aislescan", deadline=None, derandomize=True, max_examples=40)
settings.load_profile("aislescan")


@pytest.fixture
def demo_site_folder(tmp_path: Path) -> Path:
    """A copy of the demo site, with a sharper camera, that the test may change."""
    return Path(shutil.copytree(ROOT / "benchmarks" / "sites" / "sharp", tmp_path / "demo_site"))


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Hall:
    """One planned hall for all flights; each flies in a copy, `hall`."""
    return make_hall(tmp_path_factory.mktemp("drawn") / "hall", level="1", bays=2)


@pytest.fixture
def hall(drawn: Hall, tmp_path: Path) -> Hall:
    """A run folder of its own for each flight."""
    return shelve(drawn, tmp_path / "hall")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real barcode photographs, ERP exports and recorded flights; only where they lie beside the repository."""
    data = ROOT.parent / "shared" / "data"
    if not data.is_dir():
        pytest.skip("the shared reference data is not beside the repository")
    return data

"""Who may know whom. Holds the arrows and fences that docs/decisions/0001-shape.md gives reasons for, by reading the imports."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

STAGES = {"mission", "vision", "inventory"}
ALLOWED = {
    "warehouse": {"warehouse"},
    "mission": {"mission", "warehouse"},
    "vision": {"vision", "warehouse"},
    "inventory": {"inventory", "warehouse"},
    "sitl": {"sitl", "warehouse"},
    "language": {"language", "warehouse"},
    "cli": {"cli", "language", "mission", "vision", "inventory", "sitl", "warehouse"},
    "benchmarks": {"benchmarks", "mission", "vision", "inventory", "sitl", "warehouse"},
}
OURS = {*ALLOWED, "tests"}

MAVLINK_MODULES = (
    "mission/flying/*.py",
    *("sitl/copter/*", "sitl/ardupilot.py", "sitl/vehicles.py", "sitl/lockstep.py", "sitl/camera*.py"),
    *("benchmarks/*flight*.py", "benchmarks/failure_*.py", "benchmarks/keys.py", "benchmarks/random_failures.py"),
)
INNER_WALLS = {
    ("mission/planning/", "mission.flying"): "a plan is made before there is a flight",
    ("mission/flying/supervision.py", "pymavlink"): "who judges a flight does not steer it",
}
"""What a room of a package must not import of the same package."""
FENCES = {
    "pymavlink": MAVLINK_MODULES,
    "typer": ("cli*.py",),
    "click": ("cli*.py",),
    "polars": ("inventory/columns/*",),
}
ONE_MODULE_EACH = (
    "pyzbar",
    "zxingcpp",
    "sqlite_utils",
    "distributed",
    "fsspec",
    "plotly",
    "pyvrp",
    "xlsxwriter",
    "fpdf",
    "dronekit",
)
WAREHOUSE_MAY_USE = {"numpy"}
DRAWERS = {"utils", "util", "helpers", "helper", "common", "core", "manager", "misc"}
MAX_LINES = 400
DISTRIBUTION_OF = {
    "click": "typer",  # typer hands out click's own types
    "cv2": "opencv-python-headless",
    "dronekit": "dronekit2",
    "fpdf": "fpdf2",
    "markupsafe": "jinja2",  # the type of jinja2's finished HTML
    "python_calamine": "python-calamine",
    "sqlite_utils": "sqlite-utils",
    "zint": "zint-bindings",
    "zxingcpp": "zxing-cpp",
}


def imports(path: str, source: str) -> Iterator[str]:
    """Yield the dotted names that a module at `path` (relative to the repository) imports, wherever in it and however."""
    package = path.removesuffix(".py").removesuffix("/__init__").split("/")
    if not path.endswith("__init__.py"):
        package = package[:-1]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            yield ".".join([*base, *([node.module] if node.module else [])])
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in ("import_module", "__import__"):
                yield str(node.args[0].value)


def mentions(source: str, word: str) -> list[int]:
    """Return the lines whose code (names and texts, not docstrings and comments) contains `word`."""
    tree = ast.parse(source)
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    found = set()
    for node in ast.walk(tree):
        texts = [value for value in ast.iter_fields(node) if isinstance(value[1], str)]
        if id(node) not in docstrings and any(word in text.lower() for _, text in texts):
            found.add(getattr(node, "lineno", 0))
    return sorted(found)


def package_of(name: str) -> str:
    """Return the package of a dotted name; the command line is one, though it is a few modules beside one another."""
    top = name.split(".", maxsplit=1)[0]
    return "cli" if top.startswith("cli_") else top


def violations(sources: dict[str, str]) -> list[str]:
    """Return each breach of an arrow or a fence by the modules of `sources` (path in the repository -> text)."""
    found = []
    users: dict[str, set[str]] = {name: set() for name in ONE_MODULE_EACH}
    for path, source in sources.items():
        owner = package_of(path.removesuffix(".py").replace("/", "."))
        for name in imports(path, source):
            top = package_of(name)
            if top in OURS and top not in ALLOWED[owner]:
                found.append(f"{path}: {owner} must not import {name}")
            found += [
                f"{path}: must not import {name}; {reason}"
                for (room, other), reason in INNER_WALLS.items()
                if path.startswith(room) and f"{name}.".startswith(f"{other}.")
            ]
            if top in FENCES and not any(fnmatch(path, pattern) for pattern in FENCES[top]):
                found.append(f"{path}: {top} is imported only in {', '.join(FENCES[top])}")
            if owner == "warehouse" and top not in OURS | WAREHOUSE_MAY_USE | sys.stdlib_module_names:
                found.append(f"{path}: warehouse uses numpy at most, not {name}")
            if owner == "warehouse" and top == "sqlite3":
                found.append(f"{path}: no SQL in warehouse")
            if top in users:
                users[top].add(path)
        if owner in STAGES:
            found += [f"{path}, line {line}: {owner} must not know of sitl" for line in mentions(source, "sitl")]
        for part in path.removesuffix(".py").split("/"):
            found += [f"{path}: {word!r} names a drawer, not a thing" for word in sorted(DRAWERS & set(part.split("_")))]
        if (n_lines := source.count("\n")) > MAX_LINES:
            found.append(f"{path}: {n_lines} lines; split it at {MAX_LINES}")
    for name, paths in users.items():
        if len(paths) > 1:
            found.append(f"{name} belongs in one module, not in {', '.join(sorted(paths))}")
    return found


def sources() -> dict[str, str]:
    paths = [*sorted(ROOT.glob("*.py")), *(path for owner in ALLOWED for path in sorted((ROOT / owner).rglob("*.py")))]
    return {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in paths}


def test_every_arrow_and_fence_holds() -> None:
    assert violations(sources()) == []


def test_each_package_is_there_to_be_checked() -> None:
    assert {package_of(path.removesuffix(".py").replace("/", ".")) for path in sources()} == set(ALLOWED)


def test_nothing_but_the_tests_of_the_command_line_imports_it() -> None:
    tests = {path: path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("*.py")}
    users = [
        path.name
        for path, text in tests.items()
        for name in imports(path.relative_to(ROOT).as_posix(), text)
        if package_of(name) == "cli"
    ]
    assert [name for name in users if not name.startswith("test_cli")] == []


def test_every_library_that_is_imported_is_declared_and_every_declared_one_is_imported() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    requirements = [*project["dependencies"], *project["optional-dependencies"]["cluster"]]
    declared = {re.split("[^a-z0-9-]", requirement.lower())[0] for requirement in requirements}
    shipped = {path: text for path, text in sources().items() if not path.startswith("benchmarks/")}
    tops = {package_of(name) for path, text in shipped.items() for name in imports(path, text)}
    foreign = tops - OURS - sys.stdlib_module_names
    through_others = {"pyserial", "s3fs"}  # pymavlink imports the one when it is given a serial port, fsspec the other for s3://
    assert {DISTRIBUTION_OF.get(top, top) for top in foreign} == declared - through_others


@pytest.mark.parametrize(
    ("path", "source", "breach"),
    [
        (
            "warehouse/a.py",
            "from mission.planning.lanes import lanes_of",
            "warehouse/a.py: warehouse must not import mission.planning.lanes",
        ),
        ("mission/a.py", "import vision", "mission/a.py: mission must not import vision"),
        ("mission/a.py", "import inventory.store as store", "mission/a.py: mission must not import inventory.store"),
        ("vision/deep/a.py", "from mission import plan", "vision/deep/a.py: vision must not import mission"),
        (
            "inventory/a.py",
            "def f():\n    from vision.codes.decode import decode",
            "inventory/a.py: inventory must not import vision.codes.decode",
        ),
        (
            "mission/planning/a.py",
            "from mission.flying import link",
            "mission/planning/a.py: must not import mission.flying; a plan is made before there is a flight",
        ),
        ("sitl/a.py", "import mission.flying.flight", "sitl/a.py: sitl must not import mission.flying.flight"),
        ("sitl/a.py", "import cli", "sitl/a.py: sitl must not import cli"),
        ("sitl/a.py", "from cli_options import OutOption", "sitl/a.py: sitl must not import cli_options"),
        ("benchmarks/a.py", "from cli import app", "benchmarks/a.py: benchmarks must not import cli"),
        ("mission/a.py", "from tests.conftest import ROOT", "mission/a.py: mission must not import tests.conftest"),
        (
            "mission/a.py",
            "import importlib\nimportlib.import_module('vision.read')",
            "mission/a.py: mission must not import vision.read",
        ),
        ("cli.py", "import benchmarks.demo", "cli.py: cli must not import benchmarks.demo"),
        ("vision/a.py", "import pymavlink.mavutil", f"vision/a.py: pymavlink is imported only in {', '.join(MAVLINK_MODULES)}"),
        (
            "mission/planning/lanes.py",
            "import pymavlink",
            f"mission/planning/lanes.py: pymavlink is imported only in {', '.join(MAVLINK_MODULES)}",
        ),
        ("sitl/stock.py", "import pymavlink", f"sitl/stock.py: pymavlink is imported only in {', '.join(MAVLINK_MODULES)}"),
        (
            "mission/flying/supervision.py",
            "from pymavlink import mavutil",
            "mission/flying/supervision.py: must not import pymavlink; who judges a flight does not steer it",
        ),
        ("mission/a.py", "import typer", "mission/a.py: typer is imported only in cli*.py"),
        ("warehouse/a.py", "import cv2", "warehouse/a.py: warehouse uses numpy at most, not cv2"),
        ("warehouse/a.py", "import sqlite3", "warehouse/a.py: no SQL in warehouse"),
        ("vision/a.py", "truth = open('sitl/truth.json')", "vision/a.py, line 1: vision must not know of sitl"),
        ("mission/a.py", "def fly(is_sitl): ...", "mission/a.py, line 1: mission must not know of sitl"),
        ("vision/utils.py", "", "vision/utils.py: 'utils' names a drawer, not a thing"),
        ("mission/flight_manager.py", "", "mission/flight_manager.py: 'manager' names a drawer, not a thing"),
        ("sitl/core/a.py", "", "sitl/core/a.py: 'core' names a drawer, not a thing"),
        ("sitl/a.py", "x = 1\n" * 401, "sitl/a.py: 401 lines; split it at 400"),
    ],
)
def test_a_breach_is_found(path: str, source: str, breach: str) -> None:
    assert breach in violations({path: source})


def test_a_relative_import_counts_as_what_it_means() -> None:
    assert list(imports("mission/copter/a.py", "from ..lanes import x\nfrom . import y\nfrom .z import w")) == [
        "mission.lanes",
        "mission.copter",
        "mission.copter.z",
    ]
    assert list(imports("mission/__init__.py", "from . import y")) == ["mission"]


def test_a_library_fenced_to_one_module_is_not_imported_in_two() -> None:
    two = {"vision/a.py": "import zxingcpp", "sitl/b.py": "from zxingcpp import read_barcodes"}
    assert violations(two) == ["zxingcpp belongs in one module, not in sitl/b.py, vision/a.py"]
    assert violations({"vision/a.py": "import zxingcpp\nimport zxingcpp"}) == []


def test_what_the_arrows_allow_is_no_breach() -> None:
    assert (
        violations(
            {
                "mission/flying/flight.py": '"""Flies SITL too."""\nimport dronekit  # sitl\nfrom warehouse import poses',
                "sitl/copter/vehicle.py": "from pymavlink import mavutil\nimport sitl.stock",
                "warehouse/camera.py": "import numpy as np\nfrom warehouse.poses import Pose\nimport tomllib",
                "cli.py": "import typer, cli_options, mission.plan, vision.read, inventory.report, sitl.demo",
                "benchmarks/demo.py": "import mission, sitl, vision",
            }
        )
        == []
    )

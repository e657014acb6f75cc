"""Which files a site is, and the digest that tells one site from another."""

from __future__ import annotations

import hashlib
from pathlib import Path

from warehouse.errors import BadInputError

SITE_FILES = ("site.toml", "layout.csv")
OPTIONAL_SITE_FILES = ("tags.csv",)


def site_digest(folder: Path) -> str:
    """Return the SHA-256 (hex) over the names and bytes of the site files in `folder`."""
    digest = hashlib.sha256()
    for name in SITE_FILES:
        path = folder / name
        if not path.is_file():
            raise BadInputError(f"{path}: no such file", remedy="a site folder holds site.toml and layout.csv")
        digest.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    for name in optional_site_files(folder):
        digest.update(name.encode() + b"\0" + (folder / name).read_bytes() + b"\0")
    return digest.hexdigest()


def optional_site_files(folder: Path) -> list[str]:
    """Return those that are there; what has the name of one and is no file is an error, not a site without it."""
    there = []
    for name in OPTIONAL_SITE_FILES:
        path = folder / name
        if path.is_file():
            there.append(name)
        elif path.is_symlink() or path.exists():
            what = "a folder or device" if path.exists() else "a link to a file that is not there"
            raise BadInputError(f"{path}: not a file but {what}", remedy="put the file there, or remove it if the site has none")
    return there


def names_of_site_files(root: Path) -> str:
    """Return the names of the site files that a run folder holds, for a sentence."""
    *first, last = [*SITE_FILES, *optional_site_files(root)]
    return f"{', '.join(first)} or {last}"

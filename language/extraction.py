"""Finds the messages in the source and keeps the catalogues in step with it: `python -m language.extraction`.

A message is any text with words in it: the pieces of an f-string become places, the two ways of `'' if n == 1 else 's'` two
messages, a text of several lines one message a line. What never reaches a person on the command line (pages, formats, SQL) is left
out by file or by shape. Texts from elsewhere (of Typer, of the operating system, put together while running) are kept by hand in
the catalogue, with the extracted comment BY_HAND.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections.abc import Iterable, Iterator
from itertools import product
from pathlib import Path

import polib

ROOT = Path(__file__).parents[1]
PACKAGES = ("warehouse", "mission", "vision", "inventory", "sitl")
BY_HAND = "kept by hand"

NOT_SAID = (
    *("inventory/contract.py", "inventory/review_file.py", "inventory/scan_texts.py", "warehouse/drawing.py"),
    *(f"inventory/store/{name}.py" for name in ("formats", "outcomes", "recording", "standing", "views")),
    *("sitl/copter/*", "sitl/scene_building.py", "sitl/stock.py"),
)
"""Files whose texts go into files, pages and pictures and nowhere else; what the simulated autopilot says is ArduPilot's own."""

_SPELLINGS = {
    "_TEXTS",
    "_LOCATIONS",
    "_TIMES",
    "_SYMBOLOGIES",
    "FIELDS",
    "_LOCATION_COLUMNS",
    "COLUMNS",
    "_KINDS",
    "_SIDES",
    "_CLASS_COLUMNS",
    "LABELS",
    "HEAD",
}
"""Tables of what others may write in their files."""
_SPELLED = "Field"
"""What makes a column of an import file out of the names that an ERP gives it."""
_COUNTING = {"_n", "_count"}
"""Functions that put a number before a noun and an s behind it."""
_SPEC = re.compile(r"[+]?,?(\.[0-9]+)?[dfg%]")
_WORDS = re.compile(r"[A-Za-z]{2,}")
_NOT_WORDS = re.compile(
    r"\s*(<|CREATE|INSERT|UPDATE|DELETE|DROP|WITH|ALTER|PRAGMA|[a-z_]+ = |[a-z-]+: ?[^ ]+;|[MLHVZ][ 0-9])"  # SQL, TOML, CSS, SVG
    r"|(AND|FROM|JOIN|ORDER BY|WHERE) [a-z]|:asked|.* :asked|.*\bORDER BY\b|[a-z]+=\""  # SQL, SVG
    r"|bold [a-z]+$|default-src |text/html|multipart/|Content-"  # styles of the terminal, HTTP
    r"|(Host|Accept|User-Agent|Authorization): |(Digest|Basic) "  # HTTP
    r"|.*(\bSELECT\b|</?[a-z]+ ?[^<>]*>|[{};]\s*$|\.\*|[a-z]\||\(deg, m\))",  # SQL, HTML, code, patterns
    re.DOTALL,
)
_MOST_WAYS = 12

Ways = list[str]
"""The texts that one expression can become, with places."""


def messages(root: Path = ROOT) -> dict[str, list[str]]:
    """Return every message of the source with the files that say it."""
    found: dict[str, list[str]] = {}
    paths = [*sorted(root.glob("cli*.py")), *(p for name in PACKAGES for p in sorted((root / name).rglob("*.py")))]
    for path in paths:
        where = path.relative_to(root)
        if any(where.match(pattern) for pattern in NOT_SAID):
            continue
        for message in messages_of(path.read_text(encoding="utf-8"), is_cli=where.name.startswith("cli")):
            places = found.setdefault(message, [])
            if where.as_posix() not in places:
                places.append(where.as_posix())
    return found


def messages_of(source: str, *, is_cli: bool = False) -> Iterator[str]:
    """Yield the messages of one module; of a module of the command line also what the commands' help says."""
    for node in _speaking(ast.parse(source)):
        if isinstance(node, ast.FunctionDef):
            if is_cli and "Example:" in (said := ast.get_docstring(node) or ""):
                yield from paragraphs(inspect.cleandoc(said))
        elif isinstance(node, ast.Call):
            for noun in _ways(node.args[1], {}):
                if "{" not in noun:
                    yield from (f"{{n:d}} {noun}", f"{{n:d}} {noun}s")
        else:
            for text in _ways(node, {}):
                yield from (line for line in (_trimmed(line) for line in text.split("\n")) if _is_said(line))


def paragraphs(docstring: str) -> list[str]:
    """Return the paragraphs of a help text, each in one line; an example is not one."""
    texts = (" ".join(part.split()) for part in docstring.split("\n\n"))
    return [text for text in texts if text and not text.startswith("Example: `")]


def _speaking(node: ast.AST) -> Iterator[ast.AST]:
    """Yield functions, calls that count nouns, and each text that is no part of a larger one and no docstring; in their order."""
    if isinstance(node, ast.Name | ast.expr_context | ast.operator | ast.Import | ast.ImportFrom) or _is_table_of_spellings(node):
        return
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") == _SPELLED:
        return
    within: Iterable[ast.AST] = ast.iter_child_nodes(node)
    if isinstance(node, ast.FunctionDef):
        yield node
    elif isinstance(node, ast.Call):
        if getattr(node.func, "id", "") in _COUNTING and len(node.args) == 2:
            yield node
    elif _is_text(node):
        yield node
        within = _calls_within(node)
    for inner in within:
        yield from _speaking(inner)


def _is_table_of_spellings(node: ast.AST) -> bool:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return any(isinstance(target, ast.Name) and target.id in _SPELLINGS for target in targets) and not (
        isinstance(node, ast.Assign) and _is_text(node.value)
    )


def _calls_within(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the parts of a text that are no text of it: they may hold texts of their own."""
    if isinstance(node, ast.BinOp):
        for side in (node.left, node.right):
            yield from _calls_within(side) if _is_text(side) else (side,)
    elif isinstance(node, ast.JoinedStr):
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                yield from (
                    _calls_within(part.value) if isinstance(part.value, ast.IfExp) and _is_choice(part.value) else (part.value,)
                )
    elif isinstance(node, ast.IfExp):
        yield node.test
        for side in (node.body, node.orelse):
            yield from _calls_within(side)


def _is_text(node: ast.AST) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return any(_is_text(side) or (isinstance(side, ast.IfExp) and _is_choice(side)) for side in (node.left, node.right))
    return isinstance(node, ast.JoinedStr)


def _is_choice(node: ast.IfExp) -> bool:
    return all(_is_text(side) or (isinstance(side, ast.IfExp) and _is_choice(side)) for side in (node.body, node.orelse))


def _ways(node: ast.AST, names: dict[str, str]) -> Ways:
    """Return what a text can become; `names` are the places that it has so far (name -> expression)."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value.replace("{", "{{").replace("}", "}}")]
    if isinstance(node, ast.IfExp) and _is_choice(node):
        return [*_ways(node.body, names), *_ways(node.orelse, names)]
    if isinstance(node, ast.BinOp) and _is_text(node):
        return _joined([_ways(node.left, names), _ways(node.right, names)])
    if isinstance(node, ast.JoinedStr):
        return _joined([_ways(part, names) for part in node.values])
    if isinstance(node, ast.FormattedValue):
        if isinstance(node.value, ast.IfExp) and _is_choice(node.value) and node.format_spec is None:
            return _ways(node.value, names)
        spec = (
            "".join(str(p.value) for p in node.format_spec.values if isinstance(p, ast.Constant))
            if isinstance(node.format_spec, ast.JoinedStr)
            else ""
        )
        return [_place(node.value, spec, names)]
    return [_place(node, "", names)]


def _joined(parts: list[Ways]) -> Ways:
    n = 1
    for part in parts:
        n *= len(part)
    if n > _MOST_WAYS:
        parts = [part if len(part) == 1 else part[:1] for part in parts]
    return ["".join(pieces) for pieces in product(*parts)]


def _place(node: ast.AST, spec: str, names: dict[str, str]) -> str:
    expression, base = ast.unparse(node) + spec, _name_of(node)
    name = next((n for n, e in names.items() if e == expression), None)
    if name is None:
        name = next(n for n in (base, *(f"{base}_{i}" for i in range(2, 99))) if n not in names)
        names[name] = expression
    return f"{{{name}:{spec}}}" if _SPEC.fullmatch(spec) else f"{{{name}}}"


def _name_of(node: ast.AST) -> str:
    if isinstance(node, ast.Name):
        return node.id.strip("_") or "value"
    if isinstance(node, ast.Attribute):
        return node.attr.strip("_")
    if isinstance(node, ast.Call):
        if isinstance(node.func, ast.Attribute) and node.func.attr in (
            "join",
            "replace",
            "strip",
            "lower",
            "capitalize",
            "isoformat",
        ):
            return _name_of(node.args[0] if node.func.attr == "join" and node.args else node.func.value)
        if isinstance(node.func, ast.Name) and node.func.id in (
            "str",
            "len",
            "sorted",
            "max",
            "min",
            "sum",
            "int",
            "repr",
            "round",
        ):
            return ("n_" if node.func.id == "len" else "") + (_name_of(node.args[0]) if node.args else "value")
        return _name_of(node.func)
    if isinstance(node, ast.Subscript):
        return _name_of(node.value)
    if isinstance(node, ast.BinOp):
        return _name_of(node.left) if not isinstance(node.left, ast.Constant) else _name_of(node.right)
    if isinstance(node, ast.GeneratorExp | ast.ListComp):
        return _name_of(node.generators[0].iter)
    return "value"


def _trimmed(line: str) -> str:
    return re.sub(r"^\s*(-> |• |- )?", "", line).rstrip()


def _is_said(text: str) -> bool:
    fixed = re.sub(r"\{[^{}]*\}", "\0", text.replace("{{", "").replace("}}", ""))
    words = [word for word in _WORDS.findall(fixed) if word.islower() or word.istitle()]
    return bool(words) and " " in fixed.strip() and not _NOT_WORDS.match(fixed)


def update(catalogue: Path, found: dict[str, list[str]]) -> tuple[int, int]:
    """Bring a catalogue into step: new messages without a translation, gone ones out. Return how many came and went."""
    po = polib.pofile(str(catalogue), wrapwidth=0) if catalogue.exists() else polib.POFile(wrapwidth=0)
    po.metadata = {"Content-Type": "text/plain; charset=UTF-8", "Content-Transfer-Encoding": "8bit", "Language": catalogue.stem}
    before = {entry.msgid: entry for entry in po if not entry.obsolete}
    kept = [entry for entry in before.values() if entry.comment == BY_HAND and entry.msgid not in found]
    fresh = polib.POFile(wrapwidth=0)
    fresh.metadata = po.metadata
    for entry in sorted(kept, key=lambda entry: entry.msgid):
        fresh.append(entry)
    for message, places in found.items():
        said = before.get(message)
        fresh.append(
            polib.POEntry(msgid=message, msgstr=said.msgstr if said else "", occurrences=[(place, "") for place in places])
        )
    fresh.save(str(catalogue))
    return len(found.keys() - before.keys()), len(before.keys() - found.keys()) - len(kept)


def main(catalogues: Iterable[Path] = ()) -> None:
    """Update every catalogue and name what has no translation."""
    found = messages()
    for catalogue in catalogues or sorted((ROOT / "language").glob("*.po")):
        n_new, n_gone = update(catalogue, found)
        missing = [entry.msgid for entry in polib.pofile(str(catalogue)) if not entry.msgstr]
        sys.stdout.write(f"{catalogue.name}: {n_new} new, {n_gone} gone, {len(missing)} without a translation\n")
        sys.stdout.writelines(f"  {message}\n" for message in missing)


if __name__ == "__main__":
    main()

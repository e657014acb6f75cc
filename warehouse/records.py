"""Frozen dataclasses <-> JSON values: the one place that knows how the records of a run are spelled in its files.

Decoding is driven by the annotations, so a field that is missing or of the wrong type is named; unknown fields are refused.
Fields may be str, int, float, bool, Any, an Enum, a record, a tuple, a dict with str keys, or one of these `| None`.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from enum import Enum
from functools import cache
from typing import Any, TypeVar

Record = TypeVar("Record")


def to_json(value: Any) -> Any:
    """Return `value` as dicts, lists, strings and numbers."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_json(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (tuple, list)):
        return [to_json(v) for v in value]
    if isinstance(value, dict):
        return {str(k): to_json(v) for k, v in value.items()}
    return value


def from_json(record: type[Record], value: Any, where: str = "") -> Record:
    """Return an instance of `record` (a dataclass, or any annotation its fields use); ValueError names the field at fault."""
    return typing.cast(Record, _decode(record, value, where or getattr(record, "__name__", "value")))


def _decode(kind: Any, value: Any, where: str) -> Any:
    if kind is Any:
        return value
    origin = typing.get_origin(kind)
    if origin in (typing.Union, types.UnionType):
        return _decode_union(kind, value, where)
    if origin is tuple:
        return _decode_tuple(typing.get_args(kind), value, where)
    if origin is dict:
        _expect(isinstance(value, dict), where, "an object", value)
        _, inner = typing.get_args(kind)
        return {k: _decode(inner, v, f"{where}.{k}") for k, v in value.items()}
    if dataclasses.is_dataclass(kind):
        return _decode_record(kind, value, where)
    if isinstance(kind, type) and issubclass(kind, Enum):
        allowed = [member.value for member in kind]
        _expect(value in allowed, where, f"one of {allowed}", value)
        return kind(value)
    if kind is float:
        _expect(isinstance(value, (int, float)) and not isinstance(value, bool), where, "a number", value)
        return float(value)
    _expect(isinstance(value, kind) and (kind is bool or not isinstance(value, bool)), where, kind.__name__, value)
    return value


def _decode_union(kind: Any, value: Any, where: str) -> Any:
    members = [k for k in typing.get_args(kind) if k is not type(None)]
    if len(members) != 1:
        raise TypeError(f"{where}: {kind} says no single type, so JSON cannot tell which was meant")
    return None if value is None else _decode(members[0], value, where)


def _decode_tuple(args: tuple[Any, ...], value: Any, where: str) -> tuple[Any, ...]:
    _expect(isinstance(value, (list, tuple)), where, "a list", value)
    if len(args) == 2 and args[1] is Ellipsis:
        return tuple(_decode(args[0], v, f"{where}[{i}]") for i, v in enumerate(value))
    _expect(len(value) == len(args), where, f"{len(args)} values", value)
    return tuple(_decode(k, v, f"{where}[{i}]") for i, (k, v) in enumerate(zip(args, value, strict=True)))


def _decode_record(kind: Any, value: Any, where: str) -> Any:
    _expect(isinstance(value, dict), where, "an object", value)
    hints = _annotations(kind)
    fields = {f.name: f for f in dataclasses.fields(kind)}
    unknown = sorted(set(value) - set(fields))
    if unknown:
        raise ValueError(f"{where}: unknown field {', '.join(unknown)}; expected {', '.join(fields)}")
    decoded = {}
    for name, spec in fields.items():
        if name in value:
            decoded[name] = _decode(hints[name], value[name], f"{where}.{name}")
        elif spec.default is dataclasses.MISSING and spec.default_factory is dataclasses.MISSING:
            raise ValueError(f"{where}.{name}: missing")
    try:
        return kind(**decoded)
    except ValueError as error:  # a law that the record holds in __post_init__
        raise ValueError(f"{where}: {error}") from error


@cache
def _annotations(kind: Any) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _expect(condition: bool, where: str, expected: str, got: Any) -> None:
    if not condition:
        raise ValueError(f"{where}: expected {expected}, got {got!r}")

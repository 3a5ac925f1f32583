"""The options of ``toedit worker``, as keyword arguments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, TypedDict


class Options(TypedDict, total=False):
    """Named as the flags of ``toedit worker``, which ``toedit worker --help`` describes."""

    program: str | Sequence[str]
    """The program: a name, a path, or a command with its first arguments. Default: see ``docs/python.md``."""
    restarts: int
    """How many times in a row a program that died is started again. Default 2."""
    text_column: str | Sequence[str]
    """A column, or a path to texts such as ``messages[].content``, or several of these."""
    roles: Sequence[str]
    """Of the texts in a list of structs only those of these roles."""
    role_field: str
    key_column: str
    key_places: bool
    seed: int
    preset: Literal["paper", "official-up", "official-lowdrop", "filtering"]
    threshold: float | None
    """None redraws none."""
    exclusive: bool
    top_k: int
    top_p: float
    temperature: float
    exclude_original: bool
    drop_below: float | None
    """None deletes none."""
    report: bool
    on_bad_row: Literal["pass", "fail"]
    max_text_bytes: int
    model: str
    model_file: str
    dtype: str
    device: Literal["cpu", "cuda", "webgpu"]
    devices: Sequence[str]
    bos: Literal["auto", "always", "never"]
    window_tokens: int
    min_context_tokens: int
    threads: int
    max_batch_tokens: int | Literal["auto"]
    scores: Literal["eligible", "all"]


_OF_PYTHON = {"program", "restarts"}
_NULLABLE = {"threshold", "drop_below"}
_REPEATED = {"text_column"}


def flags_of(options: Mapping[str, Any]) -> list[str]:
    """The flags of the command line that stand for the options.

    Raises TypeError where there is no option of a name.
    """
    known = Options.__annotations__
    unknown = [name for name in options if name not in known]
    if unknown:
        names = ", ".join(known)
        raise TypeError(f"toedit has no option {unknown[0]!r}: its options are {names}")
    flags: list[str] = []
    for name, value in options.items():
        if name in _OF_PYTHON or (value is None and name not in _NULLABLE):
            continue
        flag = f"--{name.replace('_', '-')}"
        for part in paths_of(value) if name in _REPEATED else [value]:
            flags += _flag(flag, part)
    return flags


def paths_of(text_column: str | Sequence[str]) -> list[str]:
    """The columns and paths that are named."""
    return [text_column] if isinstance(text_column, str) else [*text_column]


def _flag(flag: str, value: object) -> list[str]:
    if isinstance(value, bool):
        return [flag] if value else []
    if value is None:
        return [flag, "none"]
    if isinstance(value, str):
        return [flag, value]
    if isinstance(value, Iterable):
        return [flag, ",".join(str(part) for part in value)]
    return [flag, str(value)]

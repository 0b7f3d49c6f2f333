"""Files changed at random: bytes flipped, fields of another type, tables cut, other things in a file's place."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from hypothesis import strategies as st

Mutation = tuple[str, float, float, Any]
"""How, which file of those that can be changed so, where in it, and what comes there."""

VALUES = (
    None, True, -1, 0, 0.5, 2**31, 2**70, 1e308, "", "x", "../../outside/new", "/etc/passwd", "\x1b]0;owned\x07",
    "\ud800", [], [1], {}, {"a": [1]}, [[[[]]]], "NaN",
)  # fmt: skip
HOWS = ("flip", "cut", "retype", "lose", "table", "gone", "pipe", "folder", "link out", "device", "swap")

mutations: st.SearchStrategy[Mutation] = st.tuples(
    st.sampled_from(HOWS), st.floats(0, 1, exclude_max=True), st.floats(0, 1, exclude_max=True), st.sampled_from(VALUES)
)


def mutate(folder: Path, files: list[str], outside: Path, mutation: Mutation) -> str:
    """Change one of `files` below `folder`; returns its name. outside: a folder that links lead to."""
    how, which, where, value = mutation
    fitting = {"retype": (".json", ".jsonl", "lock"), "lose": (".json", ".jsonl", "lock"), "table": (".parquet",)}
    chosen = [name for name in files if name.endswith(fitting.get(how, "")) and (folder / name).is_file()]
    if not chosen:
        return ""
    name = chosen[int(which * len(chosen))]
    path = folder / name
    if how in ("retype", "lose"):
        _change_json(path, where, value, lose=how == "lose")
    elif how == "table":
        _change_table(path, where)
    elif how in ("flip", "cut"):
        data = bytearray(path.read_bytes())
        at = int(where * len(data))
        path.write_bytes(data[:at] if how == "cut" else data[:at] + bytes([data[at] ^ 0x55]) + data[at + 1 :])
    else:
        _replace(path, how, outside, folder / chosen[int(where * len(chosen))])
    return name


def _replace(path: Path, how: str, outside: Path, other: Path) -> None:
    """Something else stands there. other: a file whose bytes are swapped in."""
    bytes_there = other.read_bytes()
    path.unlink()
    if how == "pipe":
        os.mkfifo(path)
    elif how == "folder":
        path.mkdir()
    elif how == "link out":
        path.symlink_to(outside / "secret")
    elif how == "device":
        path.symlink_to("/dev/zero")
    elif how == "swap":
        path.write_bytes(bytes_there)


def _change_json(path: Path, where: float, value: Any, lose: bool) -> None:
    """Another value for one of the values in a JSON file, or in one line of a file of JSON lines; or none for it."""
    lines = path.read_text().splitlines() if path.suffix == ".jsonl" else [path.read_text()]
    number = int(where * len(lines))
    tree = json.loads(lines[number])
    places = list(_places(tree))
    holder, key = places[int(where * 7919 % 1 * len(places))]
    if lose:
        del holder[key]
    else:
        holder[key] = value
    lines[number] = json.dumps(tree)
    path.write_text("\n".join(lines) + "\n")


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every value inside a JSON value, by what holds it and its key there."""
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield value, key
        yield from _places(inner)


def _change_table(path: Path, where: float) -> None:
    """One column of a table lost, cut out of its place, emptied of its values, or the rows halved."""
    table = pq.read_table(path)
    column = int(where * table.num_columns)
    name, kind = table.column_names[column], int(where * 7919 % 1 * 4)
    if kind == 0:
        table = table.drop_columns([name])
    elif kind == 1:
        table = table.slice(0, table.num_rows // 2)
    elif kind == 2:
        table = table.set_column(column, name, table[(column + 1) % table.num_columns])
    else:
        table = table.append_column("again", table[name]).rename_columns([*table.column_names, name])
    pq.write_table(table, path)


def copied(folder: Path, to: Path) -> Path:
    """A fresh copy at `to`, whatever stood there."""
    shutil.rmtree(to, ignore_errors=True)
    return Path(shutil.copytree(folder, to, symlinks=True))

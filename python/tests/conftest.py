"""What the tests of all hosts share: a corpus, what the command line makes of it, and a look at the processes."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pyarrow as pa
import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = str(ROOT / "dist" / "src" / "cli" / "main.js")
MARK = "TOEDIT_TEST_MARK"

# Engines start processes of their own: they find the package and the program as this one does.
os.environ["TOEDIT"] = PROGRAM
os.environ[MARK] = uuid.uuid4().hex
os.environ["PYTHONPATH"] = str(ROOT / "python")
sys.path.insert(0, str(ROOT / "python"))

RULE = {"seed": 11, "threshold": 0.3, "temperature": 2.0}
FLAGS = ["--seed", "11", "--threshold", "0.3", "--temperature", "2"]

_WORDS = "the old man and sea of a New York in he had gone éte 漢字 fish , . day without taking".split()


def corpus_of(rows: int) -> pa.Table:
    """Short texts, some null or empty, and columns beside them."""
    draw = random.Random(16)
    texts = [
        None if row % 17 == 5 else " ".join(draw.choices(_WORDS, k=draw.randrange(0, 14)))
        for row in range(rows)
    ]
    return pa.table(
        {
            "id": pa.array(range(rows), pa.int64()),
            "text": pa.array(texts, pa.string()),
            "tags": pa.array([["a", str(row)] for row in range(rows)]),
        }
    )


@pytest.fixture(scope="session")
def corpus() -> pa.Table:
    return corpus_of(300)


@pytest.fixture(scope="session")
def expected(corpus: pa.Table, tmp_path_factory: pytest.TempPathFactory) -> pa.Table:
    """What `toedit edit` makes of the corpus."""
    return run_command("edit", corpus, tmp_path_factory.mktemp("expected"), FLAGS)


def run_command(command: str, table: pa.Table, place: Path, flags: list[str]) -> pa.Table:
    path = place / "corpus.arrows"
    with pa.ipc.new_stream(str(path), table.schema) as writer:
        writer.write_table(table)
    arguments = [command, str(path), "--output", str(place / "out"), "--quiet", *flags]
    subprocess.run(["node", PROGRAM, *arguments], check=True, timeout=120)
    with pa.ipc.open_stream(str(place / "out" / "corpus.arrows")) as reader:
        return reader.read_all()


def processes(name: str, mark: str | None = None) -> list[int]:
    """The processes that these tests have started, however they came about, whose command line has the name."""
    wanted = f"{MARK}={mark or os.environ[MARK]}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            is_ours = wanted in (entry / "environ").read_bytes().split(b"\0")
            words = (entry / "cmdline").read_bytes().decode("utf-8", "replace").split("\0")
        except OSError:
            continue
        if is_ours and any(name in word for word in words):
            found.append(int(entry.name))
    return found


def workers(mark: str | None = None) -> list[int]:
    return [*processes("src/cli/main.js", mark), *processes("tokenizer-worker", mark)]


def no_workers(mark: str | None = None, seconds: float = 30) -> list[int]:
    """The workers that are left after a while: none, it is to be hoped."""
    until = time.monotonic() + seconds
    while (left := workers(mark)) and time.monotonic() < until:
        time.sleep(0.1)
    return left

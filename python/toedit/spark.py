"""toedit in Spark, by ``mapInArrow``.

The package and the program must be on every node; the tasks of one Python process share a worker.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Literal

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import (
    ArrayType,
    FloatType,
    IntegerType,
    LongType,
    StructField,
    StructType,
)

from ._options import Options
from ._worker import MOST_BYTES, Worker

if TYPE_CHECKING:
    from typing_extensions import Unpack

_CONF = "spark.sql.execution.arrow."

_BOUNDS = {
    f"{_CONF}maxRecordsPerBatch": "2000",
    f"{_CONF}maxBytesPerBatch": str(MOST_BYTES),
    # With 32-bit offsets a batch of over 2 GiB of text fails the task.
    f"{_CONF}useLargeVarTypes": "true",
}


def edit(
    df: DataFrame, column: str | Sequence[str] = "text", **options: Unpack[Options]
) -> DataFrame:
    """Edits a column of a DataFrame, or the texts at paths such as ``messages[].content``; all else stays, and so do the
    rows and their order in each partition.

    Where the session leaves them open, its bounds of Arrow batches are set: 2,000 rows, 64 MiB, and large types.
    Options are those of :func:`toedit.edit_batches`.

    Raises, from the action that runs it, ToeditError within Spark's PythonException.
    """
    added = [StructField("edits", ArrayType(_EDIT, False))] if options.get("report") else []
    return _map(df, "edit", {**options, "text_column": column}, added)


def score(df: DataFrame, column: str = "text", **options: Unpack[Options]) -> DataFrame:
    """As :func:`edit`, but that ``token_ids`` and ``token_logprobs`` are added and nothing is edited."""
    added = [
        StructField("token_ids", ArrayType(IntegerType(), False)),
        StructField("token_logprobs", ArrayType(FloatType())),
    ]
    return _map(df, "score", {**options, "text_column": column}, added)


_EDIT = StructType(
    [
        StructField("position", IntegerType(), False),
        StructField("byte_offset", LongType(), False),
        StructField("old_id", IntegerType(), False),
        StructField("new_id", IntegerType()),
        StructField("logprob", FloatType(), False),
        StructField("new_logprob", FloatType()),
        StructField("rank", IntegerType()),
    ]
)


def _map(
    df: DataFrame, command: Literal["edit", "score"], options: Options, added: list[StructField]
) -> DataFrame:
    # Unknown options are the caller's error, not that of a task.
    Worker(command, **options)
    _bound_batches(df.sparkSession)
    schema = StructType([*df.schema.fields, *added])
    return df.mapInArrow(_task(command, options), schema)


def _bound_batches(session: SparkSession) -> None:
    for name, value in _BOUNDS.items():
        if session.conf.get(name, None) is None:
            session.conf.set(name, value)


_Task = Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]


def _task(command: Literal["edit", "score"], options: Options) -> _Task:
    # Sent to the tasks by value: what it refers to must be found there by name.
    def work(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        yield from _answers(command, options, batches)

    return work


def _answers(
    command: Literal["edit", "score"], options: Options, batches: Iterator[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    worker = _idle.take(command, options)
    yield from worker.batches(batches)
    # After an error it is not kept: the task may have been given up in the middle of a batch.
    _idle.put(command, options, worker)


class _Idle:
    """Workers of this Python process that wait for the next task, so that a prior is loaded once a process."""

    def __init__(self) -> None:
        self._workers: dict[str, list[Worker]] = {}
        self._lock = threading.Lock()

    def take(self, command: Literal["edit", "score"], options: Options) -> Worker:
        with self._lock:
            waiting = self._workers.get(_key(command, options))
            return waiting.pop() if waiting else Worker(command, **options)

    def put(self, command: str, options: Options, worker: Worker) -> None:
        with self._lock:
            self._workers.setdefault(_key(command, options), []).append(worker)


def _key(command: str, options: Options) -> str:
    return repr((command, sorted(options.items())))


_idle = _Idle()

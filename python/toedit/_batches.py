"""Batches and tables, edited or scored by a program that lives as long as the call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import pyarrow as pa

from ._options import Options
from ._worker import Worker

if TYPE_CHECKING:
    from typing_extensions import Unpack


def edit_batches(
    batches: Iterable[pa.RecordBatch], **options: Unpack[Options]
) -> Iterator[pa.RecordBatch]:
    """Edits record batches of one schema, as they come: each comes back with as many rows, in order.

    Only the texts differ: ``text_column`` names a column, or paths such as ``messages[].content``. With ``report=True`` a column ``edits`` is added. A batch whose texts have over 64 MiB
    comes back in several.

    Raises ToeditError, or WorkerDied, where a batch cannot be edited.
    """
    with Worker("edit", **options) as worker:
        yield from worker.batches(batches)


def score_batches(
    batches: Iterable[pa.RecordBatch], **options: Unpack[Options]
) -> Iterator[pa.RecordBatch]:
    """As :func:`edit_batches`, but that ``token_ids`` and ``token_logprobs`` are added and nothing is edited."""
    with Worker("score", **options) as worker:
        yield from worker.batches(batches)


def edit_table(table: pa.Table, **options: Unpack[Options]) -> pa.Table:
    """Edits a table: see :func:`edit_batches`."""
    with Worker("edit", **options) as worker:
        return worker.table(table)


def score_table(table: pa.Table, **options: Unpack[Options]) -> pa.Table:
    """Scores a table: see :func:`score_batches`."""
    with Worker("score", **options) as worker:
        return worker.table(table)

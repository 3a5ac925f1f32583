"""toedit in Ray Data: an actor class for ``map_batches``.

    ds.map_batches(
        toedit.ray.EditBatches,
        fn_constructor_kwargs={"seed": 7},
        batch_format="pyarrow",
        zero_copy_batch=True,
        concurrency=2,
    )
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from ._options import Options
from ._worker import Worker

if TYPE_CHECKING:
    from typing_extensions import Unpack


class EditBatches:
    """Edits the tables that Ray gives it, with one worker that lives as long as the actor.

    It raises, and never exits: Ray waits for ever for an actor of a fixed pool that has ended. A worker that dies is
    started again by the actor; an actor that dies is started again by Ray, which gives it its blocks once more. The same
    seed gives the same bytes, so both are safe.

    Takes the options of :func:`toedit.edit_batches`.
    """

    def __init__(self, **options: Unpack[Options]) -> None:
        self._worker = Worker("edit", **options)

    def __call__(self, table: pa.Table) -> pa.Table:
        """Raises ToeditError, naming the row of the table, where it cannot be edited."""
        return self._worker.table(table)


class ScoreBatches:
    """As :class:`EditBatches`, but that ``token_ids`` and ``token_logprobs`` are added and nothing is edited."""

    def __init__(self, **options: Unpack[Options]) -> None:
        self._worker = Worker("score", **options)

    def __call__(self, table: pa.Table) -> pa.Table:
        """Raises ToeditError, naming the row of the table, where it cannot be scored."""
        return self._worker.table(table)

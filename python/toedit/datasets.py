"""toedit on Hugging Face ``datasets``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import pyarrow as pa
from datasets import Dataset, DatasetDict, IterableDataset, IterableDatasetDict

from ._options import Options
from ._worker import Worker

if TYPE_CHECKING:
    from typing_extensions import Unpack

_Data = TypeVar("_Data", Dataset, DatasetDict, IterableDataset, IterableDatasetDict)


def edit(
    dataset: _Data,
    *,
    batch_size: int = 1000,
    num_proc: int | None = None,
    **options: Unpack[Options],
) -> _Data:
    """Edits the texts of a data set, of each split of a ``DatasetDict``, or of a stream as it is read.

    Features, splits, rows, their order and the format stay. ``num_proc`` processes each have a worker; a stream has one. The
    result is cached by ``datasets`` under its options, as that of any ``map``.

    Raises ToeditError.
    """
    work = _Edit(options)
    if isinstance(dataset, (DatasetDict, IterableDatasetDict)):
        kind = type(dataset)
        try:
            return kind({name: _mapped(part, work, batch_size, num_proc) for name, part in dataset.items()})
        finally:
            _close_unless_streamed(work, next(iter(dataset.values()), None))
    try:
        return _mapped(dataset, work, batch_size, num_proc)
    finally:
        _close_unless_streamed(work, dataset)


class _Edit:
    """What ``map`` calls; hashed by its options alone."""

    def __init__(self, options: Options) -> None:
        self._worker = Worker("edit", **options)

    def __call__(self, table: pa.Table) -> pa.Table:
        return self._worker.table(table)

    def close(self) -> None:
        self._worker.close()


def _close_unless_streamed(work: _Edit, dataset: Any) -> None:
    """A stream is edited as it is read, and its worker ends when nothing refers to it any more."""
    if not isinstance(dataset, IterableDataset):
        work.close()


def _mapped(dataset: Any, work: _Edit, batch_size: int, num_proc: int | None) -> Any:
    how: dict[str, Any] = {"batched": True, "batch_size": batch_size, "features": dataset.features}
    if isinstance(dataset, IterableDataset):
        return dataset.with_format("arrow").map(work, **how).with_format(None)
    mapped = dataset.with_format("arrow").map(work, num_proc=num_proc, desc="toedit", **how)
    return mapped.with_format(**dataset.format)

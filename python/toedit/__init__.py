"""Edit text corpora at the token level with a frozen language model.

The work is done by the ``toedit`` program, which this package starts and speaks Arrow with: see ``docs/python.md``.
"""

from ._batches import edit_batches, edit_table, score_batches, score_table
from ._errors import ToeditError, WorkerDied
from ._worker import Worker

__all__ = [
    "ToeditError",
    "Worker",
    "WorkerDied",
    "edit_batches",
    "edit_table",
    "score_batches",
    "score_table",
]

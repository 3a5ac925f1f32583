"""What goes wrong."""

from __future__ import annotations

from typing import Any


class ToeditError(Exception):
    """An error that toedit has answered with.

    ``code`` is one of ``docs/runs.md``, or ``WORKER_DIED``; ``row`` is the row at fault, from 0 in the batch that was given,
    or None; ``retryable`` is true where it may work the next time.
    """

    def __init__(
        self, code: str, message: str, *, row: int | None = None, retryable: bool = False
    ) -> None:
        super().__init__(message)
        self.code = code
        self.row = row
        self.retryable = retryable

    def __reduce__(self) -> tuple[Any, ...]:
        # Engines send errors from process to process.
        return (_rebuild, (type(self), self.code, str(self), self.row, self.retryable))


class WorkerDied(ToeditError):
    """The program has ended before it answered: killed, out of memory, or not to be started."""


def _rebuild(
    kind: type[ToeditError], code: str, message: str, row: int | None, retryable: bool
) -> ToeditError:
    return kind(code, message, row=row, retryable=retryable)

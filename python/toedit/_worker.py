"""An open prior, and the batches it edits or scores."""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import pyarrow as pa

from ._errors import ToeditError, WorkerDied
from ._options import Options, flags_of, paths_of
from ._process import Process
from ._program import find_program

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

_AHEAD = 3
"""Requests sent and not answered: the program works on two at once."""

MOST_BYTES = 64 * 2**20
"""A batch whose texts have more bytes is sent, and comes back, in several."""

_LAST_CODES = frozenset({"ENGINE_DIED"})
"""Behind these errors the program has ended, and may be started again."""


class _Piece(NamedTuple):
    """A batch, or a part of one: which, and the row of it that this begins with."""

    number: int
    first_row: int
    batch: pa.RecordBatch


class Worker:
    """A ``toedit`` program that stays open, so that its prior is loaded once.

    It edits, or with ``command="score"`` scores, one stream of batches after the other; for several at once take several.
    A program that dies is started again, and what it had not answered is sent again: the same seed gives the same
    bytes. It is started with the first batch. Pickled, it is a worker that has not been started.

    Raises TypeError for unknown options.
    """

    def __init__(
        self, command: Literal["edit", "score"] = "edit", **options: Unpack[Options]
    ) -> None:
        self._command = command
        self._options: Options = options
        self._flags = flags_of(options)
        self._paths = paths_of(options.get("text_column") or "text")
        self._key_column = options.get("key_column")
        self._restarts = options.get("restarts", 2)
        self._process: Process | None = None
        self._is_busy = False

    def batches(
        self, batches: Iterable[pa.RecordBatch], schema: pa.Schema | None = None
    ) -> Iterator[pa.RecordBatch]:
        """Answers batches of one schema, in order, each with as many rows.

        Of ``edit`` the texts are edited, and with ``report`` a column ``edits`` is added; ``score`` adds ``token_ids``
        and ``token_logprobs``. Other columns are neither sent nor touched. ``schema`` is that of the batches, where
        there may be none; then one answer of no rows says what the schema of the answers is.

        Raises ToeditError; WorkerDied where the program has ended ``restarts`` + 1 times without an answer.
        """
        if self._is_busy:
            raise RuntimeError("this worker is answering another stream: take one worker for each")
        self._is_busy = True
        try:
            yield from self._answers(self._pieces(batches, schema))
        finally:
            self._is_busy = False

    def table(self, table: pa.Table) -> pa.Table:
        """The same of a table."""
        answers = list(self.batches(table.to_batches(), table.schema))
        return pa.Table.from_batches(answers)

    def close(self) -> None:
        """Ends the program. A batch after that starts another one."""
        process, self._process = self._process, None
        if process is not None and process.pid == os.getpid():
            process.end()

    def __del__(self) -> None:
        with contextlib.suppress(Exception):
            self._kill()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_process": None, "_is_busy": False}

    def _pieces(
        self, batches: Iterable[pa.RecordBatch], schema: pa.Schema | None
    ) -> Iterator[_Piece]:
        first: pa.Schema | None = None
        for index, batch in enumerate(batches):
            first = first or batch.schema
            if not batch.schema.equals(first):
                raise ToeditError(
                    "COLUMN_TYPE",
                    f"batch {index} has another schema than those before: {batch.schema} after {first}",
                )
            yield from _split(_Piece(index, 0, batch), self._sent_names(batch.schema))
        if first is None and schema is not None:
            yield _Piece(0, 0, _empty(schema))

    def _answers(self, pieces: Iterator[_Piece]) -> Iterator[pa.RecordBatch]:
        pending: deque[_Piece] = deque()
        stream: _Stream | None = None
        deaths = 0
        try:
            while True:
                while len(pending) < _AHEAD and (piece := next(pieces, None)) is not None:
                    pending.append(piece)
                    if stream is not None:
                        stream.send(piece.batch)
                if not pending:
                    break
                try:
                    stream = stream or self._open(pending)
                    answer = stream.receive()
                except WorkerDied as death:
                    stream = None
                    self._kill()
                    deaths += 1
                    if not death.retryable or deaths > self._restarts:
                        raise
                    continue
                deaths = 0
                yield self._joined(pending.popleft().batch, answer)
            if stream is not None and not stream.drain():
                self._kill()
        except ToeditError as error:
            # The prior stays open for the next stream.
            if stream is None or isinstance(error, WorkerDied) or not stream.drain():
                self._kill()
            raise _placed(error, pending) from None
        except BaseException:
            # What is under way belongs to nobody.
            self._kill()
            raise

    def _open(self, pending: Iterable[_Piece]) -> _Stream:
        """A stream to which what is pending is sent, again where it was."""
        batches = [piece.batch for piece in pending]
        if self._process is None or self._process.pid != os.getpid():
            program = find_program(self._options.get("program"))
            arguments = ["worker", "--stdio", "--command", self._command, *self._flags]
            self._process = Process([*program, *arguments])
        schema = batches[0].schema
        stream = _Stream(self._process, self._sent_names(schema), schema)
        for batch in batches:
            stream.send(batch)
        return stream

    def _text_names(self, schema: pa.Schema) -> list[str]:
        """The columns that the texts lie in."""
        return list(dict.fromkeys(_column_of(path, schema) for path in self._paths))

    def _sent_names(self, schema: pa.Schema) -> list[str]:
        keys = [] if self._key_column is None else [self._key_column]
        return list(dict.fromkeys([*self._text_names(schema), *keys]))

    def _joined(self, batch: pa.RecordBatch, answer: pa.RecordBatch) -> pa.RecordBatch:
        """The batch with its texts as answered, and with the columns that are added."""
        sent = self._sent_names(batch.schema)
        columns = [*batch.columns]
        for name in self._text_names(batch.schema) if self._command == "edit" else []:
            at = batch.schema.get_field_index(name)
            field = batch.schema.field(at)
            text = answer.column(answer.schema.get_field_index(name))
            columns[at] = text if text.type.equals(field.type) else text.cast(field.type)
        schema = batch.schema
        for added in answer.schema:
            if added.name in sent:
                continue
            if added.name in schema.names:
                raise ToeditError(
                    "COLUMN_EXISTS",
                    f"column {added.name!r} exists already, and toedit adds one of that name: drop or rename it first",
                )
            schema = schema.append(added)
            columns.append(answer.column(added.name))
        return pa.RecordBatch.from_arrays(columns, schema=schema)

    def _kill(self) -> None:
        process, self._process = self._process, None
        if process is not None and process.pid == os.getpid():
            process.kill()


class _Stream:
    """One Arrow stream of a process, and its answer."""

    def __init__(self, process: Process, names: list[str], schema: pa.Schema) -> None:
        self._process = process
        missing = [name for name in names if name not in schema.names]
        if missing:
            raise ToeditError(
                "COLUMN_MISSING",
                f"no column {missing[0]!r}: the columns are {', '.join(schema.names)}; name one of them",
            )
        self._names = names
        sent = pa.schema([schema.field(name) for name in names])
        self._writer: pa.RecordBatchStreamWriter | None = None
        self._is_open = False
        process.send(lambda stdin: self._begin(stdin, sent))

    def _begin(self, stdin: Any, schema: pa.Schema) -> None:
        self._writer = pa.ipc.new_stream(stdin, schema)

    def _write(self, batch: pa.RecordBatch) -> None:
        assert self._writer is not None
        self._writer.write_batch(batch.select(self._names))

    def _close(self) -> None:
        assert self._writer is not None
        self._writer.close()

    def send(self, batch: pa.RecordBatch) -> None:
        self._process.send(lambda _: self._write(batch))

    def receive(self) -> pa.RecordBatch:
        """Raises ToeditError where a batch was answered with one; WorkerDied where it was not answered."""
        try:
            if not self._is_open:
                self._is_open = True
                _raise_error(self._process.receive().metadata)
            answer = self._process.receive()
        except EOFError as error:
            raise self._death() from error
        if answer is None:
            # To pyarrow the end of the bytes is the end of the stream.
            raise self._death()
        batch, metadata = answer
        _raise_error(metadata)
        return batch

    def drain(self) -> bool:
        """Ends the stream, whatever is still to be received; false where the process has ended with it."""
        self._process.send(lambda _: self._close())
        try:
            while self._process.receive() is not None:
                pass
        except EOFError:
            return False
        return True

    def _death(self) -> WorkerDied:
        is_usage = self._process.exit_code() == 2
        code = "BAD_OPTION" if is_usage else "WORKER_DIED"
        return WorkerDied(code, self._process.reason(), retryable=not is_usage)


def _column_of(path: str, schema: pa.Schema) -> str:
    """The column that a path begins with, unless one has its very name."""
    return path if path in schema.names else re.split(r"[.\[]", path, maxsplit=1)[0] or path


def _raise_error(metadata: Mapping[bytes, bytes] | None) -> None:
    text = None if metadata is None else metadata.get(b"toedit:error")
    if text is None:
        return
    said = json.loads(text)
    kind = WorkerDied if said["code"] in _LAST_CODES else ToeditError
    raise kind(said["code"], said["message"], row=said.get("row"), retryable=said["retryable"])


def _placed(error: ToeditError, pending: Iterable[_Piece]) -> ToeditError:
    """The error with the row of the batch that was given, where a part of it was at fault."""
    piece = next(iter(pending), None)
    if piece is None or error.row is None:
        return error
    row = piece.first_row + error.row
    message = f"row {row} of batch {piece.number}: {error}"
    return type(error)(error.code, message, row=row, retryable=error.retryable)


def _split(piece: _Piece, names: list[str]) -> Iterator[_Piece]:
    """The batch in parts whose sent columns have few enough bytes, unless it is one row."""
    number, first_row, batch = piece
    known = [name for name in names if name in batch.schema.names]
    if batch.num_rows <= 1 or batch.select(known).nbytes <= MOST_BYTES:
        yield piece
        return
    half = batch.num_rows // 2
    yield from _split(_Piece(number, first_row, batch.slice(0, half)), names)
    yield from _split(_Piece(number, first_row + half, batch.slice(half)), names)


def _empty(schema: pa.Schema | None) -> pa.RecordBatch:
    assert schema is not None
    arrays = [pa.array([], field.type) for field in schema]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)

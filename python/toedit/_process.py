"""A ``toedit worker`` process, and the threads that keep its pipes moving."""

from __future__ import annotations

import atexit
import contextlib
import logging
import os
import queue
import signal
import subprocess
import threading
import weakref
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa

_log = logging.getLogger("toedit")

_END_SECONDS = 10.0
"""How long a worker whose input has ended may take to end."""


class Process:
    """Streams are sent and answered one after the other; neither call waits for the other's pipe."""

    def __init__(self, command: Sequence[str]) -> None:
        self._child = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # A group of its own: Ctrl-C is for the host, and a launcher such as npx ends with what it started.
            start_new_session=True,
        )
        self.pid = os.getpid()
        self._said: deque[str] = deque(maxlen=20)
        self._requests: queue.SimpleQueue[Callable[[Any], Any] | None] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._threads = [
            threading.Thread(target=work, daemon=True, name=f"toedit-{work.__name__}")
            for work in (self._write, self._read, self._listen)
        ]
        for thread in self._threads:
            thread.start()
        _open.add(self)

    def send(self, step: Callable[[Any], Any]) -> None:
        """Queues a step of the writing thread, which is called with standard input."""
        self._requests.put(step)

    def receive(self) -> Any:
        """The next schema, (batch, metadata) or None at a stream's end; raises EOFError where no more comes."""
        answer = self._answers.get()
        if isinstance(answer, EOFError):
            self._answers.put(answer)
            raise answer
        return answer

    def end(self) -> None:
        """Ends the process once it has answered what was sent."""
        self._requests.put(None)
        try:
            self._child.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            pass
        self.kill()

    def kill(self) -> None:
        """Ends the process, and waits until it has ended."""
        self._requests.put(None)
        if self._child.poll() is None:
            # The process, or a launcher's group, may have ended meanwhile.
            with contextlib.suppress(OSError):
                if hasattr(os, "killpg"):
                    os.killpg(self._child.pid, signal.SIGKILL)
                else:
                    self._child.kill()
        self._child.wait()
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(_END_SECONDS)
        for pipe in (self._child.stdin, self._child.stdout, self._child.stderr):
            if pipe is not None:
                with contextlib.suppress(OSError, ValueError):
                    pipe.close()
        _open.discard(self)

    def reason(self) -> str:
        """How the process has ended, and what it said last."""
        code = self.exit_code()
        how = f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
        said = " ".join(line for line in self._said if line)
        return f"the toedit worker has ended ({how})" + (f": {said}" if said else "")

    def exit_code(self) -> int | None:
        try:
            return self._child.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            return None

    def _write(self) -> None:
        stdin = self._child.stdin
        assert stdin is not None
        try:
            while (step := self._requests.get()) is not None:
                step(stdin)
                stdin.flush()
        except (OSError, ValueError, pa.ArrowException):
            # The reading thread sees the end.
            pass
        finally:
            with contextlib.suppress(OSError, ValueError):
                stdin.close()

    def _read(self) -> None:
        try:
            while True:
                with pa.ipc.open_stream(self._child.stdout) as stream:
                    self._answers.put(stream.schema)
                    self._read_batches(stream)
                self._answers.put(None)
        except (OSError, ValueError, EOFError, pa.ArrowException) as error:
            self._answers.put(EOFError(str(error)))

    def _read_batches(self, stream: pa.RecordBatchStreamReader) -> None:
        while True:
            try:
                answer = stream.read_next_batch_with_custom_metadata()
            except StopIteration:
                return
            self._answers.put(answer)

    def _listen(self) -> None:
        stderr = self._child.stderr
        assert stderr is not None
        with contextlib.suppress(OSError, ValueError):
            for line in stderr:
                text = line.decode("utf-8", "replace").rstrip()
                self._said.append(text)
                _log.info("%s", text)


_open: weakref.WeakSet[Process] = weakref.WeakSet()


@atexit.register
def _kill_all() -> None:
    for process in list(_open):
        # After a fork the process is the parent's.
        if process.pid == os.getpid():
            process.kill()

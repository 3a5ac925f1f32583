"""How a Python tool takes its turns; contest/start-contestant.ts is the other end."""

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

import numpy as np

Documents = list[list[int]]

# One pass: natural log P(token given those before it) of each document from its second token on, [tokens - 1].
Scorer = Callable[[Documents], list[np.ndarray]]

# Tokens at or above this logprob are redrawn by `toedit edit`: log 0.99.
ELIGIBLE = float(np.log(0.99))
CANDIDATES = 8


def serve(load: Callable[[], Scorer]) -> None:
    """Loads, writes the logprobs of a first pass to argv[2], then makes one pass over argv[1] a line of stdin."""
    answers = private_stdout()
    documents: Documents = json.loads(Path(sys.argv[1]).read_text())
    started = time.perf_counter()
    score = load()
    np.concatenate(score(documents)).astype("<f4").tofile(sys.argv[2])
    answer(answers, time.perf_counter() - started, documents)
    for _ in sys.stdin:
        started = time.perf_counter()
        score(documents)
        answer(answers, time.perf_counter() - started, documents)


def private_stdout() -> TextIO:
    """Stdout for answers alone: what libraries print there goes to stderr from now on."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return answers


def answer(answers: TextIO, seconds: float, documents: Documents) -> None:
    line = {"seconds": seconds, "tokens": sum(map(len, documents))}
    print(json.dumps(line), file=answers, flush=True)

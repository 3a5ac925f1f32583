"""Where the ``toedit`` program is."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Sequence


def find_program(program: str | Sequence[str] | None = None) -> list[str]:
    """The command that runs toedit.

    In this order: ``program``; the environment variable ``TOEDIT``; ``toedit`` on the PATH; an npm package of the
    working directory, by ``npx``. A path that ends in ``.js`` is run by ``node``.

    Raises FileNotFoundError where there is none.
    """
    given = program if program is not None else os.environ.get("TOEDIT")
    if given:
        words = [given] if isinstance(given, str) and os.path.exists(given) else _words(given)
        if words[0].endswith(".js"):
            return ["node", *words]
        found = shutil.which(words[0])
        if found is None:
            raise FileNotFoundError(f"the program {words[0]!r} of toedit is not there")
        return [found, *words[1:]]
    found = shutil.which("toedit")
    if found is not None:
        return [found]
    npx = shutil.which("npx")
    if npx is not None and os.path.exists("node_modules/.bin/toedit"):
        return [npx, "--no", "toedit"]
    raise FileNotFoundError(
        "the program toedit is not there: install it (npm install -g toedit), name it with program=..., "
        "or set the environment variable TOEDIT to its path"
    )


def _words(given: str | Sequence[str]) -> list[str]:
    return shlex.split(given) if isinstance(given, str) else list(given)

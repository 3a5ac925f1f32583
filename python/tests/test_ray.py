"""toedit in Ray, with two actors on this machine."""

from __future__ import annotations

import os
import signal
import threading

import pyarrow as pa
import pytest
import ray

import toedit.ray
from conftest import MARK, RULE, no_workers, processes


@pytest.fixture(scope="module", autouse=True)
def cluster():
    env = {name: os.environ[name] for name in ("TOEDIT", "PYTHONPATH", MARK)}
    ray.init(
        num_cpus=2,
        include_dashboard=False,
        logging_level="ERROR",
        object_store_memory=100 * 2**20,
        runtime_env={"env_vars": env},
    )
    ray.data.DataContext.get_current().enable_progress_bars = False
    yield
    ray.shutdown()
    assert no_workers() == []


def edited(corpus: pa.Table, **options: object) -> pa.Table:
    blocks = [corpus.slice(at, 30).combine_chunks() for at in range(0, corpus.num_rows, 30)]
    dataset = ray.data.from_arrow(blocks).map_batches(
        toedit.ray.EditBatches,
        fn_constructor_kwargs={**RULE, **options},
        batch_format="pyarrow",
        batch_size=None,
        zero_copy_batch=True,
        concurrency=2,
    )
    whole = pa.concat_tables(ray.get(dataset.to_arrow_refs()))
    return whole.sort_by("id").combine_chunks()


def test_two_actors_give_the_bytes_of_the_command_line(corpus, expected):
    assert edited(corpus).equals(expected)


@pytest.mark.parametrize("name", ["src/cli/main.js", "ray::MapWorker"])
def test_what_is_killed_is_retried_and_the_bytes_are_the_same(corpus, expected, name):
    """The worker of an actor, and an actor with its worker."""
    killed: list[int] = []
    is_over = threading.Event()

    def kill_one():
        while not killed and not is_over.wait(0.2):
            # Not before it has a prior, and so work.
            if processes("tokenizer-worker"):
                for pid in processes(name)[:1]:
                    os.kill(pid, signal.SIGKILL)
                    killed.append(pid)

    killer = threading.Thread(target=kill_one)
    killer.start()
    try:
        assert edited(corpus).equals(expected)
    finally:
        is_over.set()
        killer.join()
    assert killed


def test_a_bad_row_is_the_tasks_error(corpus):
    with pytest.raises(Exception, match="null_text"):
        edited(corpus, on_bad_row="fail")

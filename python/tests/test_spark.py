"""toedit in Spark, with two tasks at once on this machine."""

from __future__ import annotations

import os
import signal
import sys
import threading

import pyarrow as pa
import pytest
from pyspark.sql import DataFrame, SparkSession

import toedit.spark
from conftest import RULE, no_workers, processes, run_command


@pytest.fixture(scope="module")
def spark():
    os.environ["PYSPARK_PYTHON"] = sys.executable
    # Up to four attempts at each task.
    builder = SparkSession.builder.master("local[2,4]").config("spark.ui.enabled", "false")
    session = builder.config("spark.driver.host", "127.0.0.1").getOrCreate()
    session.sparkContext.setLogLevel("FATAL")
    yield session
    session.stop()
    assert no_workers() == []


@pytest.fixture
def frame(spark: SparkSession, corpus: pa.Table) -> DataFrame:
    return spark.createDataFrame(corpus).repartitionByRange(6, "id")


def rows_of(df: DataFrame) -> list[dict[str, object]]:
    return df.toArrow().sort_by("id").to_pylist()


def test_two_tasks_at_once_give_the_bytes_of_the_command_line(frame, expected):
    edited = toedit.spark.edit(frame, "text", **RULE)
    assert edited.schema == frame.schema
    assert rows_of(edited) == expected.to_pylist()


def test_scores_and_reports(spark, corpus, frame, tmp_path):
    few = corpus.slice(0, 40).combine_chunks()
    scored = toedit.spark.score(spark.createDataFrame(few).coalesce(1))
    assert rows_of(scored) == run_command("score", few, tmp_path, []).to_pylist()
    reported = rows_of(toedit.spark.edit(frame, "text", report=True, **RULE))
    assert sum(len(row["edits"] or []) for row in reported) > 5


@pytest.mark.parametrize("name", ["src/cli/main.js", "pyspark/daemon|pyspark.daemon"])
def test_what_is_killed_is_retried_and_the_bytes_are_the_same(frame, expected, name):
    """The worker of a task, and the Python processes of all tasks with their workers."""
    killed: list[int] = []
    is_over = threading.Event()

    def kill_some():
        while not killed and not is_over.wait(0.2):
            # Not before there is work under way.
            if processes("tokenizer-worker"):
                for pid in [pid for part in name.split("|") for pid in processes(part)]:
                    os.kill(pid, signal.SIGKILL)
                    killed.append(pid)

    # Other options than before: no worker waits for the task, and none is there before it has begun.
    edited = toedit.spark.edit(frame, "text", on_bad_row="pass", threads=1, **RULE)
    for pid in processes("src/cli/main.js"):
        os.kill(pid, signal.SIGKILL)
    assert no_workers() == []
    killer = threading.Thread(target=kill_some)
    killer.start()
    try:
        assert rows_of(edited) == expected.to_pylist()
    finally:
        is_over.set()
        killer.join()
    assert killed


def test_a_bad_row_is_the_tasks_error(frame):
    with pytest.raises(Exception, match=r"row \d+ of batch 0: .*null_text"):
        toedit.spark.edit(frame, "text", on_bad_row="fail", **RULE).collect()
    with pytest.raises(TypeError, match="treshold"):
        toedit.spark.edit(frame, "text", treshold=1)

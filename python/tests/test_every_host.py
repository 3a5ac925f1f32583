"""The same seed gives the same bytes, whoever runs toedit: all hosts beside one another."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import datasets
import duckdb
import polars
import pyarrow as pa
import pyarrow.json
import pyarrow.parquet
import pytest
import ray
from pyspark.sql import SparkSession

import toedit
import toedit.datasets
import toedit.ray
import toedit.spark
from conftest import FLAGS, MARK, PROGRAM, RULE, no_workers

BLOCK_ROWS = 30


def toedit_program(*arguments: str, given: bytes = b"") -> bytes:
    command = ["node", PROGRAM, *arguments, *FLAGS]
    return subprocess.run(command, input=given, stdout=subprocess.PIPE, check=True, timeout=120).stdout


def stream_of(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=BLOCK_ROWS)
    return sink.getvalue()


def json_lines_of(table: pa.Table) -> bytes:
    return polars.from_arrow(table).write_ndjson().encode()


def table_of(stream: bytes) -> pa.Table:
    with pa.ipc.open_stream(stream) as reader:
        return reader.read_all()


def by_parquet(corpus: pa.Table, place: Path) -> pa.Table:
    pa.parquet.write_table(corpus, place / "corpus.parquet", row_group_size=BLOCK_ROWS)
    toedit_program("edit", str(place / "corpus.parquet"), "--output", str(place / "parquet"), "--quiet")
    return pa.parquet.read_table(place / "parquet" / "corpus.parquet")


def by_json_lines(corpus: pa.Table, place: Path) -> pa.Table:
    (place / "corpus.jsonl").write_bytes(json_lines_of(corpus))
    toedit_program("edit", str(place / "corpus.jsonl"), "--output", str(place / "jsonl"), "--quiet")
    return pa.json.read_json(place / "jsonl" / "corpus.jsonl")


def by_pipe(corpus: pa.Table, _: Path) -> pa.Table:
    lines = toedit_program("edit", "-", "--output", "-", "--quiet", given=json_lines_of(corpus))
    return pa.json.read_json(io.BytesIO(lines))


def by_worker(corpus: pa.Table, _: Path) -> pa.Table:
    return table_of(toedit_program("worker", "--stdio", given=stream_of(corpus)))


def by_library(corpus: pa.Table, place: Path) -> pa.Table:
    (place / "library.arrows").write_bytes(stream_of(corpus))
    script = Path(__file__).with_name("edit_with_library.mjs")
    output = place / "edited.arrow"
    options = [str(RULE[name]) for name in ("seed", "threshold", "temperature")]
    subprocess.run(
        ["node", script, place / "library.arrows", output, *options], check=True, timeout=120
    )
    return pa.ipc.open_file(output).read_all()


def by_package(corpus: pa.Table, _: Path) -> pa.Table:
    batches = corpus.to_batches(max_chunksize=BLOCK_ROWS)
    return pa.Table.from_batches(toedit.edit_batches(batches, **RULE))


def by_polars_and_duckdb(corpus: pa.Table, _: Path) -> pa.Table:
    frame = polars.from_arrow(corpus)
    reader = duckdb.sql("SELECT * FROM frame ORDER BY id").to_arrow_reader(BLOCK_ROWS)
    return pa.Table.from_batches(toedit.edit_batches(reader, **RULE))


def by_datasets(corpus: pa.Table, _: Path) -> pa.Table:
    edited = toedit.datasets.edit(datasets.Dataset(corpus), batch_size=BLOCK_ROWS, **RULE)
    return edited.data.table


def by_ray(corpus: pa.Table, _: Path) -> pa.Table:
    env = {name: os.environ[name] for name in ("TOEDIT", "PYTHONPATH", MARK)}
    ray.init(
        num_cpus=3,
        include_dashboard=False,
        logging_level="ERROR",
        object_store_memory=100 * 2**20,
        runtime_env={"env_vars": env},
    )
    try:
        ray.data.DataContext.get_current().enable_progress_bars = False
        blocks = [
            corpus.slice(at, BLOCK_ROWS).combine_chunks()
            for at in range(0, corpus.num_rows, BLOCK_ROWS)
        ]
        edited = ray.data.from_arrow(blocks).map_batches(
            toedit.ray.EditBatches,
            fn_constructor_kwargs=RULE,
            batch_format="pyarrow",
            batch_size=None,
            zero_copy_batch=True,
            concurrency=2,
        )
        return pa.concat_tables(ray.get(edited.to_arrow_refs()))
    finally:
        ray.shutdown()


def by_spark(corpus: pa.Table, _: Path) -> pa.Table:
    os.environ["PYSPARK_PYTHON"] = sys.executable
    builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    session = builder.config("spark.driver.host", "127.0.0.1").getOrCreate()
    try:
        session.sparkContext.setLogLevel("FATAL")
        frame = session.createDataFrame(corpus).repartitionByRange(4, "id")
        return toedit.spark.edit(frame, "text", **RULE).toArrow()
    finally:
        session.stop()


HOSTS = [
    *(by_parquet, by_json_lines, by_pipe, by_worker, by_library, by_package),
    *(by_polars_and_duckdb, by_datasets, by_ray, by_spark),
]


@pytest.mark.parametrize("host", HOSTS)
def test_every_host_gives_the_bytes_of_the_command_line(host, corpus, expected, tmp_path):
    edited = host(corpus, tmp_path).sort_by("id")
    # Types of lists and strings are each host's own; rows and the bytes of their texts are not.
    assert edited.select(expected.column_names).to_pylist() == expected.to_pylist()
    assert edited["text"].to_pylist() != corpus["text"].to_pylist()
    assert no_workers() == []

"""toedit on data sets, and between Polars and DuckDB."""

from __future__ import annotations

import datasets
import duckdb
import polars
import pyarrow as pa
import pytest

import toedit
import toedit.datasets
from conftest import RULE, no_workers

datasets.disable_progress_bars()


@pytest.fixture(autouse=True)
def no_cache():
    datasets.disable_caching()
    yield
    assert no_workers() == []


@pytest.fixture
def dataset(corpus: pa.Table) -> datasets.Dataset:
    labels = pa.array([row % 2 for row in range(corpus.num_rows)], pa.int64())
    features = datasets.Features(
        {
            "id": datasets.Value("int64"),
            "text": datasets.Value("string"),
            "tags": datasets.List(datasets.Value("string")),
            "label": datasets.ClassLabel(names=["human", "machine"]),
        }
    )
    table = corpus.append_column("label", labels)
    return datasets.Dataset(table).cast(features)


@pytest.mark.parametrize("num_proc", [None, 2])
def test_the_texts_are_those_of_the_command_line(dataset, expected, num_proc):
    edited = toedit.datasets.edit(dataset, batch_size=64, num_proc=num_proc, **RULE)
    assert edited["text"][:] == expected["text"].to_pylist()
    assert edited.features == dataset.features
    assert edited["tags"][:] == dataset["tags"][:]
    assert edited.format == dataset.format


def test_splits_and_streams(dataset, expected):
    texts = expected["text"].to_pylist()
    splits = datasets.DatasetDict(
        {"train": dataset.select(range(250)), "test": dataset.select(range(250, 300))}
    )
    edited = toedit.datasets.edit(splits, **RULE)
    assert {name: part["text"][:] for name, part in edited.items()} == {
        "train": texts[:250],
        "test": texts[250:],
    }
    stream = toedit.datasets.edit(dataset.to_iterable_dataset(), batch_size=50, **RULE)
    assert [row["text"] for row in stream] == texts
    assert stream.features == dataset.features


def test_a_bad_row_is_an_error(dataset):
    with pytest.raises(toedit.ToeditError, match="null_text"):
        toedit.datasets.edit(dataset, on_bad_row="fail", **RULE)


def test_polars_and_duckdb_through_arrow(corpus, expected):
    frame = polars.from_arrow(corpus)
    edited = toedit.edit_table(frame.to_arrow(), **RULE)
    assert polars.from_arrow(edited).equals(polars.from_arrow(expected))
    connection = duckdb.connect()
    connection.register("corpus", corpus)
    reader = connection.execute("SELECT * FROM corpus ORDER BY id").to_arrow_reader(64)
    batches = toedit.edit_batches(reader, **RULE)
    assert pa.Table.from_batches(batches)["text"].to_pylist() == expected["text"].to_pylist()

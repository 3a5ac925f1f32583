"""Batches and tables through a worker, without an engine."""

from __future__ import annotations

import os
import pickle
import random
import signal
import subprocess
import sys
import threading
import uuid

import pyarrow as pa
import pytest

import toedit
from conftest import FLAGS, MARK, ROOT, RULE, no_workers, processes, run_command, workers


@pytest.mark.parametrize(
    "kind",
    [
        pa.large_string(),
        pa.string_view(),
        pa.binary(),
        pa.dictionary(pa.int16(), pa.string()),
    ],
    ids=str,
)
def test_text_of_any_kind_comes_back_as_it_came(corpus, expected, kind):
    at = corpus.schema.get_field_index("text")
    text = corpus["text"].combine_chunks()
    cast = text.dictionary_encode().cast(kind) if pa.types.is_dictionary(kind) else text.cast(kind)
    table = corpus.set_column(at, pa.field("text", kind, metadata={"kind": "text"}), cast)
    table = table.replace_schema_metadata({"corpus": "test"})
    edited = toedit.edit_table(table, **RULE)
    assert edited.schema.equals(table.schema, check_metadata=True)
    assert edited["text"].cast(pa.string()).to_pylist() == expected["text"].to_pylist()
    assert edited.drop_columns("text").equals(table.drop_columns("text"))


def test_edits_are_those_of_the_command_line_however_batches_are_cut(corpus, expected):
    assert expected["text"] != corpus["text"]
    draw = random.Random(3)
    cuts = sorted(draw.sample(range(corpus.num_rows), 9)) + [corpus.num_rows]
    cuts = [0, 0, *cuts]
    parts = [corpus.slice(a, b - a).combine_chunks() for a, b in zip(cuts, cuts[1:])]
    batches = [
        batch for part in parts for batch in part.to_batches() or [pa.RecordBatch.from_pylist([], part.schema)]
    ]
    edited = list(toedit.edit_batches(iter(batches), **RULE))
    assert [batch.num_rows for batch in edited] == [batch.num_rows for batch in batches]
    assert pa.Table.from_batches(edited).equals(expected)


def chats(corpus: pa.Table) -> pa.Table:
    """Texts in a column, a struct, a list, and in a list of structs with roles."""
    texts = corpus["text"].to_pylist()
    roles = ["user", "assistant"]
    turn = pa.struct([pa.field("role", pa.string(), nullable=False), ("content", pa.large_string())])
    messages = [
        None
        if row % 13 == 4
        else [{"role": roles[at % 2], "content": texts[(row + at) % len(texts)]} for at in range(row % 4)]
        for row in range(len(texts))
    ]
    return pa.table(
        {
            "id": corpus["id"],
            "meta": pa.array([{"note": text, "n": row} for row, text in enumerate(texts)]),
            "parts": pa.array([[text, None] for text in texts]),
            "messages": pa.array(messages, pa.list_(pa.field("turn", turn))),
        }
    )


def test_several_texts_are_those_of_the_command_line(corpus, tmp_path):
    table = chats(corpus.slice(0, 90).combine_chunks())
    paths = ["meta.note", "parts[]", "messages[].content"]
    flags = [word for path in paths for word in ("--text-column", path)]
    wanted = run_command("edit", table, tmp_path, [*FLAGS, *flags, "--roles", "assistant"])
    assert wanted.schema.equals(table.schema)
    for name in ["meta", "parts", "messages"]:
        assert wanted[name] != table[name]
    edited = toedit.edit_table(table, text_column=paths, roles=["assistant"], **RULE)
    assert edited.schema.equals(table.schema, check_metadata=True) and edited.equals(wanted)

    def users(messages):
        return [turn for turns in messages.to_pylist() for turn in turns or [] if turn["role"] != "assistant"]

    assert users(edited["messages"]) == users(table["messages"])
    one = toedit.edit_table(table, text_column="meta.note", key_places=False, **RULE)
    assert one["meta"].equals(edited["meta"]) and one.drop_columns("meta").equals(table.drop_columns("meta"))


def test_scores_are_those_of_the_command_line(corpus, tmp_path):
    few = corpus.slice(0, 40).combine_chunks()
    assert toedit.score_table(few).equals(run_command("score", few, tmp_path, []))


def test_report_and_tables_of_no_rows(corpus):
    with toedit.Worker(report=True, **RULE) as worker:
        whole = worker.table(corpus)
        assert whole.schema.names == [*corpus.schema.names, "edits"]
        assert sum(len(edits or []) for edits in whole["edits"].to_pylist()) > 5
        none = worker.table(corpus.slice(0, 0))
        assert none.schema.equals(whole.schema) and none.num_rows == 0
    assert list(toedit.edit_batches([])) == []


def test_a_worker_that_is_killed_is_started_again_and_the_bytes_are_the_same(corpus, expected):
    draw = random.Random(5)
    kills = draw.sample(range(2, 28), 2)

    def batches():
        for index, batch in enumerate(corpus.to_batches(max_chunksize=10)):
            if index in kills:
                for pid in processes("src/cli/main.js"):
                    os.kill(pid, signal.SIGKILL)
            yield batch

    edited = pa.Table.from_batches(toedit.edit_batches(batches(), **RULE))
    assert edited.equals(expected)
    assert no_workers() == []


def test_killed_at_random_the_host_sees_an_error_and_does_not_hang(corpus):
    is_over = threading.Event()

    def kill():
        while not is_over.wait(0.3):
            for pid in processes("src/cli/main.js"):
                os.kill(pid, signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        with pytest.raises(toedit.WorkerDied, match="signal 9") as caught:
            list(toedit.edit_batches(corpus.to_batches(max_chunksize=1) * 100, restarts=1, **RULE))
        assert caught.value.retryable
    finally:
        is_over.set()
        killer.join()
    assert no_workers() == []


def test_a_bad_row_is_named_and_the_worker_goes_on(corpus, expected):
    with toedit.Worker(on_bad_row="fail", **RULE) as worker:
        with pytest.raises(toedit.ToeditError, match="row 5 of batch 0: .*null_text") as caught:
            worker.table(corpus)
        error = pickle.loads(pickle.dumps(caught.value))
        assert (error.code, error.row, error.retryable) == ("BAD_ROW", 5, False)
        before = processes("src/cli/main.js")
        assert worker.table(corpus.slice(0, 5)).equals(expected.slice(0, 5))
        assert processes("src/cli/main.js") == before != []
    assert no_workers() == []


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        ({"text_column": "body"}, "COLUMN_MISSING", "'body'.*id, text, tags"),
        ({"text_column": ["text", "meta.note"]}, "COLUMN_MISSING", "'meta'.*id, text, tags"),
        ({"text_column": ["text", "tags[].x"]}, "COLUMN_TYPE", "tags.*no struct"),
        ({"text_column": "tags[]", "report": True}, "BAD_OPTION", "report.*more texts than one"),
        ({"threshold": 5.0}, "BAD_OPTION", "threshold is 5"),
        ({"model": "/nowhere"}, "MODEL_INVALID", "/nowhere"),
        ({"device": "tpu"}, "BAD_OPTION", "--device.*tpu"),
    ],
)
def test_what_cannot_be_is_refused_with_a_reason(corpus, options, code, message):
    with pytest.raises(toedit.ToeditError, match=message) as caught:
        toedit.edit_table(corpus, **options)
    assert (caught.value.code, caught.value.retryable) == (code, False)


def test_options_and_programs_that_are_not_there(corpus):
    with pytest.raises(TypeError, match="'treshold'.*threshold"):
        toedit.edit_table(corpus, treshold=0.5)
    with pytest.raises(FileNotFoundError, match="no-such-toedit"):
        toedit.edit_table(corpus, program="no-such-toedit")


def test_pipes_that_are_full_do_not_block(corpus):
    """Texts over the limit pass: 40 MB each way, far more than a pipe holds."""
    batch = pa.record_batch({"text": ["x" * 1_000_000] * 2})
    edited = list(toedit.edit_batches([batch] * 20, max_text_bytes=100))
    assert len(edited) == 20 and all(one.equals(batch) for one in edited)


def test_a_host_that_is_killed_leaves_no_process():
    """Another process has the pipes still open, as forked ones have: so the worker sees no end of its input."""
    mark = uuid.uuid4().hex
    script = f"""
import os, sys, time
import pyarrow as pa, toedit
worker = toedit.Worker(seed=1)
worker.table(pa.table({{"text": ["the sea"]}}))
if os.fork() == 0:
    time.sleep(40)
    os._exit(0)
print("ready", flush=True)
time.sleep(60)
"""
    host = subprocess.Popen(
        [sys.executable, "-c", script],
        env={**os.environ, MARK: mark, "PYTHONPATH": str(ROOT / "python")},
        stdout=subprocess.PIPE,
    )
    try:
        assert host.stdout is not None and host.stdout.readline() == b"ready\n"
        assert len(workers(mark)) == 2
    finally:
        host.kill()
        host.wait()
    assert no_workers(mark) == []
    for pid in processes("-c", mark):
        os.kill(pid, signal.SIGKILL)

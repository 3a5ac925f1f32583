"""Data sets in the layout of the Hugging Face hub: what `load_dataset` gives of them and of their edited copies."""

from __future__ import annotations

import json
import os
import subprocess
import zipfile
from pathlib import Path

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datasets import ClassLabel, Dataset, Features, List, Value
from datasets.info import DatasetInfosDict
from datasets.splits import SplitDict, SplitInfo
from datasets.utils.metadata import MetadataConfigs
from huggingface_hub import DatasetCard, DatasetCardData

from conftest import FLAGS, PROGRAM, corpus_of

datasets.disable_progress_bars()

FEATURES = Features(
    {
        "id": Value("int32"),
        "text": Value("string"),
        "label": ClassLabel(names=["human", "machine"]),
        "tags": List(Value("string")),
    }
)
SPLITS = {"train": 60, "validation": 20, "test": 10}


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")


def rows_of(count: int, start: int = 0) -> Dataset:
    table = corpus_of(start + count).slice(start)
    label = pa.array([row % 2 for row in range(count)], pa.int64())
    columns = [table["id"].cast(pa.int32()), table["text"], label, table["tags"]]
    return Dataset(pa.table(columns, names=list(FEATURES))).cast(FEATURES)


def info_of(splits: dict[str, int], features: Features = FEATURES) -> datasets.DatasetInfo:
    info = datasets.DatasetInfo(features=features, download_size=1, dataset_size=100 * sum(splits.values()))
    info.splits = SplitDict({name: SplitInfo(name, 100 * rows, rows) for name, rows in splits.items()})
    return info


def write_card(place: Path, infos: dict | None, configs: dict | None, **header) -> None:
    data = DatasetCardData(license="mit", language=["en", "no"], **header)
    if infos:
        DatasetInfosDict(infos).to_dataset_card_data(data)
    if configs:
        MetadataConfigs(configs).to_dataset_card_data(data)
    (place / "README.md").write_text(f"---\n{data}\n---\n\n# Poems\n\nSome words.\n", encoding="utf-8")


def shards(place: Path, splits: dict[str, int], count: int = 2) -> None:
    place.mkdir(parents=True, exist_ok=True)
    for name, rows in splits.items():
        whole = rows_of(rows)
        for index in range(count):
            whole.shard(count, index).to_parquet(place / f"{name}-{index:05d}-of-{count:05d}.parquet")


def write_lines(path: Path, rows: Dataset) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")


def data_files(pattern: str, splits=SPLITS) -> dict:
    return {"data_files": [{"split": name, "path": pattern.format(name)} for name in splits]}


# How each data set is made, in an empty directory.


def pushed(place: Path) -> None:
    shards(place / "data", SPLITS)
    (place / ".gitattributes").write_text("*.parquet filter=lfs\n")
    (place / "LICENSE").write_text("MIT\n")
    (place / "stats.json").write_text('[\n{"text": "no data"}\n]\n')
    write_card(place, {"default": info_of(SPLITS)}, {"default": data_files("data/{}-*")})


def without_card(place: Path) -> None:
    shards(place / "data", SPLITS)


def info_only(place: Path) -> None:
    shards(place / "data", {**SPLITS, "holdout": 4}, 1)
    write_card(place, {"default": info_of({**SPLITS, "holdout": 4})}, None)


def several_configs(place: Path) -> None:
    shards(place / "en", SPLITS)
    shards(place / "fr/deep", {"train": 8}, 1)
    shards(place / "few", {"train": 9, "test": 9}, 1)
    write_card(
        place,
        {"en": info_of(SPLITS), "fr": info_of({"train": 8}), "few": info_of({"train": 9, "test": 9})},
        {
            "en": {**data_files("en/{}-*.parquet"), "default": True},
            "fr": {"data_files": "fr/**/*.parquet"},
            "few": {"data_dir": "few"},
        },
    )


def lines_with_features(place: Path) -> None:
    for name, rows in SPLITS.items():
        write_lines(place / "data" / f"{name}.jsonl", rows_of(rows))
    write_card(place, {"default": info_of(SPLITS)}, {"default": data_files("data/{}.jsonl")})


def named_by_directory(place: Path) -> None:
    for name, rows in SPLITS.items():
        write_lines(place / name / "part.jsonl", rows_of(rows))
    write_card(place, {"default": info_of(SPLITS)}, None)


def one_of_two_files(place: Path) -> None:
    """What the card does not name is no part of the data set."""
    write_lines(place / "data/[a].jsonl", rows_of(40))
    write_lines(place / "data/b.jsonl", rows_of(5))
    files = ["data/[[]a].jsonl"]
    write_card(place, {"default": info_of({"train": 40})}, {"default": {"data_files": files}})


def in_the_cache(place: Path) -> None:
    """As `huggingface_hub` keeps a snapshot: links into a directory beside it."""
    blobs = place.parents[1] / "blobs"
    blobs.mkdir()
    pushed(place)
    for index, path in enumerate(sorted(each for each in place.rglob("*") if each.is_file())):
        path.rename(blobs / str(index))
        path.symlink_to(os.path.relpath(blobs / str(index), path.parent))


LAYOUTS = [
    without_card,
    info_only,
    several_configs,
    lines_with_features,
    named_by_directory,
    one_of_two_files,
    in_the_cache,
]


def make(layout, tmp_path: Path) -> Path:
    place = tmp_path / "poems"
    if layout is in_the_cache:
        place = tmp_path / "datasets--ana--poems" / "snapshots" / ("0123456789" * 4)
    place.mkdir(parents=True)
    layout(place)
    return place


def edit(*arguments: object, command: str = "edit", code: int = 0) -> str:
    words = ["node", PROGRAM, command, *map(str, arguments)]
    flags = [] if command in ("score", "run") else FLAGS
    done = subprocess.run([*words, *flags], capture_output=True, text=True, timeout=120)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def load_all(place: Path) -> dict[str, datasets.DatasetDict]:
    names = datasets.get_dataset_config_names(str(place))
    return {name: datasets.load_dataset(str(place), name) for name in names}


def header_of(place: Path) -> dict:
    return DatasetCard.load(place / "README.md").data.to_dict()


def assert_same(source: Path, out: Path, change=lambda rows: rows, added: dict | None = None) -> None:
    """The same configurations, splits, features and columns; the texts are others."""
    was, now = load_all(source), load_all(out)
    assert list(now) == list(was)
    is_edited = False
    for name, splits in was.items():
        assert list(now[name]) == list(splits)
        for split, rows in splits.items():
            wanted, got = change(rows), now[name][split]
            assert got.features == Features({**rows.features, **(added or {})})
            assert got.num_rows == len(wanted)
            for column in rows.column_names:
                if column != "text":
                    assert got[column][:] == wanted[column][:]
            is_edited |= got["text"][:] != wanted["text"][:]
    assert is_edited or added


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.__name__)
def test_what_is_loaded_of_a_data_set_and_its_edited_copy(layout, tmp_path):
    source, out = make(layout, tmp_path), tmp_path / "out"
    edit(source, "--output", out)
    assert_same(source, out)
    names = {path.relative_to(source) for path in source.rglob("*.parquet")}
    assert {path.relative_to(out) for path in out.rglob("*.parquet")} == names
    for path in names:
        was, now = (pq.read_schema(place / path) for place in (source, out))
        assert now.equals(was, check_metadata=True)
    assert (out / "README.md").exists() == (layout is not without_card)
    if layout is without_card:
        return
    was, now = header_of(source), header_of(out)
    assert now["license"] == "mit" and now["language"] == ["en", "no"]
    assert {"toedit", "semi-synthetic"} <= set(now["tags"])
    assert now.get("configs") == was.get("configs")
    assert "Some words." in (out / "README.md").read_text(encoding="utf-8")
    assert now.get("source_datasets") == (["ana/poems"] if layout is in_the_cache else None)
    infos = [each["dataset_info"] for each in (was, now)]
    for one, other in zip(*(each if isinstance(each, list) else [each] for each in infos)):
        assert other["splits"] == one["splits"] and other["features"] == one["features"]
        assert other["dataset_size"] == one["dataset_size"]
        assert other["download_size"] > 100


def test_rows_that_are_set_aside_or_not_read(tmp_path):
    source, out = make(several_configs, tmp_path), tmp_path / "out"
    edit(source, "--output", out, "--on-bad-row", "dead-letter", "--max-dead-letters", 1000)
    assert_same(source, out, lambda rows: rows.filter(lambda row: row["text"] is not None))
    few = tmp_path / "few"
    edit(source, "--output", few, "--limit", 4)
    assert {split.num_rows for splits in load_all(few).values() for split in splits.values()} <= {4, 8}


@pytest.mark.parametrize(
    ("layout", "wanted"),
    [(pushed, "jsonl"), (several_configs, "arrow"), (lines_with_features, "parquet")],
    ids=lambda each: getattr(each, "__name__", each),
)
def test_another_format(layout, wanted, tmp_path):
    source, out = make(layout, tmp_path), tmp_path / "out"
    edit(source, "--output", out, "--format", wanted)
    assert_same(source, out)


def test_columns_that_are_added(tmp_path):
    edits = {"position": "int32", "byte_offset": "int64", "old_id": "int32", "new_id": "int32"}
    edits |= {"logprob": "float32", "new_logprob": "float32", "rank": "int32"}
    report = {"edits": List({name: Value(dtype) for name, dtype in edits.items()})}
    scores = {"token_ids": List(Value("int32")), "token_logprobs": List(Value("float32"))}
    source = make(several_configs, tmp_path)
    edit(source, "--output", tmp_path / "edited", "--report")
    assert_same(source, tmp_path / "edited", added=report)
    edit(source, "--output", tmp_path / "scored", command="score")
    assert_same(source, tmp_path / "scored", added=scores)


def test_an_archive_of_the_data_set(tmp_path):
    place, out = tmp_path / "poems", tmp_path / "out"
    place.mkdir()
    lines = "".join(f"{json.dumps(row)}\n" for row in rows_of(40))
    with zipfile.ZipFile(place / "all.zip", "w") as archive:
        archive.writestr("a.jsonl", lines)
        archive.writestr("deep/b.jsonl", lines)
    write_lines(place / "test.jsonl", rows_of(3))
    files = [{"split": "train", "path": "all.zip"}, {"split": "test", "path": "test.jsonl"}]
    write_card(place, {"default": info_of({"train": 80, "test": 3})}, {"default": {"data_files": files}})
    edit(place, "--output", out)
    assert_same(place, out)


def test_edited_again_and_scored_first(tmp_path):
    source = make(pushed, tmp_path)
    edit(source, "--output", tmp_path / "rounds", "--rounds", 2)
    assert_same(source, tmp_path / "rounds" / "round-2")
    kept = ["--candidates", 8, "--candidate-threshold", 0.2]
    edit(source, "--output", tmp_path / "scored", *kept, command="score")
    assert not (tmp_path / "scored" / "README.md").exists()
    edit(tmp_path / "scored", "--output", tmp_path / "out", command="resample")
    assert_same(source, tmp_path / "out")


def test_shards_and_a_run_that_is_not_at_its_end(tmp_path):
    source, whole, out = make(several_configs, tmp_path), tmp_path / "whole", tmp_path / "out"
    edit(source, "--output", whole)
    edit(source, "--output", out, command="plan")
    edit(out, "--shard", "0/2", command="run")
    assert "splits" not in header_of(out)["dataset_info"][0]
    edit(out, "--shard", "1/2", command="run")
    assert header_of(out) == {**header_of(whole), "pretty_name": "out"}
    assert_same(source, out)


def test_a_configuration_in_a_format_that_is_not_read(tmp_path):
    source = make(pushed, tmp_path)
    (source / "table.csv").write_text("text\nwords\n")
    (source / "notes.txt").write_text("words\n")
    configs = {"a_table": {"data_files": "*.csv"}, "default": {"data_files": ["data/*", "*.txt"]}}
    write_card(source, None, configs)
    message = edit(source, "--output", tmp_path / "out", code=3)
    assert "table.csv" in message and "notes.txt" in message
    # datasets would look for the table, whichever configuration it is to load.
    edited = datasets.load_dataset(str(tmp_path / "out"))
    assert edited.num_rows == {"train": sum(SPLITS.values())}

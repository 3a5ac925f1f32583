"""Edits a directory of JSON Lines with the package alone: `package_edit.py INPUT OUTPUT`, to one Arrow file."""

import sys

import pyarrow as pa
import pyarrow.dataset as ds
import toedit

dataset = ds.dataset(sys.argv[1], format="json")
with pa.OSFile(sys.argv[2], "wb") as file, pa.ipc.new_stream(file, dataset.schema) as writer:
    batches = dataset.to_batches(batch_size=512, batch_readahead=4, fragment_readahead=2)
    for batch in toedit.edit_batches(batches, seed=7):
        writer.write_batch(batch)

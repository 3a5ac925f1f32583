"""Edits a directory of JSON Lines in Ray Data: `ray_edit.py INPUT OUTPUT`."""

import sys

import ray
import toedit.ray

ray.init(num_cpus=3, include_dashboard=False, logging_level="ERROR", object_store_memory=2**30)
ray.data.DataContext.get_current().enable_progress_bars = False
(
    ray.data.read_json(sys.argv[1], lines=True)
    .map_batches(
        toedit.ray.EditBatches,
        fn_constructor_kwargs={"seed": 7},
        batch_format="pyarrow",
        batch_size=512,
        zero_copy_batch=True,
        num_cpus=1,
        concurrency=1,
    )
    .write_json(sys.argv[2], force_ascii=False)
)
ray.shutdown()

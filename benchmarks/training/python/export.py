"""A trained model as an ONNX graph in the layout of the Hugging Face hub, which opens as a prior of toedit."""

import json
import logging
import shutil
import warnings
from pathlib import Path

import torch
from model import CONTEXT, HEAD, HIDDEN, VOCABULARY, Model


def export(job):
    """Writes config.json, onnx/model.onnx (logits of all positions, no past) and the tokenizer of another directory."""
    directory = Path(job["directory"])
    (directory / "onnx").mkdir(parents=True, exist_ok=True)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(Path(job["tokenizer"]) / name, directory / name)
    config = {
        "model_type": "toedit-benchmark",
        "vocab_size": VOCABULARY,
        "max_position_embeddings": CONTEXT,
        "hidden_size": HIDDEN,
        "num_attention_heads": HIDDEN // HEAD,
        "head_dim": HEAD,
        "bos_token_id": 0,
        "eos_token_id": 0,
    }
    (directory / "config.json").write_text(json.dumps(config))
    model = Model(0).eval()
    model.load_state_dict(torch.load(job["weights"], weights_only=True))
    # It warns of packages that are not needed.
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    warnings.simplefilter("ignore")
    torch.onnx.export(
        model,
        (torch.zeros(2, 7, dtype=torch.int64),),
        directory / "onnx" / "model.onnx",
        input_names=["input_ids"],
        output_names=["logits"],
        dynamic_shapes={"input_ids": {0: "batch", 1: "tokens"}},
        opset_version=18,
        dynamo=True,
        external_data=False,
        verbose=False,
    )
    return {"directory": str(directory)}

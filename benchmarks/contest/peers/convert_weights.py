"""Writes the initializers of SmolLM2's GQA graph as a Hugging Face directory and as GGUF, both float32.

Usage: convert_weights.py MODEL_DIRECTORY OUTPUT_DIRECTORY
"""

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
from gguf import GGMLQuantizationType, GGUFWriter
from safetensors.numpy import save_file

Weights = dict[str, np.ndarray]

GGUF_NAMES = {
    "input_layernorm": "attn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "post_attention_layernorm": "ffn_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}


def hugging_face_weights(graph: Path, config: dict) -> Weights:
    """The initializers under the names, and in the orientation, of LlamaForCausalLM."""
    stored = stored_weights(graph)
    norm = f"model.layers.{config['num_hidden_layers']}.final_norm_layernorm.weight"
    weights = {
        "model.embed_tokens.weight": stored["lm_head.MatMul.weight"].T,
        "model.norm.weight": stored[norm],
    }
    for layer in range(config["num_hidden_layers"]):
        prefix = f"model.layers.{layer}."
        for name, weight in layer_weights(stored, prefix, config):
            weights[f"{prefix}{name}.weight"] = weight
    return {name: np.ascontiguousarray(weight) for name, weight in weights.items()}


def stored_weights(graph: Path) -> Weights:
    """The initializers in the file of external data, which `onnx` itself does not read where it has hard links."""
    weights = {}
    for each in onnx.load(graph, load_external_data=False).graph.initializer:
        place = {entry.key: entry.value for entry in each.external_data}
        if place:
            path, offset = graph.with_name(place["location"]), int(place.get("offset", 0))
            weights[each.name] = np.memmap(path, "<f4", "r", offset, tuple(each.dims))
    return weights


def layer_weights(stored: Weights, prefix: str, config: dict) -> Iterator[tuple[str, np.ndarray]]:
    """One layer's weights: an ONNX MatMul holds them transposed, and q, k and v side by side."""
    queries, keys = (
        config[count] * config["head_dim"]
        for count in ("num_attention_heads", "num_key_value_heads")
    )
    packed = stored[f"{prefix}attn.qkv_proj.MatMul.weight"].T
    parts = np.split(packed, [queries, queries + keys])
    yield from zip(("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"), parts)
    yield "self_attn.o_proj", stored[f"{prefix}attn.o_proj.MatMul.weight"].T
    for name in ("mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"):
        yield name, stored[f"{prefix}{name}.MatMul.weight"].T
    for name in ("input_layernorm", "post_attention_layernorm"):
        yield name, stored[f"{prefix}{name}.weight"]


def write_hugging_face(weights: Weights, model: Path, output: Path) -> None:
    output.mkdir(parents=True, exist_ok=True)
    save_file(weights, output / "model.safetensors", metadata={"format": "pt"})
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json"):
        shutil.copyfile(model / name, output / name)


def write_gguf(weights: Weights, config: dict, path: Path) -> None:
    """Without a tokenizer: the benchmark hands over token ids."""
    writer = GGUFWriter(path, "llama")
    writer.add_tokenizer_model("none")
    writer.add_vocab_size(config["vocab_size"])
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_rope_dimension_count(config["head_dim"])
    writer.add_rope_freq_base(config["rope_theta"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    for name, weight in weights.items():
        tensor = interleaved(name, weight, config["head_dim"])
        writer.add_tensor(gguf_name(name), tensor, raw_dtype=GGMLQuantizationType.F32)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def gguf_name(name: str) -> str:
    if name == "model.embed_tokens.weight":
        return "token_embd.weight"
    if name == "model.norm.weight":
        return "output_norm.weight"
    _, _, layer, *middle, _ = name.split(".")
    return f"blk.{layer}.{GGUF_NAMES['.'.join(middle)]}.weight"


def interleaved(name: str, weight: np.ndarray, head_size: int) -> np.ndarray:
    """llama.cpp rotates neighbours, Hugging Face halves of a head: rows of q and k change places."""
    if not name.endswith(("q_proj.weight", "k_proj.weight")):
        return weight
    halves = weight.reshape(-1, 2, head_size // 2, weight.shape[1])
    return np.ascontiguousarray(halves.swapaxes(1, 2).reshape(weight.shape))


def main(model: Path, output: Path) -> None:
    config = json.loads((model / "config.json").read_text())
    weights = hugging_face_weights(model / "onnx" / "model_gqa.onnx", config)
    write_hugging_face(weights, model, output / "hugging-face")
    write_gguf(weights, config, output / "model-f32.gguf")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))

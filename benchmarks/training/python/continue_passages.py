"""Lets SmolLM2 continue the beginnings of the passages that `shared/data/evidence/make_synthetic.py` has not reached, in its way but
several times as fast: in bfloat16, with keys and values in tensors of fixed size.

usage: continue_passages.py SHARED OUTPUT MINUTES
SHARED holds data/evidence and models/smollm2-135m. OUTPUT.jsonl is resumed where it ended; OUTPUT.parquet is what it has.
Draws are as the kernels round: another machine gives other texts of the same distribution.
Needs transformers 5, accelerate, gguf, tokenizers and pyarrow beside PyTorch.
"""

import json
import sys
import time
from pathlib import Path

import pyarrow.json
import pyarrow.parquet as parquet
import torch
from tokenizers import Tokenizer
from torch.nn import functional
from transformers import AutoModelForCausalLM

PROMPT = 32
NEW = 224
STREAMS = 192
ENDS = (0, 2)


class Decoder:
    """The layers of a Llama, token by token."""

    def __init__(self, model):
        config = model.config
        self.model = model
        self.groups = config.num_key_value_heads
        self.size = config.hidden_size // config.num_attention_heads
        theta = config.rope_parameters["rope_theta"]
        self.frequencies = theta ** -(torch.arange(0, self.size, 2).float() / self.size)
        shape = (2, STREAMS, self.groups, PROMPT + NEW, self.size)
        self.caches = [torch.zeros(shape, dtype=torch.bfloat16) for _ in model.model.layers]

    def logits(self, ids, start):
        """Logits [streams, vocabulary] of the token behind ids [streams, tokens], which stand from `start` on."""
        angles = torch.arange(start, start + ids.shape[1]).float()[:, None] * self.frequencies
        turn = angles.cos(), angles.sin()
        state = self.model.model.embed_tokens(ids)
        for layer, cache in zip(self.model.model.layers, self.caches):
            attended = self.attend(layer.self_attn, layer.input_layernorm(state), (start, turn, cache))
            state = state + attended
            state = state + layer.mlp(layer.post_attention_layernorm(state))
        return self.model.lm_head(self.model.model.norm(state[:, -1])).float()

    def attend(self, attention, state, where):
        start, turn, cache = where
        streams, tokens, width = state.shape
        heads = [each(state).view(streams, tokens, -1, self.size).transpose(1, 2) for each in (attention.q_proj, attention.k_proj, attention.v_proj)]
        query, key = (rotate(each, turn) for each in heads[:2])
        end = start + tokens
        cache[0, :streams, :, start:end], cache[1, :streams, :, start:end] = key, heads[2]
        keys, values = cache[0, :streams, :, :end], cache[1, :streams, :, :end]
        if tokens == 1:
            # The queries that share a key stand in the place of several tokens: none of them is before another.
            mixed = functional.scaled_dot_product_attention(query.reshape(streams, self.groups, -1, self.size), keys, values)
            return attention.o_proj(mixed.reshape(streams, 1, width))
        mixed = functional.scaled_dot_product_attention(query, keys, values, is_causal=True, enable_gqa=True)
        return attention.o_proj(mixed.transpose(1, 2).reshape(streams, tokens, width))


def rotate(heads, turn):
    cosine, sine = turn
    first, second = heads.float().chunk(2, -1)
    return torch.cat([first * cosine - second * sine, second * cosine + first * sine], -1).bfloat16()


def continuations(decoder, prompts):
    """Token ids [streams, NEW] behind prompts [streams, PROMPT]: temperature 1, nucleus 0.9 of the 256 likeliest."""
    drawn = [prompts]
    for at in range(NEW):
        logits = decoder.logits(drawn[-1], 0 if at == 0 else PROMPT + at - 1)
        logprobs, ids = logits.log_softmax(-1).topk(256)
        probabilities = logprobs.exp()
        probabilities[(probabilities.cumsum(-1) - probabilities) > 0.9] = 0
        drawn.append(ids.gather(1, torch.multinomial(probabilities, 1)))
    return torch.cat(drawn[1:], 1)


def passages_left(evidence):
    """The training passages behind the last one that has a continuation."""
    passages = [row for row in parquet.read_table(evidence / "human.parquet").to_pylist() if row["split"] == "train"]
    last = parquet.read_table(evidence / "synthetic.parquet").column("id")[-1].as_py()
    return passages[1 + [passage["id"] for passage in passages].index(last) :]


def lines(tokenizer, passages, rows):
    for passage, ids in zip(passages, rows):
        length = next((at for at, token in enumerate(ids) if token in ENDS), len(ids))
        row = {"id": passage["id"], "source": passage["source"], "tokens": length, "text": tokenizer.decode(ids[:length])}
        yield json.dumps(row, ensure_ascii=False) + "\n"


def main(shared, output, minutes):
    weights = Path(shared) / "models/smollm2-135m"
    model = AutoModelForCausalLM.from_pretrained(weights, gguf_file="weights.gguf", dtype=torch.bfloat16)
    decoder = Decoder(model.eval())
    tokenizer = Tokenizer.from_file(str(weights / "tokenizer.json"))
    path = Path(f"{output}.jsonl")
    begun = {json.loads(line)["id"] for line in path.open(encoding="utf-8")} if path.exists() else set()
    passages = [passage for passage in passages_left(Path(shared) / "data/evidence") if passage["id"] not in begun]
    torch.set_num_threads(1)
    torch.manual_seed(1764 + len(begun))
    end = time.monotonic() + 60 * minutes
    with torch.inference_mode(), path.open("a", encoding="utf-8") as file:
        while passages and time.monotonic() < end:
            batch, passages = passages[:STREAMS], passages[STREAMS:]
            prompts = [tokenizer.encode(passage["text"]).ids[:PROMPT] for passage in batch]
            drawn = continuations(decoder, torch.tensor(prompts))
            file.writelines(lines(tokenizer, batch, drawn.tolist()))
            file.flush()
    parquet.write_table(pyarrow.json.read_json(path), f"{output}.parquet", compression="zstd", compression_level=19)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]))

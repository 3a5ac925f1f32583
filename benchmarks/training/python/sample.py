"""Texts sampled from a trained model, as token ids."""

from pathlib import Path

import torch
from model import CONTEXT, LAYERS, Model, Past

STREAMS = 128
END_OF_TEXT = 0


def sample(job):
    """Writes `tokens` token ids or a few more: streams of CONTEXT tokens, each after an end of text, temperature 1, no truncation."""
    model = Model(0)
    model.load_state_dict(torch.load(job["weights"], weights_only=True))
    generator = torch.Generator().manual_seed(job["seed"])
    parts = []
    with torch.inference_mode():
        for _ in range(-(-job["tokens"] // (STREAMS * CONTEXT))):
            parts.append(streams(model, generator))
    ids = torch.cat(parts).to(torch.uint16)
    Path(job["output"]).write_bytes(ids.numpy().tobytes())
    return {"tokens": ids.numel()}


def streams(model, generator):
    """Token ids [STREAMS, CONTEXT], an end of text before each."""
    drawn = [torch.full((STREAMS, 1), END_OF_TEXT)]
    pasts = [Past(STREAMS) for _ in range(LAYERS)]
    for _ in range(CONTEXT - 1):
        state = model.states(drawn[-1], pasts)[:, -1]
        drawn.append(draw((state @ model.embedding.weight.T).softmax(-1), generator))
    return torch.cat(drawn, 1)


def draw(probabilities, generator):
    """A token of each row of probabilities: the first up to which their sum exceeds a uniform share of all."""
    sums = probabilities.cumsum(-1, dtype=torch.float64)
    uniform = torch.rand(len(sums), 1, generator=generator, dtype=torch.float64)
    return torch.searchsorted(sums, uniform * sums[:, -1:], right=True).clamp_(max=sums.shape[1] - 1)

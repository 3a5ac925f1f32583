"""Texts sampled from a trained model, as token ids."""

from pathlib import Path

import torch
from model import CONTEXT, Model

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
    pasts = None
    for _ in range(CONTEXT - 1):
        state, pasts = model.states(drawn[-1], pasts)
        logits = state[:, -1] @ model.embedding.weight.T
        drawn.append(torch.multinomial(logits.softmax(-1), 1, generator=generator))
    return torch.cat(drawn, 1)

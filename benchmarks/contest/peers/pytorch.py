"""PyTorch and transformers, float32. Usage: pytorch.py DOCUMENTS LOGPROBS MODEL_DIRECTORY plain|by-document|compiled"""

import sys
from collections.abc import Callable, Iterator

import numpy as np
import torch
from peer import CANDIDATES, ELIGIBLE, Documents, Scorer, serve
from transformers import AutoModelForCausalLM, LlamaForCausalLM

BATCH = 4


def batches(documents: Documents) -> Iterator[torch.Tensor]:
    """Token ids [documents, tokens]: all documents of this benchmark have one length."""
    for start in range(0, len(documents), BATCH):
        yield torch.tensor(documents[start : start + BATCH])


def plain(model: LlamaForCausalLM) -> Scorer:
    """The logits of a batch, their log-softmax, its top 8."""

    def score(documents: Documents) -> list[np.ndarray]:
        scores = []
        for ids in batches(documents):
            logprobs = model(ids, use_cache=False).logits[:, :-1].log_softmax(-1)
            logprobs.topk(CANDIDATES)
            scores.extend(logprobs.gather(2, ids[:, 1:, None])[..., 0].numpy())
        return scores

    return score


def by_document(model: LlamaForCausalLM, compiled: bool) -> Scorer:
    """Logits of one document at a time, no log-softmax of them all, the top 8 of eligible tokens alone."""
    optimise: Callable = torch.compile if compiled else lambda function: function
    body = optimise(model.model)
    head = optimise(lambda hidden, targets: target_logprobs(model.lm_head, hidden, targets))

    def score(documents: Documents) -> list[np.ndarray]:
        scores = []
        for ids in batches(documents):
            hidden = body(ids, use_cache=False).last_hidden_state
            for states, tokens in zip(hidden, ids):
                logits, logprobs = head(states[:-1], tokens[1:])
                logits[logprobs >= ELIGIBLE].topk(CANDIDATES)
                scores.append(logprobs.numpy())
        return scores

    return score


def target_logprobs(
    project: torch.nn.Module, hidden: torch.Tensor, targets: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    logits = project(hidden)
    return logits, logits.gather(1, targets[:, None])[:, 0] - logits.logsumexp(1)


def load() -> Scorer:
    torch.set_num_threads(2)
    torch.set_grad_enabled(False)
    _, _, _, directory, style = sys.argv
    model = AutoModelForCausalLM.from_pretrained(directory, dtype=torch.float32).eval()
    return plain(model) if style == "plain" else by_document(model, style == "compiled")


if __name__ == "__main__":
    serve(load)

"""llama.cpp by its C interface, logits of every token. Usage: llama.py DOCUMENTS LOGPROBS GGUF"""

import sys

import llama_cpp
import numpy as np
from peer import CANDIDATES, ELIGIBLE, Documents, Scorer, serve

LONGEST = 1024


def load() -> Scorer:
    llama_cpp.llama_backend_init()
    model = llama_cpp.llama_model_load_from_file(
        sys.argv[3].encode(), llama_cpp.llama_model_default_params()
    )
    vocabulary = llama_cpp.llama_vocab_n_tokens(llama_cpp.llama_model_get_vocab(model))
    context = llama_cpp.llama_init_from_model(model, context_parameters())

    def score(documents: Documents) -> list[np.ndarray]:
        return [logprobs(ids, forward(context, ids, vocabulary)) for ids in documents]

    return score


def context_parameters() -> llama_cpp.llama_context_params:
    parameters = llama_cpp.llama_context_default_params()
    parameters.n_ctx = parameters.n_batch = parameters.n_ubatch = LONGEST
    parameters.n_threads = parameters.n_threads_batch = 2
    parameters.type_k = parameters.type_v = llama_cpp.GGML_TYPE_F32
    return parameters


def forward(context: llama_cpp.llama_context_p, ids: list[int], vocabulary: int) -> np.ndarray:
    """Logits [tokens, vocabulary] of one document: a view that the next call overwrites."""
    llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(context), False)
    batch = llama_cpp.llama_batch_init(len(ids), 0, 1)
    batch.n_tokens = len(ids)
    for position, token in enumerate(ids):
        batch.token[position] = token
        batch.pos[position] = position
        batch.n_seq_id[position] = 1
        batch.seq_id[position][0] = 0
        batch.logits[position] = True
    if llama_cpp.llama_decode(context, batch) != 0:
        raise RuntimeError("llama_decode failed")
    llama_cpp.llama_batch_free(batch)
    logits = llama_cpp.llama_get_logits(context)
    return np.ctypeslib.as_array(logits, shape=(len(ids), vocabulary))


def logprobs(ids: list[int], logits: np.ndarray) -> np.ndarray:
    """The target's log-softmax [tokens - 1]; the top 8 of eligible tokens on the way."""
    logits = logits[:-1]
    greatest = logits.max(axis=1)
    normaliser = greatest + np.log(np.exp(logits - greatest[:, None]).sum(axis=1))
    scores = logits[np.arange(len(logits)), ids[1:]] - normaliser
    np.argpartition(logits[scores >= ELIGIBLE], -CANDIDATES, axis=1)
    return scores


if __name__ == "__main__":
    serve(load)

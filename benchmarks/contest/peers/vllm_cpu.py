"""vLLM on the CPU. Usage: vllm_cpu.py DOCUMENTS LOGPROBS MODEL_DIRECTORY TYPE, such as float32"""

import os
import sys

os.environ.update(
    VLLM_CPU_KVCACHE_SPACE="2",
    VLLM_CPU_OMP_THREADS_BIND="nobind",
    OMP_NUM_THREADS="2",
    HF_HUB_OFFLINE="1",
    VLLM_NO_USAGE_STATS="1",
)

import numpy as np
from peer import CANDIDATES, Documents, Scorer, serve
from vllm import LLM, SamplingParams, TokensPrompt


def load() -> Scorer:
    _, _, _, directory, dtype = sys.argv
    engine = LLM(
        directory,
        dtype=dtype,
        enforce_eager=True,
        max_model_len=1024,
        max_num_batched_tokens=4096,
        enable_prefix_caching=False,
        skip_tokenizer_init=True,
    )
    sampling = SamplingParams(
        max_tokens=1, temperature=0, prompt_logprobs=CANDIDATES, detokenize=False
    )

    def score(documents: Documents) -> list[np.ndarray]:
        prompts = [TokensPrompt(prompt_token_ids=ids) for ids in documents]
        outputs = engine.generate(prompts, sampling, use_tqdm=False)
        return [logprobs(ids, output.prompt_logprobs) for ids, output in zip(documents, outputs)]

    return score


def logprobs(ids: list[int], positions: list[dict | None]) -> np.ndarray:
    return np.array([positions[i][ids[i]].logprob for i in range(1, len(ids))], np.float32)


if __name__ == "__main__":
    serve(load)

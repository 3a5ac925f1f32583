"""Training and evaluation of the small model on files of token ids (uint16, little-endian)."""

import os
import shutil
import time
from pathlib import Path

import torch
import torch._dynamo
import torch.nn.functional as functional
from model import CONTEXT, VOCABULARY, Model, matrices, other_weights

WINDOWS_PER_STEP = 16
WARM_UP = 0.05
MATRIX_RATE = 0.02
OTHER_RATE = 0.01


def windows_of(path):
    """Windows [windows, CONTEXT] of the tokens of a file; what is left at its end is in none."""
    ids = torch.frombuffer(bytearray(Path(path).read_bytes()), dtype=torch.uint16).to(torch.int64)
    return ids[: len(ids) // CONTEXT * CONTEXT].view(-1, CONTEXT)


def loss_of(model, windows):
    """Mean negative log-probability of the tokens of windows, but for the first of each, in nats."""
    logits = model(windows[:, :-1])
    return functional.cross_entropy(logits.reshape(-1, VOCABULARY), windows[:, 1:].reshape(-1))


# Compiled where there is a compiler that finds Python's headers: half the time.
torch._dynamo.config.suppress_errors = True
compiled = torch.compile if shutil.which(os.environ.get("CXX", "g++")) else lambda function: function


@compiled
def training_loss(model, windows):
    """`loss_of` with matrix products in bfloat16."""
    with torch.autocast("cpu", dtype=torch.bfloat16):
        return loss_of(model, windows)


def train(job):
    """Trains from scratch or from `start`, in windows of a random order, epoch after epoch, until `tokens` are read."""
    begun = time.time(), time.process_time()
    model = Model(job["seed"])
    if job.get("start"):
        model.load_state_dict(torch.load(job["start"], weights_only=True))
    windows = windows_of(job["corpus"])
    steps = job["tokens"] // (WINDOWS_PER_STEP * CONTEXT)
    if steps > 0:
        optimise(model, batches(windows, steps, job["seed"]), steps, job.get("rate", 1.0))
    torch.save(model.state_dict(), job["weights"])
    losses = {name: evaluate(model, path) for name, path in job["evaluate"].items()}
    return {
        "losses": losses,
        "wallSeconds": round(time.time() - begun[0], 1),
        "cpuSeconds": round(time.process_time() - begun[1], 1),
    }


def batches(windows, steps, seed):
    generator = torch.Generator().manual_seed(seed)
    wanted = steps * WINDOWS_PER_STEP
    epochs = -(-wanted // len(windows))
    order = torch.cat([torch.randperm(len(windows), generator=generator) for _ in range(epochs)])
    return windows[order[:wanted]].split(WINDOWS_PER_STEP)


def optimise(model, batches, steps, rate):
    """Muon for the matrices of the layers, AdamW for the rest; rates rise linearly, then fall linearly to zero."""
    muon = torch.optim.Muon(matrices(model), lr=MATRIX_RATE * rate, weight_decay=0.0)
    adamw = torch.optim.AdamW(other_weights(model), lr=OTHER_RATE * rate, betas=(0.9, 0.95), weight_decay=0.0)
    optimisers = (muon, adamw)
    schedules = [torch.optim.lr_scheduler.LambdaLR(each, lambda step: rate_at(step, steps)) for each in optimisers]
    for batch in batches:
        training_loss(model, batch).backward()
        for optimiser, schedule in zip(optimisers, schedules):
            optimiser.step()
            optimiser.zero_grad()
            schedule.step()


def rate_at(step, steps):
    return min(1.0, (step + 1) / (WARM_UP * steps)) * (1 - step / steps)


def evaluate(model, path):
    """Mean loss over the windows of a file: each token is predicted from at most 126 before it."""
    windows = windows_of(path)
    with torch.inference_mode():
        losses = [loss_of(model, part).item() * len(part) for part in windows.split(32)]
    return sum(losses) / len(windows)

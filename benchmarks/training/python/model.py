"""A small causal transformer: root-mean-square norms, learned positions, embedding and projection tied."""

import torch
import torch.nn.functional as functional
from torch import nn

VOCABULARY = 4096
CONTEXT = 128
HIDDEN = 128
LAYERS = 4
HEAD = 32


def attend(query, key, value, is_causal):
    """In float32 in training, too: the processor's bfloat16 attention takes several times as long backward."""
    if not torch.is_autocast_enabled("cpu"):
        return functional.scaled_dot_product_attention(query, key, value, is_causal=is_causal)
    with torch.autocast("cpu", enabled=False):
        return functional.scaled_dot_product_attention(query.float(), key.float(), value.float(), is_causal=is_causal)


class Past:
    """The keys and values of the tokens before, of windows that are read token by token."""

    def __init__(self, windows):
        self.length = 0
        self.kept = torch.empty(2, windows, HIDDEN // HEAD, CONTEXT, HEAD)

    def extend(self, key, value):
        """Returns all so far, those of one more token included."""
        self.kept[:, :, :, self.length] = torch.stack([key[:, :, 0], value[:, :, 0]])
        self.length += 1
        return self.kept[0, :, :, : self.length], self.kept[1, :, :, : self.length]


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.before_attention = nn.RMSNorm(HIDDEN, eps=1e-5)
        self.attention = nn.Linear(HIDDEN, 3 * HIDDEN, bias=False)
        self.joined = nn.Linear(HIDDEN, HIDDEN, bias=False)
        self.before_feed_forward = nn.RMSNorm(HIDDEN, eps=1e-5)
        self.up = nn.Linear(HIDDEN, 4 * HIDDEN, bias=False)
        self.down = nn.Linear(4 * HIDDEN, HIDDEN, bias=False)

    def forward(self, state, past=None):
        windows, tokens, _ = state.shape
        parts = self.attention(self.before_attention(state))
        query, key, value = parts.view(windows, tokens, 3, HIDDEN // HEAD, HEAD).permute(2, 0, 3, 1, 4)
        if past is not None:
            key, value = past.extend(key, value)
        mixed = attend(query, key, value, past is None)
        state = state + self.joined(mixed.transpose(1, 2).reshape(windows, tokens, HIDDEN))
        inner = functional.relu(self.up(self.before_feed_forward(state))).square()
        return state + self.down(inner)


class Model(nn.Module):
    def __init__(self, seed):
        super().__init__()
        torch.manual_seed(seed)
        self.embedding = nn.Embedding(VOCABULARY, HIDDEN)
        self.positions = nn.Embedding(CONTEXT, HIDDEN)
        self.blocks = nn.ModuleList(Block() for _ in range(LAYERS))
        self.norm = nn.RMSNorm(HIDDEN, eps=1e-5)
        for table in (self.embedding, self.positions):
            nn.init.normal_(table.weight, std=0.02)
        for block in self.blocks:
            nn.init.zeros_(block.joined.weight)
            nn.init.zeros_(block.down.weight)

    def states(self, input_ids, pasts=None):
        """The states before the projection. With a past for each block, of the next token of windows."""
        start = 0 if pasts is None else pasts[0].length
        state = self.embedding(input_ids) + self.positions.weight[start : start + input_ids.shape[1]]
        for number, block in enumerate(self.blocks):
            state = block(state, None if pasts is None else pasts[number])
        return self.norm(state)

    def forward(self, input_ids):
        return self.states(input_ids) @ self.embedding.weight.T


def matrices(model):
    """The weights that Muon trains: those of the layers that are matrices."""
    return [weight for weight in model.blocks.parameters() if weight.ndim == 2]


def other_weights(model):
    of_muon = {id(weight) for weight in matrices(model)}
    return [weight for weight in model.parameters() if id(weight) not in of_muon]

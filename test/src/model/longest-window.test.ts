import { expect, test } from 'vitest';
import { longestUnstated, longestWindow } from '#toedit/src/model/longest-window';

const longrope = { type: 'longrope', long_factor: [2], short_factor: [1] };

test.each<[string, Readonly<Record<string, unknown>>, number]>([
  ['Llama', { max_position_embeddings: 8192 }, 8192],
  ['GPT-2', { n_positions: 1024, n_ctx: 512 }, 1024],
  ['MPT', { max_seq_len: 2048 }, 2048],
  ['BLOOM', { seq_length: 2048 }, 2048],
  ['none', { hidden_size: 64 }, longestUnstated],
  [
    'none that is a length',
    { max_position_embeddings: -1, n_ctx: 1.5, seq_length: '9' },
    longestUnstated,
  ],
  ['one beyond all reason', { max_position_embeddings: 1e15 }, longestUnstated],
  [
    'Phi-3',
    {
      max_position_embeddings: 131072,
      original_max_position_embeddings: 4096,
      rope_scaling: longrope,
    },
    4096,
  ],
  [
    'LongRoPE as transformers 5 writes it',
    {
      max_position_embeddings: 131072,
      rope_parameters: { rope_type: 'longrope', original_max_position_embeddings: 8192 },
    },
    8192,
  ],
  [
    'LongRoPE in one kind of layer',
    {
      max_position_embeddings: 512,
      rope_parameters: {
        sliding_attention: { rope_type: 'default' },
        full_attention: { rope_type: 'su', original_max_position_embeddings: 64 },
      },
    },
    64,
  ],
  [
    'one that is scaled whatever the length',
    {
      max_position_embeddings: 131072,
      rope_scaling: { rope_type: 'llama3', original_max_position_embeddings: 8192 },
    },
    131072,
  ],
  ['a rope that is no object', { max_position_embeddings: 16, rope_scaling: [] }, 16],
])('%s', (_, config, expected) => {
  expect(longestWindow(config)).toBe(expected);
});

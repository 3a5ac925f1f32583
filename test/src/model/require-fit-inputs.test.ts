import { describe, expect, test } from 'vitest';
import { requireFitInputs } from '#toedit/src/model/require-fit-inputs';
import { elementTypes } from '#toedit/src/onnx/onnx-model';

const { float, int8, int32, int64, float16 } = elementTypes;

type Shape = readonly (string | number)[];
type Row = readonly [name: string, elementType: number, shape: Shape];

const inputsOf = (...rows: readonly Row[]) =>
  rows.map(([name, elementType, shape]) => ({ name, elementType, shape }));
const ids: Row = ['input_ids', int64, ['batch', 'tokens']];

describe('fit', () => {
  test.each<[string, Row[]]>([
    [
      'positions and a mask',
      [
        ['attention_mask', int32, ['b', 't']],
        ['position_ids', int64, ['b', 't']],
      ],
    ],
    ['keys and values', [['past_key_values.0.key', float16, ['b', 2, 'past', 16]]]],
    ['an open head', [['past_key_0', float, ['b', 2, 'past', 'size']]]],
    [
      'states of fixed shape',
      [
        ['past.0.conv', float, ['b', 64, 2]],
        ['past_ssm.1', float, ['b', 4, 8, 16]],
      ],
    ],
    [
      'a state named as keys and values are',
      [['past_key_values.3.conv_state', float, ['b', 64, 3]]],
    ],
    [
      'how many logits',
      [
        ['num_logits_to_keep', int64, [1]],
        ['logits_to_keep', int64, []],
      ],
    ],
    ['a merged decoder', [['use_cache_branch', elementTypes.bool, [1]]]],
  ])('%s', (_, rows) => {
    expect(() => requireFitInputs(inputsOf(ids, ...rows), 'm.onnx')).not.toThrow();
  });
});

describe('refused by kind', () => {
  test.each<[Row, RegExp]>([
    [
      ['inputs_embeds', float, ['b', 't', 64]],
      /it reads embeddings in place of token ids \(input inputs_embeds/,
    ],
    [['encoder_hidden_states', float, ['b', 't', 64]], /encoder and decoder/],
    [['pixel_values', float, ['b', 3, 8, 8]], /reads images/],
    [['block_table', int32, ['b', 'blocks']], /paged cache/],
    [['slot_mapping', int32, ['t']], /paged cache/],
    [['past_seq_len', int32, ['b', 1]], /static cache/],
    [['cache_position', int64, ['t']], /static cache/],
    [
      ['past_key_values.0.key', float, ['b', 2, 256, 16]],
      /static cache, of a fixed number of tokens/,
    ],
    [['past_key_values.0.value', int8, ['b', 2, 'past', 16]], /quantised/],
    [['past_conv.0', float, ['b', 'channels', 3]], /a state whose shape it leaves open/],
    [
      ['position_ids', int64, [3, 'b', 't']],
      /positions in several dimensions.*position_ids \[3, b, t\]/,
    ],
    [['attention_mask', float, ['b', 1, 't', 't']], /mask of every pair/],
    [['mystery', float, ['b']], /inputs that toedit does not know: mystery/],
  ])('%j', (row, message) => {
    const refused = { code: 'MODEL_INVALID', message: expect.stringMatching(message) as string };
    expect(() => requireFitInputs(inputsOf(ids, row), 'm.onnx')).toThrow(
      expect.objectContaining(refused) as Error,
    );
  });

  test('no token ids at all', () => {
    expect(() => requireFitInputs([], 'm.onnx')).toThrow(/do not depend on input_ids/);
  });
});

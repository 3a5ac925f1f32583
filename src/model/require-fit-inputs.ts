import { elementTypes, type OnnxValue } from '../onnx/onnx-model.ts';
import { modelInvalid } from './read-model-files.ts';

type Input = Pick<OnnxValue, 'name' | 'elementType' | 'shape'>;

/** A kind of graph that cannot be scored with, and what to take instead. */
interface Kind {
  readonly isMet: (input: Input) => boolean;
  readonly what: string;
  readonly remedy: string;
}

const named = (pattern: RegExp) => (input: Input) => pattern.test(input.name);
const rankOf = ({ shape }: Input): number => shape.length;
const isPast = named(/^past/);
const isInteger = ({ elementType }: Input): boolean =>
  elementType === elementTypes.int32 || elementType === elementTypes.int64;
/** A type that is not stated may be one. */
const isFloat = ({ elementType }: Input): boolean =>
  [0, elementTypes.float, elementTypes.float16].includes(elementType);

const ordinary = 'take the ordinary export for text generation, such as onnx/model.onnx';

/** The first that is met is named. */
const kinds: readonly Kind[] = [
  {
    isMet: named(/^(?:inputs?_embeds|inputs_embedding|hidden_states)$/),
    what: 'reads embeddings in place of token ids',
    remedy: `${ordinary}, with the embedding in it (input_ids)`,
  },
  {
    isMet: named(/^(?:encoder_|decoder_input_ids$|cross_)/),
    what: 'belongs to an encoder and decoder',
    remedy: 'take a causal language model',
  },
  {
    isMet: named(/^(?:pixel_|image_|audio_|input_features$|image_grid|video_)/),
    what: 'reads images or sound',
    remedy: 'take the language model alone',
  },
  {
    isMet: named(/block_table|slot_mapping|^cu(?:mulative)?_/),
    what: 'has a paged cache',
    remedy: ordinary,
  },
  {
    isMet: (input) => isPast(input) && isInteger(input) && rankOf(input) <= 2,
    what: 'has a static cache, whose filled part is told by a number',
    remedy: ordinary,
  },
  {
    isMet: named(/^(?:cache_position|total_sequence_length|total_seq_len|seqlens_k)$/),
    what: 'has a static cache, whose filled part is told by a number',
    remedy: ordinary,
  },
  {
    isMet: (input) => isPast(input) && !isFloat(input),
    what: 'keeps its keys and values quantised, or in a type other than float32 and float16',
    remedy: ordinary,
  },
  {
    isMet: (input) => isKeyOrValue(input) && hasRoom(input),
    what: 'has a static cache, of a fixed number of tokens',
    remedy: ordinary,
  },
  {
    isMet: (input) => isPast(input) && /conv|ssm|recurrent|state/.test(input.name) && isOpen(input),
    what: 'has a state whose shape it leaves open',
    remedy: 'export it with the shapes of its states fixed',
  },
  {
    isMet: (input) => input.name === 'position_ids' && rankOf(input) > 2,
    what: 'asks for positions in several dimensions, as models of text and images do',
    remedy: 'take a model of text alone',
  },
  {
    isMet: (input) => input.name === 'attention_mask' && rankOf(input) > 2,
    what: 'asks for a mask of every pair of tokens',
    remedy: ordinary,
  },
];

/** Keys and values grow with the tokens, by their own name behind the word for all of them; states do not. */
function isKeyOrValue(input: Input): boolean {
  const own = input.name.replace(/^past(?:_key_values)?/u, '');
  return isPast(input) && /key|value|(?:^|[._])[kv](?:$|[._])/u.test(own);
}

function hasRoom({ shape }: Input): boolean {
  return shape.length >= 3 && shape.slice(1).every((size) => typeof size === 'number' && size > 0);
}

function isOpen({ shape }: Input): boolean {
  return shape.slice(1).some((size) => typeof size !== 'number');
}

/**
 * Makes sure that all inputs of a graph are those that `bodyFeeds` can give.
 *
 * @throws ToeditError MODEL_INVALID naming the graph, the input, what kind of graph it is, and what to take instead.
 */
export function requireFitInputs(inputs: readonly Input[], path: string): void {
  for (const { isMet, what, remedy } of kinds) {
    const input = inputs.find(isMet);
    if (input === undefined) continue;
    throw modelInvalid(path, `it ${what} (input ${describe(input)}): ${remedy}`);
  }
  const unknown = inputs.filter(({ name }) => !isKnown(name)).map(({ name }) => name);
  if (unknown.length > 0) {
    throw modelInvalid(
      path,
      `it asks for inputs that toedit does not know: ${unknown.join(', ')}. Export it for text generation.`,
    );
  }
  if (!inputs.some(({ name }) => name === 'input_ids')) {
    throw modelInvalid(path, `its logits do not depend on input_ids: ${ordinary}`);
  }
}

function describe({ name, shape }: Input): string {
  return `${name} [${shape.map((size) => size ?? '?').join(', ')}]`;
}

function isKnown(name: string): boolean {
  return known.test(name);
}

const known =
  /^(?:input_ids|attention_mask|position_ids|token_type_ids|use_cache_branch|past.*|(?:num_)?logits_to_(?:keep|return))$/u;

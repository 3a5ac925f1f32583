/** A `config.json` whose members are yet to be checked. */
type Config = Readonly<Record<string, unknown>>;

/** The longest window, in tokens, of a model that states none: as many as toedit reads at once at most. */
export const longestUnstated: number = 2 ** 24;

/** What families call the positions that they were made for, the usual names first. */
const names = [
  'max_position_embeddings',
  'n_positions',
  'n_ctx',
  'max_seq_len',
  'max_sequence_length',
  'max_seq_length',
  'seq_length',
  'context_length',
];

/**
 * The longest window a model was made for, in tokens, by its `config.json`; {@link longestUnstated} where that states none, as of
 * models that add no positions (BLOOM, state spaces). Models that choose how they rotate by the length of the longest window beside
 * a text (LongRoPE) get the length up to which they do not, so that no text depends on its neighbours.
 */
export function longestWindow(config: Config): number {
  const stated = names.map((name) => config[name]).find(isLength);
  return Math.min(stated ?? longestUnstated, lengthOfOneRotation(config), longestUnstated);
}

function isLength(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) > 0;
}

/** Kinds of rotary embedding that are chosen, or scaled, by the length of what is read at once. */
const byLength: ReadonlySet<unknown> = new Set(['longrope', 'su', 'dynamic']);

function lengthOfOneRotation(config: Config): number {
  const lengths = rotationsOf(config)
    .filter((rotation) => byLength.has(rotation['rope_type'] ?? rotation['type']))
    .map((rotation) => rotation['original_max_position_embeddings'])
    .map((length) => length ?? config['original_max_position_embeddings']);
  return Math.min(longestUnstated, ...lengths.filter(isLength));
}

/** The rotary embeddings of all layers, or those of each kind of layer. */
function rotationsOf(config: Config): readonly Config[] {
  const own = [config['rope_scaling'], config['rope_parameters']].filter(isObject);
  return own.flatMap((rotation) => [rotation, ...Object.values(rotation).filter(isObject)]);
}

function isObject(value: unknown): value is Config {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

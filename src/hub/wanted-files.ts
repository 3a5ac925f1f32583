/** Chooses a graph among the paths of a repository; throws where none of them is the one that is wanted. */
export type ChooseGraph = (paths: readonly string[]) => string;

/** What is taken of a repository beside a graph and its data: the configuration, and what tokenizers are made of. */
export const smallFiles: readonly string[] = [
  'config.json',
  'generation_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
];

/** Those without which a model cannot be opened. */
export const neededFiles: readonly string[] = ['config.json', 'tokenizer.json'];

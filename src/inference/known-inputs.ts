/** True for an input that `bodyFeeds` can give: apart from it, so that only the worker loads ONNX Runtime. */
export function isKnownInput(name: string): boolean {
  return knownInputs.has(name) || name.startsWith('past');
}

const knownInputs: ReadonlySet<string> = new Set([
  'input_ids',
  'attention_mask',
  'position_ids',
  'token_type_ids',
  'num_logits_to_keep',
]);

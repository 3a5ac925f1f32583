import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ToeditError } from '../errors.ts';
import { addsBosByConfig } from './adds-bos-by-config.ts';
import { modelInvalid } from './model-invalid.ts';

/** What tells one prior from another, each in hexadecimal. */
export interface PriorFingerprints {
  /** SHA-256 over both of the following. */
  readonly fingerprint: string;
  /** SHA-256 over the graph, its external data and `config.json`. */
  readonly modelFingerprint: string;
  /** SHA-256 over `tokenizer.json` and whether `tokenizer_config.json` asks for a BOS token. */
  readonly tokenizerFingerprint: string;
}

/**
 * The fingerprints of a model directory.
 *
 * @param graphFingerprint - as `fingerprintModel` gives it.
 * @throws ToeditError MODEL_INVALID or TOKENIZER_INVALID where a file is missing.
 */
export async function priorFingerprints(
  directory: string,
  graphFingerprint: string,
): Promise<PriorFingerprints> {
  const configFile = join(directory, 'config.json');
  const config = await readFile(configFile).catch((cause: unknown) => {
    throw modelInvalid(configFile, 'the file is missing or unreadable', cause);
  });
  const file = join(directory, 'tokenizer.json');
  const tokenizer = await readFile(file).catch((cause: unknown) => {
    const message = `no usable tokenizer: ${file}: the file is missing or unreadable`;
    throw new ToeditError('TOKENIZER_INVALID', message, { place: { file }, cause });
  });
  // Of tokenizer_config.json nothing else counts here.
  const beginning = JSON.stringify({ addsBos: await addsBosByConfig(directory) });
  const modelFingerprint = sha256Of(graphFingerprint, config);
  const tokenizerFingerprint = sha256Of(tokenizer, beginning);
  const fingerprint = sha256Of(modelFingerprint, tokenizerFingerprint);
  return { fingerprint, modelFingerprint, tokenizerFingerprint };
}

function sha256Of(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

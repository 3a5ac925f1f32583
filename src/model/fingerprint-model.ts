import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { messageOf, ToeditError } from '../errors.ts';
import { readRegular } from '../files/open-regular.ts';
import { configuredBos } from './bos-token.ts';
import {
  isJsonObject,
  type JsonObject,
  type ModelFile,
  modelInvalid,
  readModelConfig,
  requireInside,
  whyUnread,
} from './read-model-files.ts';
import { digestOfFile, leastBytes } from './remember-digest.ts';

/**
 * SHA-256 over a model's graph and all of its external data, in hexadecimal. The data is streamed: of a model of
 * gigabytes no more than 1 MiB is in memory. Data that were hashed before are hashed again only where the file has changed since.
 *
 * @param cacheDirectory - where digests of large files are remembered
 * @throws ToeditError MODEL_INVALID where external data cannot be read, or lie outside the model's directory.
 */
export async function fingerprintModel(
  path: string,
  { graph, locations }: Pick<ModelFile, 'graph' | 'locations'>,
  cacheDirectory: string,
): Promise<string> {
  const isLarge = graph.length >= leastBytes && locations.length === 0;
  // Then this is the digest of the file, which may be known.
  if (isLarge) return digestOfFile(path, cacheDirectory);
  const hash = createHash('sha256').update(graph);
  try {
    requireInside(locations);
    for (const location of locations) {
      hash.update(await digestOfFile(join(dirname(path), location), cacheDirectory));
    }
  } catch (cause) {
    const reason = messageOf(cause);
    throw modelInvalid(path, `its weights cannot be reached: ${reason}`, cause);
  }
  return hash.digest('hex');
}

/** What distinguishes one prior from another, each in hexadecimal. */
export interface PriorFingerprints {
  /** SHA-256 over both of the following. */
  readonly fingerprint: string;
  /** SHA-256 over the graph, its external data and `config.json`. */
  readonly modelFingerprint: string;
  /** SHA-256 over `tokenizer.json`, and whether `tokenizer_config.json` asks for a BOS token, and for another one than `config.json` states. */
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
  const config = await readRegular(configFile).catch((cause: unknown) => {
    throw modelInvalid(configFile, `the file ${whyUnread(cause)}`, cause);
  });
  const file = join(directory, 'tokenizer.json');
  const tokenizer = await readRegular(file).catch((cause: unknown) => {
    const message = `no usable tokenizer: ${file}: the file ${whyUnread(cause)}`;
    throw new ToeditError('TOKENIZER_INVALID', message, { place: { file }, cause });
  });
  const modelFingerprint = sha256Of(graphFingerprint, config);
  const tokenizerFingerprint = sha256Of(tokenizer, await beginningOf(directory, tokenizer));
  const fingerprint = sha256Of(modelFingerprint, tokenizerFingerprint);
  return { fingerprint, modelFingerprint, tokenizerFingerprint };
}

/** What counts of `tokenizer_config.json`: a BOS token that `config.json` states as well is not said twice. */
async function beginningOf(directory: string, tokenizer: Buffer): Promise<string> {
  const { id, isAdded } = await configuredBos(directory, parsed(tokenizer));
  const { bosTokenId } = await readModelConfig(directory);
  const own = id === null || id === bosTokenId ? {} : { bosTokenId: id };
  return JSON.stringify({ addsBos: isAdded, ...own });
}

/** Broken ones are refused where they are opened. */
function parsed(tokenizer: Buffer): JsonObject {
  try {
    const value: unknown = JSON.parse(tokenizer.toString());
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}

function sha256Of(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

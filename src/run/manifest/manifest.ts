import { createHash, randomBytes } from 'node:crypto';
import type { Dataset } from '../../dataset/dataset-card.ts';
import type { FileFormat } from '../../files/detect-format.ts';
import type { SkippedInput } from '../../files/find-files.ts';
import type { Device } from '../../inference/engine-options.ts';

/** What an option of a manifest may be: JSON, with a bigint as its decimal text. */
export type OptionValue = string | number | boolean | null | readonly string[];

/** What decides the bytes of a run's output, beside the inputs themselves. */
export interface RunIdentity {
  /** The version of toedit that planned the run. */
  readonly version: string;
  readonly command: 'edit' | 'score' | 'resample' | 'revert';
  /** Every option that decides the output, defaults filled in. */
  readonly options: Readonly<Record<string, OptionValue>>;
  readonly prior: ManifestPrior;
}

/** A model of the Hugging Face hub, at one commit. */
export interface HubCommit {
  /** `OWNER/NAME`. */
  readonly name: string;
  readonly commit: string;
}

/** How it was asked for, too. */
export interface HubOrigin extends HubCommit {
  /** A branch or a tag; the commit where that was named, or the directory that it is cached in. */
  readonly revision: string;
}

/** The prior of a run. */
export interface ManifestPrior {
  /** Of its directory; `OWNER/NAME@COMMIT` of a model of the hub. */
  readonly name: string;
  /** Its directory, absolute. */
  readonly path: string;
  /** Of a model of the hub: the commit that the run is frozen to; of others there is none. */
  readonly hub?: HubOrigin | undefined;
  /** The graph, relative to `path`. */
  readonly modelFile: string;
  /** What it computes in: `float32`, `float16`, `int8`, or a word that names a quantised operation. */
  readonly precision: string;
  readonly device: Device;
  /** SHA-256 over the graph, its external data and `config.json`, in hexadecimal. */
  readonly modelFingerprint: string;
  /** SHA-256 over the tokenizer's files, in hexadecimal. */
  readonly tokenizerFingerprint: string;
}

/** What is known of an input file's content. */
export interface InputFacts {
  /** Null where it could not be determined: the task will fail as a file. */
  readonly format: FileFormat | null;
  readonly bytes: number;
  /** Nanoseconds since 1970, decimal. */
  readonly modifiedNs: string;
  /** Of the content: see `fingerprintFile`. Null where it could not be read. */
  readonly fingerprint: string | null;
  /** Null where the format does not say before its end. */
  readonly rows: number | null;
  /** Of a Parquet file; null of others. */
  readonly rowGroups: number | null;
}

/** One input file of a run: what workers claim. An archive is one task with an output file per member. */
export interface Task extends InputFacts {
  /** Its place in the manifest, from 0. */
  readonly index: number;
  /** Absolute. */
  readonly path: string;
  /** Where its output goes, below the output directory, with `/` between names. */
  readonly relativePath: string;
  /** Why it cannot be worked on, whatever it holds: it fails for this. */
  readonly problem?: string | undefined;
}

/** A run that is frozen: a later run in the same output directory does exactly this. */
export interface Manifest extends RunIdentity {
  /** SHA-256 over everything that decides the output, in hexadecimal: the same plan has the same id. */
  readonly id: string;
  /**
   * Of this planning, and unlike that of any other, were it of the same plan: the beginning of the id, and a random part.
   * State that does not bear it belongs to another run.
   */
  readonly name: string;
  /** ISO 8601. */
  readonly createdAt: string;
  /** The output directory of the score run that a `resample` takes its scores from, absolute; of other commands there is none. */
  readonly scored?: string | undefined;
  /** The output directory of the run whose edits a `revert` takes back, absolute; of other commands there is none. */
  readonly edited?: string | undefined;
  /** The ledger that a `revert` reads the edits from, absolute; without one it reads the run's own record. */
  readonly ledger?: string | undefined;
  /** Whether a data card is kept beside the outputs; it is none of them, and does not count for the id. */
  readonly card?: boolean | undefined;
  /** Where the inputs are a data set of the Hugging Face hub: what its card is when the run is planned. */
  readonly dataset?: Dataset | undefined;
  readonly tasks: readonly Task[];
  /** What was met while the inputs were listed, and left out. */
  readonly skipped: readonly SkippedInput[];
}

/** What a run works on. */
export type RunInputs = Pick<
  Manifest,
  'tasks' | 'skipped' | 'scored' | 'edited' | 'ledger' | 'card' | 'dataset'
>;

/**
 * Freezes a run. Its id does not depend on the order in which options and inputs were named, nor on where inputs and prior
 * lie, but on what they hold; its name is new each time.
 *
 * @param now - when the run is planned.
 */
export function makeManifest(
  identity: RunIdentity,
  { tasks, skipped, scored, edited, ledger, card, dataset }: RunInputs,
  now: Date = new Date(),
): Manifest {
  const { version, command, options, prior } = identity;
  const id = idOf(identity, tasks);
  const name = `${id.slice(0, 16)}-${randomBytes(8).toString('hex')}`;
  const facts = { id, name, createdAt: now.toISOString() };
  const beside = {
    ...(scored !== undefined && { scored }),
    ...(edited !== undefined && { edited }),
    ...(ledger !== undefined && { ledger }),
    ...(card === true && { card }),
    ...(dataset !== undefined && { dataset }),
  };
  return { ...facts, ...beside, version, command, options, prior, tasks, skipped };
}

function idOf({ version, command, options, prior }: RunIdentity, tasks: readonly Task[]): string {
  const { device, modelFingerprint, tokenizerFingerprint } = prior;
  const sorted = Object.entries(options).toSorted(([one], [other]) => compare(one, other));
  const run = [releaseLine(version), command, sorted];
  const hash = createHash('sha256');
  hash.update(JSON.stringify([...run, device, modelFingerprint, tokenizerFingerprint]));
  const inputs = tasks.toSorted((one, other) => compare(one.relativePath, other.relativePath));
  for (const { relativePath, format, bytes, fingerprint } of inputs) {
    const kind = format && [format.kind, format.compression];
    hash.update(`\n${JSON.stringify([relativePath, kind, bytes, fingerprint])}`);
  }
  return hash.digest('hex');
}

/** By UTF-16 units: the same for every locale. */
function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

/** What a manifest's file begins with, and the version of its layout. */
export const manifestFormat = { format: 'toedit-manifest', formatVersion: 3 } as const;

/** What the last line begins with: no other line does. */
export const endOfManifest = '{"end":';

/** The first line of a manifest. */
export interface ManifestHeader {
  readonly format: string;
  readonly formatVersion: number;
  readonly run: Omit<Manifest, 'dataset' | 'tasks' | 'skipped'>;
}

/** The line of the data set that the inputs are: a card is long, and the first line short. */
export interface DatasetLine {
  readonly dataset: Dataset;
}

/** A line for an input that was left out; tasks stand as they are. */
export interface SkippedLine {
  readonly skipped: Manifest['skipped'][number];
}

/** The last line of a manifest: by it a file that was cut or damaged is distinguished from a whole one. */
export interface ManifestEnd {
  readonly end: {
    readonly tasks: number;
    readonly skipped: number;
    /** SHA-256 of all bytes before this line, in hexadecimal. */
    readonly sha256: string;
  };
}

/**
 * The versions that continue one another's runs: those of one major version, `1`; before the first, those of one minor
 * version, `0.1`.
 */
export function releaseLine(version: string): string {
  const [major = '', minor = ''] = version.split(/[.+-]/);
  return major === '0' ? `0.${minor}` : major;
}

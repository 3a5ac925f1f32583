import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { resourceUsage } from 'node:process';
import { type FuzzCase, mutantOf } from './cases.ts';
import { checksumsOf, type MayDiffer } from './checksums.ts';
import { type Verdict, verdictOf, verdictOfError } from './verdict.ts';
import { type Way, wayOf } from './ways.ts';

/** What the process answers to a {@link FuzzCase}. */
export interface ChildAnswer {
  readonly verdict: Verdict;
  /** The most memory that the process had in use until now. */
  readonly peakBytes: number;
}

/** What a file gives before it is damaged. */
interface Sound {
  readonly way: Way;
  readonly digests: readonly string[];
  readonly mayDiffer: MayDiffer;
}

const [directory = '.', mutantPath = 'mutant'] = process.argv.slice(2);
const scratchPath = `${mutantPath}-scratch`;
const known = new Map<string, Promise<Sound>>();

function soundOf({ way, file }: FuzzCase): Promise<Sound> {
  const key = `${way}:${file}`;
  const found = known.get(key) ?? readSound(way, join(directory, file));
  known.set(key, found);
  return found;
}

async function readSound(name: string, path: string): Promise<Sound> {
  const way = await wayOf(name, path);
  const { digests, errors } = await way(path, scratchPath);
  if (errors.length > 0) throw new Error(`${path} is not sound`, { cause: errors[0] });
  return { way, digests, mayDiffer: await checksumsOf(path) };
}

async function judge(fuzzCase: FuzzCase): Promise<Verdict> {
  const { way, digests, mayDiffer } = await soundOf(fuzzCase);
  const { bytes } = await mutantOf(directory, fuzzCase);
  await writeFile(mutantPath, bytes);
  try {
    return verdictOf(await way(mutantPath, scratchPath), digests, mayDiffer(bytes));
  } catch (error) {
    return verdictOfError(error);
  }
}

// What fails outside `judge` ends the process: a crash, for its parent.
process.on('message', (fuzzCase: FuzzCase) => {
  void judge(fuzzCase).then((verdict) => {
    const answer: ChildAnswer = { verdict, peakBytes: resourceUsage().maxRSS * 1024 };
    process.send?.(answer);
  });
});

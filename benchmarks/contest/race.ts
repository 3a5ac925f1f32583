import { join } from 'node:path';
import { type Agreement, agreement } from './agreement.ts';
import { readLogprobs } from './read-logprobs.ts';
import {
  type Contestant,
  type ContestantFiles,
  type Pass,
  startContestant,
  type Tool,
} from './start-contestant.ts';

/** How a tool did. */
export interface Standing {
  readonly tool: Tool;
  readonly warmUpSeconds: number;
  /** One a round. */
  readonly passes: readonly Pass[];
  /** With the logprobs of the first tool. */
  readonly agreement: Agreement;
}

/** A tool that is missing, and why. */
export interface LeftOut {
  readonly tool: Tool;
  readonly reason: string;
}

/** What came of a race. */
export interface Race {
  readonly standings: readonly Standing[];
  readonly leftOut: readonly LeftOut[];
}

/** Where a race keeps its files, and how long it takes. */
export interface RaceOptions {
  /** Holds `documents.json`. */
  readonly scratch: string;
  /** Where tools that fail leave what they said. */
  readonly logs: string;
  readonly rounds: number;
}

/** Starts all tools, then gives each its turn, round by round. Tools that do not start are left out. */
export async function race(tools: readonly Tool[], options: RaceOptions): Promise<Race> {
  const contestants: Contestant[] = [];
  const end = (): void => {
    for (const contestant of contestants.splice(0)) contestant.end();
  };
  process.once('exit', end).once('SIGINT', () => process.exit(130));
  const leftOut: LeftOut[] = [];
  for (const tool of tools) {
    try {
      contestants.push(await startContestant(tool, filesOf(tool, options)));
      console.log(`${tool.name}: ready`);
    } catch (error) {
      leftOut.push({ tool, reason: error instanceof Error ? error.message : String(error) });
      console.log('left out:', leftOut.at(-1));
    }
  }
  const passes = await turns(contestants, options.rounds);
  const logprobs = await Promise.all(
    contestants.map(({ tool }) => readLogprobs(filesOf(tool, options).logprobs)),
  );
  const [reference = new Float32Array(0)] = logprobs;
  const standings = contestants.map(({ tool, warmUpSeconds }, i) => ({
    tool,
    warmUpSeconds,
    passes: passes[i] ?? [],
    agreement: agreement(reference, logprobs[i] ?? new Float32Array(0)),
  }));
  end();
  return { standings, leftOut };
}

/** The passes of each contestant, by rounds. */
async function turns(contestants: readonly Contestant[], rounds: number): Promise<Pass[][]> {
  const passes = contestants.map((): Pass[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, { tool, run }] of contestants.entries()) {
      const pass = await run();
      passes[i]?.push(pass);
      console.log(`${tool.name}: ${(pass.tokens / pass.seconds).toFixed(0)} tokens/s`);
    }
  }
  return passes;
}

function filesOf({ name }: Tool, { scratch, logs }: RaceOptions): ContestantFiles {
  const file = name.replaceAll(/\W+/g, '-');
  return {
    documents: join(scratch, 'documents.json'),
    logprobs: join(scratch, `${file}.f32`),
    log: join(logs, `${file}.log`),
  };
}

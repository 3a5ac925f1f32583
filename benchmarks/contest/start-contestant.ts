import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** A tool: what the page calls it, and how it is started. */
export interface Tool {
  readonly name: string;
  /** Tools of one family share a goal: the fastest of them is what toedit is compared with. */
  readonly family: string;
  /** Where this is absent, the tool is not set up. */
  readonly needs: string;
  readonly program: string;
  readonly script: string;
  /** What stands behind the names of the two files that every script is given: documents and logprobs. */
  readonly settings: readonly string[];
}

/** One pass over all documents. */
export interface Pass {
  readonly seconds: number;
  readonly tokens: number;
}

/** A tool in a process of its own, loaded and warm, that stands still until it is its turn. */
export interface Contestant {
  readonly tool: Tool;
  /** Loading and the first pass. */
  readonly warmUpSeconds: number;
  /** One pass, with no other contestant at work. */
  readonly run: () => Promise<Pass>;
  readonly end: () => void;
}

/** The files of a contestant. */
export interface ContestantFiles {
  /** Token ids of all documents, JSON. */
  readonly documents: string;
  /** Where it writes its logprobs, float32. */
  readonly logprobs: string;
  /** Where its standard error is kept if it fails. */
  readonly log: string;
}

/**
 * Starts a tool and waits for its first pass. Between turns all its processes are stopped (SIGSTOP), so that no idle thread
 * spins while another tool is measured.
 *
 * @throws Error where the tool is not set up, or ends: then with what it said last.
 */
export async function startContestant(tool: Tool, files: ContestantFiles): Promise<Contestant> {
  const { program, script, settings, needs } = tool;
  if (!existsSync(needs)) throw new Error(`not set up: there is no ${needs}`);
  const child = spawn(program, [script, files.documents, files.logprobs, ...settings], {
    detached: true,
  });
  const ended = once(child, 'close');
  const said: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => said.push(line));
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async (): Promise<Pass> => {
    const line = await answers.next();
    if (line.done !== true) {
      signalGroup(child, 'SIGSTOP');
      return JSON.parse(line.value) as Pass;
    }
    await ended;
    writeFileSync(files.log, said.join('\n'));
    throw new Error(`${complaintOf(said)} (${files.log})`);
  };
  const { seconds: warmUpSeconds } = await answer();
  return {
    tool,
    warmUpSeconds,
    run: () => {
      signalGroup(child, 'SIGCONT');
      child.stdin.write('run\n');
      return answer();
    },
    end: () => signalGroup(child, 'SIGKILL'),
  };
}

/** A tool may have processes of its own: all of them are in its group. */
function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid !== undefined) process.kill(-pid, signal);
}

function complaintOf(said: readonly string[]): string {
  return said.findLast((line) => /error/i.test(line)) ?? said.at(-1) ?? 'it ended';
}

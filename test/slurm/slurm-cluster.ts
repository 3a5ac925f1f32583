import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { until } from './until.ts';

const run = promisify(execFile);
const daemons = ['munged', 'slurmctld', 'slurmd'].map((name) => join('/usr/sbin', name));

/** False where Debian's slurm-wlm and munge are absent; then the tests on it are skipped, and say so. */
export const hasSlurm: boolean = daemons.every((path) => existsSync(path));

if (!hasSlurm) console.warn('skipped: the Slurm test needs the packages slurm-wlm and munge');

/** A Slurm cluster of this one host. */
export interface SlurmCluster extends AsyncDisposable {
  /** The variables by which Slurm's programs find the cluster. */
  readonly environment: NodeJS.ProcessEnv;
  /** Runs one of Slurm's programs and resolves with what it printed. */
  readonly ask: (program: string, ...args: readonly string[]) => Promise<string>;
}

/** How the cluster is set up. */
export interface SlurmClusterOptions {
  /** Where configuration, state and logs go. */
  readonly directory: string;
  /** The CPUs that the host claims to have: it may claim more than there are. */
  readonly cpus: number;
  /** Array indices are below this. */
  readonly maxArraySize: number;
}

/** Starts munged, slurmctld and slurmd, and waits until the node is idle. Disposing cancels all jobs and stops them. */
export async function startSlurmCluster(options: SlurmClusterOptions): Promise<SlurmCluster> {
  const { directory } = options;
  for (const name of ['state', 'spool']) mkdirSync(join(directory, name));
  const key = join(directory, 'munge.key');
  writeFileSync(key, randomBytes(128), { mode: 0o600 });
  const configuration = join(directory, 'slurm.conf');
  writeFileSync(configuration, await slurmConfiguration(options));
  const environment = { ...process.env, SLURM_CONF: configuration };
  const ask: SlurmCluster['ask'] = async (program, ...args) =>
    (await run(program, args, { env: environment })).stdout;

  const started: ChildProcess[] = [];
  const start = (name: string, ...args: readonly string[]): void => {
    const log = openSync(join(directory, `${name}.out`), 'a');
    const stdio = ['ignore', log, log] as const;
    started.push(spawn(join('/usr/sbin', name), args, { env: environment, stdio: [...stdio] }));
  };
  const stop = async (): Promise<void> => {
    await cancelAll(ask).catch(() => undefined);
    for (const daemon of started.reverse()) await end(daemon);
  };
  try {
    start('munged', '--foreground', '--force', ...mungeFiles(directory));
    await until(async () => existsSync(join(directory, 'munge.socket')));
    start('slurmctld', '-D', '-i');
    start('slurmd', '-D');
    await until(async () => (await ask('sinfo', '--noheader', '--format=%T')).trim() === 'idle');
  } catch (error) {
    await stop();
    const logs = ['munged', 'slurmctld', 'slurmd'].map((name) => logOf(directory, name));
    throw new Error(`Slurm does not start:\n${logs.join('\n')}`, { cause: error });
  }
  return { environment, ask, [Symbol.asyncDispose]: stop };
}

function mungeFiles(directory: string): readonly string[] {
  return [
    `--key-file=${join(directory, 'munge.key')}`,
    `--socket=${join(directory, 'munge.socket')}`,
    `--pid-file=${join(directory, 'munged.pid')}`,
    `--log-file=${join(directory, 'munged.log')}`,
    `--seed-file=${join(directory, 'munge.seed')}`,
  ];
}

async function slurmConfiguration(options: SlurmClusterOptions): Promise<string> {
  const { directory, cpus, maxArraySize } = options;
  const { username } = userInfo();
  return `ClusterName=toedit
SlurmctldHost=${hostname()}(127.0.0.1)
SlurmUser=${username}
SlurmdUser=${username}
AuthType=auth/munge
# A requeued job waits for as long as a credential lives.
AuthInfo=socket=${join(directory, 'munge.socket')},cred_expire=5
CredType=cred/munge
SlurmctldPort=${await freePort()}
SlurmdPort=${await freePort()}
StateSaveLocation=${join(directory, 'state')}
SlurmdSpoolDir=${join(directory, 'spool')}
SlurmctldPidFile=${join(directory, 'slurmctld.pid')}
SlurmdPidFile=${join(directory, 'slurmd.pid')}
SlurmctldLogFile=${join(directory, 'slurmctld.log')}
SlurmdLogFile=${join(directory, 'slurmd.log')}
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
MpiDefault=none
MailProg=/bin/true
MaxArraySize=${maxArraySize}
KillWait=20
ReturnToService=2
NodeName=${hostname()} NodeAddr=127.0.0.1 CPUs=${cpus} State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES State=UP
`;
}

/** A port that nothing listens on. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  await new Promise((resolve) => server.close(resolve));
  return address.port;
}

async function cancelAll(ask: SlurmCluster['ask']): Promise<void> {
  await ask('scancel', '--user', userInfo().username);
  await until(async () => (await ask('squeue', '--noheader')).trim() === '');
}

async function end(daemon: ChildProcess): Promise<void> {
  if (daemon.exitCode !== null || daemon.signalCode !== null) return;
  const ended = once(daemon, 'exit');
  daemon.kill('SIGTERM');
  const killer = setTimeout(() => daemon.kill('SIGKILL'), 10_000);
  await ended;
  clearTimeout(killer);
}

function logOf(directory: string, name: string): string {
  const paths = [`${name}.log`, `${name}.out`].map((file) => join(directory, file));
  const texts = paths.filter((path) => existsSync(path)).map((path) => readFileSync(path, 'utf8'));
  return `${name}:\n${texts.join('').split('\n').slice(-30).join('\n')}`;
}

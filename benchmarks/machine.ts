import { cpus, totalmem } from 'node:os';

/** One line on the machine a benchmark ran on. */
export function machine(): string {
  const [cpu] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  const cores = `${String(cpus().length)} cores of ${cpu?.model.trim() ?? 'an unknown processor'}`;
  return `${cores}, ${String(memory)} GiB, Node ${process.version}`;
}

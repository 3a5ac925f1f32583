import { fileNeeds, gpuNeeds, hours } from './estimate.ts';
import { assumptions, type Figures } from './figures.ts';

const { tokens, gpuTokensPerSecond, gpus, dollarsPerGpuHour } = assumptions;

/** What share of a GPU's peak the assumed rates are. */
export function rateTable(): string {
  const peaks = Object.entries(assumptions.peakFlops);
  const rows = gpuTokensPerSecond.map((rate) => [
    number(rate),
    ...peaks.map(([, peak]) => percent((rate * assumptions.flopsPerToken) / peak)),
  ]);
  return table(['tokens/s a GPU', ...peaks.map(([name]) => `of ${name}`)], rows);
}

/** Hours and money. */
export function hoursTable(): string {
  const rows = gpuTokensPerSecond.map((rate) => {
    const gpuHours = hours(tokens, { rate, gpus: 1 });
    return [
      ...[number(rate), number(gpuHours), `$${number(gpuHours * dollarsPerGpuHour)}`],
      ...gpus.map((count) => number(hours(tokens, { rate, gpus: count }))),
    ];
  });
  const heads = gpus.map((count) => `hours on ${String(count)}`);
  return table(['tokens/s a GPU', 'GPU-hours', 'money', ...heads], rows);
}

/** What stands beside each GPU. */
export function hostTable(figures: Figures): string {
  const rows = gpuTokensPerSecond.map((rate) => {
    const needs = gpuNeeds(rate, figures);
    const megabytes = (bytes: number) => number(bytes / 1e6);
    return [
      ...[number(rate), number(needs.hostCores), String(needs.processes)],
      ...[megabytes(needs.readBytes), megabytes(needs.writtenBytes)],
      ...[megabytes(needs.journalBytes), number(needs.syncsPerSecond)],
    ];
  });
  const heads = [
    'host cores',
    'processes',
    'read, MB/s',
    'written, MB/s',
    'of it journal',
    'syncs/s',
  ];
  return table(['tokens/s a GPU', ...heads], rows);
}

/** What the number of files costs. */
export function filesTable(figures: Figures): string {
  const rows = assumptions.files.map((files) => {
    const needs = fileNeeds(files, tokens, figures);
    return [
      ...[number(files), number(needs.tokensPerFile), number(needs.manifestBytes / 1e6)],
      ...[number(needs.planSeconds / 3600), number(needs.hashSeconds / 3600)],
      ...[number(needs.statusSeconds), number(needs.ledgerMemoryBytes / 1e9)],
      percent(needs.overhead),
    ];
  });
  const heads = [
    ...['files', 'tokens a file', 'manifest, MB', 'plan: files, h', 'plan: hashing, h'],
    ...['state, s a process', 'state, GB a process', 'host cores on top'],
  ];
  return table(heads, rows);
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Two digits that count: the rest is not known. */
export function number(value: number): string {
  return Number(value.toPrecision(2)).toLocaleString('en-US');
}

function percent(share: number): string {
  return `${number(100 * share)} %`;
}

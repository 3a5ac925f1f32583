import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Rewriting, rewriteLayers } from '#toedit/src/quantisation/rewrite-layers';
import type { SourceModel, Workplace } from '#toedit/src/quantisation/source-model';
import { writeProbe } from '#toedit/src/quantisation/write-quantised';

/** A directory for probes that goes when it is disposed. */
export function temporaryWorkplace(): Workplace & Disposable {
  const directory = mkdtempSync(join(tmpdir(), 'toedit-quantisation-'));
  return { directory, threads: 1, [Symbol.dispose]: () => rmSync(directory, { recursive: true }) };
}

/** What is to be made of a model's layers, and looked at. */
export interface Look extends Pick<Rewriting, 'smoothing' | 'styleOf'> {
  /** Values of the graph, float32. */
  readonly outputs: readonly string[];
  readonly tokenIds: Int32Array;
}

/** Values of a rewritten graph, for one window of tokens. */
export async function look(
  source: SourceModel,
  { outputs, tokenIds, ...rewriting }: Look,
  workplace: Workplace,
): Promise<(value: string) => Float32Array> {
  const { model, layers } = source;
  const graph = rewriteLayers(model, { layers, ...rewriting });
  await using probe = await writeProbe(
    source,
    { name: 'look', ...graph, scalars: [], outputs },
    workplace,
  );
  const values = await probe.run({ size: 1, width: tokenIds.length, tokenIds, scalars: {} });
  return (value) => values[value] ?? new Float32Array();
}

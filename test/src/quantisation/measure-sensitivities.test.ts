import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Layer } from '#toedit/src/quantisation/layer';
import { measureSensitivities } from '#toedit/src/quantisation/measure-sensitivities';
import type { LayerStyle } from '#toedit/src/quantisation/rewrite-layers';
import type { SourceModel } from '#toedit/src/quantisation/source-model';
import { readSourceModel } from '#toedit/src/quantisation/source-model';
import { tinyGolden } from '../../golden-texts.ts';
import { root } from '../../sandbox.ts';
import { look, temporaryWorkplace } from './temporary-workplace.ts';

const workplace = temporaryWorkplace();
afterAll(() => {
  workplace[Symbol.dispose]();
});

let source: SourceModel;
beforeAll(async () => {
  source = await readSourceModel(`${root}models/tiny`, {});
});

const tokens = tinyGolden.find(({ name }) => name === 'prose-long')?.token_ids ?? [];
const tokenIds = Int32Array.from(tokens.slice(0, 32));
const width = 256;

/** The mean over rows of |b - a|² / |a|². */
function error(a: Float32Array, b: Float32Array): number {
  const squares = (values: Float32Array, row: number) =>
    values.subarray(row * width, (row + 1) * width).reduce((sum, value) => sum + value ** 2, 0);
  const differences = b.map((value, i) => value - (a[i] ?? NaN));
  const shares = Array.from(
    { length: a.length / width },
    (_, row) => squares(differences, row) / squares(a, row),
  );
  return shares.reduce((sum, share) => sum + share, 0) / shares.length;
}

test('a layer is as sensitive as a model shows in which it alone is in int8', async () => {
  const request = { size: 1, width: tokenIds.length, tokenIds };
  const found = await measureSensitivities(source, new Map(), request, workplace);
  expect([...found.keys()]).toEqual(source.layers);
  for (const sensitivity of found.values()) {
    expect(sensitivity).toBeGreaterThan(0);
    expect(sensitivity).toBeLessThan(0.1);
  }
  const hidden = async (styleOf: (layer: Layer) => LayerStyle): Promise<Float32Array> => {
    const asked = { outputs: [source.hidden], tokenIds, smoothing: new Map(), styleOf };
    return (await look(source, asked, workplace))(source.hidden);
  };
  const exact = await hidden(() => 'float32');
  for (const layer of [source.layers[0], source.layers.at(-1)]) {
    const alone = error(exact, await hidden((each) => (each === layer ? 'int8' : 'float32')));
    const sensitivity = layer && found.get(layer);
    expect((sensitivity ?? NaN) / alone).toBeCloseTo(1, 2);
  }
});

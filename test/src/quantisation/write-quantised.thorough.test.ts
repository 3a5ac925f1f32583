import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadPrior } from '#toedit/src/model/load-prior';
import { sharedGolden } from '../../golden-texts.ts';
import { writeInt8Prior } from '../../int8-prior.ts';
import { scoreTexts } from '../../score-texts.ts';
import { hasSmolLm2, smolLm2Directory } from '../../smollm2.ts';

test.skipIf(!hasSmolLm2)(
  'SmolLM2-135M in int8 says nearly what it says in float32',
  {
    timeout: 300_000,
  },
  async () => {
    const model = await smolLm2Directory();
    const golden = sharedGolden('smollm2-135m.jsonl') ?? [];
    const [sample, judged] = golden.filter(({ token_ids }) => token_ids.length >= 200);
    if (sample === undefined || judged === undefined) throw new Error('no texts of 200 tokens');
    const directory = mkdtempSync(join(tmpdir(), 'toedit-smollm2-int8-'));
    try {
      const tokenIds = sample.token_ids.slice(0, 200);
      await writeInt8Prior(directory, { model, modelFile: 'onnx/model_gqa.onnx', tokenIds });
      await using prior = await loadPrior(directory, { dtype: 'int8' });
      expect(prior.notSplit).toBeNull();
      expect(prior.precision).toBe('int8');
      const [scores] = await scoreTexts(prior, [judged.text], { threshold: null });
      const errors = judged.token_logprobs.flatMap((reference, i) =>
        reference === null ? [] : [Math.abs((scores?.logprobs?.[i] ?? Number.NaN) - reference)],
      );
      expect(errors.length).toBeGreaterThan(190);
      const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
      expect(mean).toBeGreaterThan(0.001);
      expect(mean).toBeLessThan(0.3);
    } finally {
      rmSync(directory, { recursive: true });
    }
  },
);

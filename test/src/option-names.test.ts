import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as toedit from '#toedit/src/index';

const prior = {} as toedit.Prior;
const none = {} as never;

/** Every function of the library that takes options, called with these. */
const functions: Readonly<Record<string, (options: never) => unknown>> = {
  analyseCorpus: (options) => toedit.analyseCorpus(options),
  applyEdits: (options) => toedit.applyEdits(prior, options),
  applyRecord: (options) => toedit.applyRecord(none, options),
  comparePriors: (options) => toedit.comparePriors(none, none, options),
  compareTexts: (options) => toedit.compareTexts(none, none, [], options),
  diagnose: (options) => toedit.diagnose(options),
  diffRun: (options) => toedit.diffRun(options),
  editCorpus: (options) => toedit.editCorpus(options),
  editTexts: (options) => toedit.editTexts((source) => source, options),
  editRounds: (options) => toedit.editRounds(options),
  exportLedger: (options) => toedit.exportLedger(options),
  fromRows: (options) => toedit.fromRows([], options),
  inferFields: (options) => toedit.inferFields(none, options),
  joinScores: (options) => toedit.joinScores(none, options),
  loadPrior: (options) => toedit.loadPrior('nowhere', options),
  mergeAnalyses: (options) => toedit.mergeAnalyses(options),
  meter: (options) => toedit.meter(toedit.emptyTotals(), options),
  planCorpus: (options) => toedit.planCorpus(options),
  quantiseModel: (options) => toedit.quantiseModel(options),
  readArrow: (options) => toedit.readArrow('nowhere', options),
  readJsonl: (options) => toedit.readJsonl('nowhere', options),
  readParquet: (options) => toedit.readParquet('nowhere', options),
  readSample: (options) => toedit.readSample([], options),
  rebatch: (options) => toedit.rebatch(options),
  recordEdits: (options) => toedit.recordEdits(prior, options),
  recordScores: (options) => toedit.recordScores(options),
  refuseBadRows: (options) => toedit.refuseBadRows(options),
  reportRuns: (options) => toedit.reportRuns(options),
  resampleTokens: (options) => toedit.resampleTokens(prior, options),
  resampleCorpus: (options) => toedit.resampleCorpus(options),
  retryShard: (options) => toedit.retryShard(options),
  revertCorpus: (options) => toedit.revertCorpus(options),
  runShard: (options) => toedit.runShard(options),
  scoreCorpus: (options) => toedit.scoreCorpus(options),
  scoreTokens: (options) => toedit.scoreTokens(prior, options),
  selectDsir: (options) => toedit.selectDsir(options),
  selectDsirCorpus: (options) => toedit.selectDsirCorpus(options),
  sweepCorpus: (options) => toedit.sweepCorpus(options),
  spreadTexts: (options) => toedit.spreadTexts(options),
  takeDeadLetters: (options) => toedit.takeDeadLetters(options),
  tokenize: (options) => toedit.tokenize(prior, options),
  verifyRun: (options) => toedit.verifyRun('nowhere', options),
  writeArrow: (options) => toedit.writeArrow('nowhere', options),
  writeJsonl: (options) => toedit.writeJsonl('nowhere', options),
  writeParquet: (options) => toedit.writeParquet('nowhere', options),
};

const misspelt = fc.stringMatching(/^[a-z]{1,8}[A-Z][a-z]{1,8}Nope$/u);

test.each(Object.entries(functions))(
  '%s refuses an option that it does not know',
  async (name, call) => {
    await fc.assert(
      fc.asyncProperty(misspelt, async (option) => {
        const run = async (): Promise<unknown> => await call({ [option]: 1 } as never);
        await expect(run()).rejects.toMatchObject({
          code: 'BAD_OPTION',
          message: expect.stringContaining(
            `${name} has no option "${option}": its options are `,
          ) as string,
        });
      }),
      { numRuns: 5 },
    );
  },
);

const withoutOptions = new Set([
  ...['ToeditError', 'compose', 'dropColumns', 'dropDeadLetters', 'emptyTotals', 'isUsageError'],
  ...['featureCounter', 'hubOptionsOf'],
  ...['microBatchBudget', 'prefetch', 'resolveResampling', 'runPipeline', 'runStatus', 'skipRows'],
  'spreadFields',
  ...['spliceLines', 'takeRows', 'takeUntil', 'toTransform', 'toRows', 'tokenBytesOf', 'watchRun'],
]);

test('no exported function is left out above', () => {
  const exported = Object.entries(toedit).filter(([, value]) => typeof value === 'function');
  const names = exported.map(([name]) => name).filter((name) => !withoutOptions.has(name));
  expect(names.toSorted()).toEqual(Object.keys(functions).toSorted());
});

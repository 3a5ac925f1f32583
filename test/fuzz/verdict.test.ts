import fc from 'fast-check';
import { expect, test } from 'vitest';
import { verdictOf, verdictOfError } from '#toedit/benchmarks/fuzz/verdict';
import { damagedFile, type ErrorCode, errorClasses, ToeditError } from '#toedit/src/errors';

const digests = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 3 });

test('other rows are a fault under a checksum, and only there', () => {
  fc.assert(
    fc.property(digests, digests, fc.boolean(), (found, sound, mayDiffer) => {
      const { kind } = verdictOf({ digests: found, errors: [] }, sound, mayDiffer);
      const hasOthers = found.some((digest) => !sound.includes(digest));
      expect(kind === 'unchecked').toBe(hasOthers && !mayDiffer);
      expect(kind === 'equal').toBe(found.join() === sound.join());
    }),
  );
});

test('one fault of a member counts before what was read of the others', () => {
  const errors = [damagedFile({ file: 'm' }, 'it ends'), new TypeError('x is not a function')];
  expect(verdictOf({ digests: ['a'], errors }, ['a'], false).kind).toBe('foreign error');
});

test.each([
  "Cannot read properties of null (reading 'length')",
  'offset is out of bounds',
  'Invalid array length',
  'it has undefined rows',
  'Parquet error: Unexpected Type 9',
  'called `Option::unwrap()` on a `None` value',
  'incorrect data check',
])('%s is no word of ours', (words) => {
  expect(verdictOfError(damagedFile({ file: 'f' }, words)).kind).toBe('engine text');
});

test('a refusal has a code that says that the file is bad, and is an error of ours', () => {
  for (const [code, errorClass] of Object.entries(errorClasses)) {
    const error = new ToeditError(code as ErrorCode, 'f is damaged');
    const isRetried = ['retryable', 'fatal'].includes(errorClass);
    expect(verdictOfError(error).kind, code).toBe(isRetried ? 'retryable code' : 'refused');
  }
  expect(verdictOfError(new Error('f is damaged')).kind).toBe('foreign error');
});

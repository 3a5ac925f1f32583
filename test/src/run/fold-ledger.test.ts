import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ledgerFold, type TaskState } from '#toedit/src/run/ledger/fold-ledger';
import type { LedgerEntry } from '#toedit/src/run/ledger/ledger';
import type { InputFacts } from '#toedit/src/run/manifest/manifest';
import { doneOutput, entryOf, failedOutput } from './sample-entries.ts';

function fold(...entries: readonly LedgerEntry[]): ReadonlyMap<number, TaskState> {
  const ledgers = ledgerFold();
  for (const entry of entries) ledgers.add(entry);
  return ledgers.states();
}

const facts = (bytes: number): InputFacts => ({
  ...{ bytes, modifiedNs: '0', fingerprint: null, format: null, rows: null, rowGroups: null },
});

const entries: fc.Arbitrary<LedgerEntry[]> = fc.array(
  fc.record({
    task: fc.nat(2),
    attempt: fc.nat(2),
    status: fc.constantFrom('pending', 'running', 'done', 'failed'),
    retryable: fc.boolean(),
    at: fc.constant('2026-11-22T12:00:00.000Z'),
    input: fc.constantFrom(undefined, facts(1), facts(2)),
    // Alike where the input and the status are: of two that differ in nothing else, either may count.
    outputs: fc.array(
      fc
        .tuple(fc.constantFrom('a', 'b', 'c'), fc.boolean())
        .map(([input, isDone]) => (isDone ? doneOutput(input) : failedOutput(input))),
    ),
  }),
  { maxLength: 12 },
);

const sorted = (states: ReadonlyMap<number, TaskState>) =>
  [...states]
    .map(([task, state]) => [
      task,
      { ...state, outputs: state.outputs.toSorted((a, b) => a.input.localeCompare(b.input)) },
    ])
    .toSorted(([a], [b]) => Number(a) - Number(b));

test('the order of the entries does not matter', () => {
  const shuffled = entries.chain((all) =>
    fc.tuple(
      fc.constant(all),
      fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length }),
    ),
  );
  fc.assert(
    fc.property(shuffled, ([one, other]) => {
      expect(sorted(fold(...other))).toEqual(sorted(fold(...one)));
    }),
  );
});

test('an entry read twice changes nothing', () => {
  fc.assert(
    fc.property(entries, (all) => {
      expect(fold(...all, ...all)).toEqual(fold(...all));
    }),
  );
});

test('the highest attempt says how a task stands, whatever came before', () => {
  fc.assert(
    fc.property(entries, (all) => {
      const last = entryOf(0, { attempt: 3, status: 'running', retryable: true });
      const { status, attempt, retryable } = fold(...all, last).get(0) ?? {};
      expect({ status, attempt, retryable }).toEqual({
        ...{ status: 'running', attempt: 3, retryable: true },
      });
    }),
  );
});

describe('within an attempt', () => {
  test.each([
    [['running', 'failed'], 'failed'],
    [['failed', 'done'], 'done'],
    [['pending', 'running'], 'running'],
    [['done', 'running', 'pending', 'failed'], 'done'],
  ] as const)('%j is %s', (statuses, status) => {
    const all = statuses.map((each) => entryOf(0, { status: each }));
    expect(fold(...all).get(0)?.status).toBe(status);
  });

  test('a failure that no other run would mend outweighs one that it would', () => {
    const failed = entryOf(0, { status: 'failed', retryable: true });
    expect(fold(failed).get(0)?.retryable).toBe(true);
    expect(fold(failed, { ...failed, retryable: false }).get(0)?.retryable).toBe(false);
  });
});

describe('outputs', () => {
  test('of several workers and attempts come together, the later in the place of the earlier', () => {
    const states = fold(
      entryOf(4, { status: 'running', outputs: [doneOutput('a')] }),
      entryOf(4, { status: 'failed', retryable: true, outputs: [failedOutput('b')] }),
      entryOf(4, { attempt: 1, outputs: [doneOutput('b'), doneOutput('c')] }),
    );
    expect([...states.keys()]).toEqual([4]);
    expect(states.get(4)?.outputs).toEqual([doneOutput('a'), doneOutput('b'), doneOutput('c')]);
  });

  test('that an attempt does not begin with are forgotten', () => {
    const states = fold(
      entryOf(0, { outputs: [doneOutput('a'), doneOutput('b')] }),
      entryOf(0, { attempt: 1, status: 'pending', outputs: [doneOutput('b')] }),
    );
    expect(states.get(0)).toMatchObject({
      status: 'pending',
      attempt: 1,
      outputs: [doneOutput('b')],
    });
  });
});

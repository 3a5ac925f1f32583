import { cpSync, existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { atCommit } from './fault.ts';
import { type FaultSandbox, makeFaultSandbox } from './fault-sandbox.ts';

let sandbox: FaultSandbox;
beforeAll(async () => {
  sandbox = await makeFaultSandbox();
});
afterAll(() => sandbox[Symbol.dispose]());

const rewrite = 'tr a-e b-f <corpus/a.jsonl >rewritten';

test.runIf(process.platform === 'linux').each([
  ['vanishes', 'rm corpus/a.jsonl', /a\.jsonl is gone since the run was planned; put it back/],
  ['is cut short', 'truncate -s 20000 corpus/a.jsonl', /a\.jsonl has changed: .* 20000 bytes/],
  ['is rewritten', `${rewrite}; cat rewritten >corpus/a.jsonl`, /a\.jsonl has changed: .*sha256:/],
  ['is replaced', `${rewrite}; mv rewritten corpus/a.jsonl`, /a\.jsonl has changed: .*sha256:/],
])('an input that %s mid-run fails alone, and is finished once it is back', async (...of) => {
  const [what, command, message] = of;
  const { directory } = sandbox;
  const input = join(directory, 'corpus/a.jsonl');
  const kept = join(directory, 'kept.jsonl');
  const output = what.replaceAll(' ', '-');
  cpSync(input, kept);
  try {
    const { code, stderr } = await sandbox.edit(output, ['--json'], atCommit(1, command));
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/\ntoedit: [^\n]*run the same command again[^\n]*\n$/);
    expect(code).toBe(1);
    expect(readFileSync(join(directory, output, 'b.jsonl'))).toEqual(sandbox.expected('b.jsonl'));
    expect(existsSync(join(directory, output, 'a.jsonl'))).toBe(false);
    const changed = await sandbox.edit(output);
    expect(changed).toMatchObject({ code: 2, stdout: '' });
    expect(changed.stderr).toMatch(/a\.jsonl was .*put it back/i);
  } finally {
    rmSync(input, { force: true });
    renameSync(kept, input);
  }
  await sandbox.finish(output);
});

test.runIf(process.platform === 'linux')('an input that is only touched is no fault', async () => {
  const touched = await sandbox.edit('touched', [], atCommit(1, 'touch corpus/a.jsonl'));
  expect(touched).toMatchObject({ code: 0, stderr: '' });
  sandbox.expectWhole('touched');
});

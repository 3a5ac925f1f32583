import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import { query } from './duckdb.ts';

/** The repository. */
export const root: string = fileURLToPath(new URL('..', import.meta.url));

/** A directory of a user's: `corpus/` with two small files, and models by the names that documents use. */
export interface Sandbox extends Disposable {
  readonly directory: string;
}

/** Makes one in the system's temporary directory; disposing removes it. */
export async function makeSandbox(): Promise<Sandbox> {
  const directory = mkdtempSync(join(tmpdir(), 'toedit-sandbox-'));
  mkdirSync(join(directory, 'corpus'));
  mkdirSync(join(directory, 'models'));
  symlinkSync(join(root, 'models/tiny'), join(directory, 'models/smollm2-135m'));
  writeDictionary(join(directory, 'corpus/devils-dictionary.jsonl.gz'));
  await writeBooks(join(directory, 'corpus/books.parquet'));
  return { directory, [Symbol.dispose]: () => rmSync(directory, { recursive: true }) };
}

/** The first letters of the sample dictionary. */
function writeDictionary(path: string): void {
  const sample = join(root, 'examples/corpus/devils-dictionary.jsonl.gz');
  const lines = gunzipSync(readFileSync(sample)).toString('utf8').split('\n').slice(0, 2);
  writeFileSync(path, gzipSync(`${lines.join('\n')}\n`));
}

/** One chapter of the sample books. */
async function writeBooks(path: string): Promise<void> {
  const sample = join(root, 'examples/corpus/books.parquet');
  const chapter = `SELECT * FROM '${sample}' WHERE id LIKE '%chapter-1'`;
  await query(`COPY (${chapter}) TO '${path}' (FORMAT parquet)`);
}

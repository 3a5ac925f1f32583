import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { readArrow, readParquet, type Source } from 'toedit';
import { readZip } from '#toedit/operators/formats/read-zip';
import { outputsOf } from '../outputs-of.ts';

/** Rows as JSON. */
export async function rowsOf(source: Source): Promise<readonly string[]> {
  const rows: string[] = [];
  for await (const batch of source) for (const row of batch) rows.push(JSON.stringify(row));
  return rows;
}

/** What must be equal of a file: its bytes, or its values where a format is written anew. */
async function contentOf(path: string): Promise<unknown> {
  if (path.endsWith('.parquet')) return await rowsOf(readParquet(path));
  if (path.endsWith('.arrow')) return await rowsOf(readArrow(path));
  const bytes = await readFile(path);
  return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
}

/** The inputs of a directory, by where their outputs go: members of an archive by themselves. */
export async function contentsOfCorpus(corpus: string): Promise<Map<string, unknown>> {
  const contents = new Map<string, unknown>();
  for (const name of readdirSync(corpus)) {
    const path = join(corpus, name);
    if (!name.endsWith('.zip')) contents.set(name, await contentOf(path));
    else
      for (const [member, text] of await membersOf(path)) contents.set(`${name}/${member}`, text);
  }
  return contents;
}

async function membersOf(
  path: string,
): Promise<readonly (readonly [name: string, text: string])[]> {
  const members: [string, string][] = [];
  for await (const member of readZip(path)) {
    if (member.status !== 'data') continue;
    const pieces: Uint8Array[] = [];
    for await (const piece of member.bytes()) pieces.push(piece);
    members.push([member.name, Buffer.concat(pieces).toString()]);
  }
  return members;
}

/** The outputs of a run, dead letters left out. */
export async function contentsOf(output: string): Promise<Map<string, unknown>> {
  const contents = new Map<string, unknown>();
  for (const name of outputsOf(output).keys()) {
    if (!name.startsWith('.')) contents.set(name, await contentOf(join(output, name)));
  }
  return contents;
}

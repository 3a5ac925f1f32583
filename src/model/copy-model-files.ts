import { copyFile, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Copies what a model directory holds beside its weights: configuration, tokenizer, licence. */
export async function copyModelFiles(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    if (!entry.isDirectory() && kept.test(entry.name)) {
      await copyFile(join(from, entry.name), join(to, entry.name));
    }
  }
}

const kept = /\.(json|txt|jinja)$|^(tokenizer\.model|LICEN[CS]E.*|NOTICE.*)$/;

import { basename, join } from 'node:path';
import { type Lab, textsOf, toedit } from './lab.ts';
import { changeAtRandom, tokensOf, writeTokens } from './token-files.ts';

/** A setting of the edits: what it is called, and its flags. */
export interface Setting {
  readonly name: string;
  readonly flags: readonly string[];
  /** True for a setting whose edits a control of random tokens is compared with. */
  readonly hasControl: boolean;
}

/** Settings of the experiments; the temperatures of the last two are those that `toedit sweep --wanted` gives for the human passages. */
export const settings: readonly Setting[] = [
  { name: 'paper', flags: ['--preset', 'paper'], hasControl: false },
  { name: 'official-up', flags: ['--preset', 'official-up'], hasControl: false },
  {
    name: 'one-percent',
    flags: ['--threshold', '0.9', '--temperature', '1.83'],
    hasControl: true,
  },
  {
    name: 'five-percent',
    flags: ['--threshold', '0.5', '--temperature', '1.56'],
    hasControl: true,
  },
];

/** What editing did, in tokens of the prior. */
interface Edits {
  readonly tokens: number;
  readonly eligible: number;
  readonly changed: number;
}

/** A corpus of JSON lines that is scored once, by the bundled prior, and edited as often as wanted. */
export interface Edited {
  readonly corpus: string;
  readonly path: () => Promise<string>;
  readonly tokens: number;
}

/** Tokens of a corpus as a setting edits it with a seed. */
export function editedTokens(
  lab: Lab,
  { corpus, path, tokens }: Edited,
  { name, flags }: Setting,
  seed: number,
): Promise<string> {
  const label = `${corpus}-${name}-${seed}`;
  return lab.file(`tokens/${label}.bin`, async (output) => {
    const file = await path();
    const scored = lab.at(`scored-${corpus}`);
    toedit('score', file, '-o', scored, '--candidates', '8', '--candidate-threshold', '0.5');
    const edited = lab.at(`edited/${label}`);
    const rule = [...flags, '--seed', String(seed), '--overwrite'];
    noteEdits(lab, label, toedit('resample', scored, '-o', edited, ...rule) as Edits);
    const texts = textsOf(join(edited, basename(file)));
    writeTokens(output, (await tokensOf(lab, texts)).subarray(0, tokens));
  });
}

export function noteEdits(lab: Lab, corpus: string, { tokens, eligible, changed }: Edits): void {
  lab.note(corpus, { tokens, eligible, changed });
}

/** The control: as many tokens of the same corpus changed as the setting changes, at random. */
export function controlTokens(
  lab: Lab,
  edited: Edited,
  setting: Setting,
  seed: number,
): Promise<string> {
  const label = `${edited.corpus}-${setting.name}-${seed}`;
  return lab.file(`tokens/${label}-control.bin`, async (output) => {
    await editedTokens(lab, edited, setting, seed);
    const { tokens, changed } = editsOf(lab, label);
    const source = await tokensOf(lab, textsOf(await edited.path()));
    const stream = source.subarray(0, edited.tokens);
    writeTokens(
      output,
      changeAtRandom(stream, Math.round((changed / tokens) * stream.length), seed),
    );
  });
}

function editsOf(lab: Lab, label: string): Edits {
  const facts = lab.facts(label);
  if (facts === undefined) throw new Error(`no edits of ${label} are noted: remove its token file`);
  return facts as unknown as Edits;
}

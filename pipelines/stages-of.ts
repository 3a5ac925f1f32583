import type { Manifest } from '../src/run/manifest/manifest.ts';
import type { EditCorpusOptions } from './corpus-options.ts';
import { editStages } from './edit-stages.ts';
import { scoreStages } from './score-stages.ts';
import type { UnitStages } from './unit-stages.ts';

/** The stages of a manifest's command. */
export function stagesOf(command: Manifest['command'], options: EditCorpusOptions): UnitStages {
  return command === 'edit' ? editStages(options) : scoreStages(options);
}

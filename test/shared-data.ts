import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The corpora that lie beside the repository, not in it. */
export const sharedData: string = fileURLToPath(new URL('../../shared/data/', import.meta.url));

/** False where they are absent; then tests that need them are skipped, and say so. */
export const hasSharedData: boolean = existsSync(sharedData);

if (!hasSharedData) console.warn(`skipped: tests on corpora need ${sharedData}`);

/** Files that went wrong, which lie beside the repository, too. */
export const sharedFaults: string = fileURLToPath(new URL('../../shared/faults/', import.meta.url));

/** False where they are absent; then tests that need them are skipped, and say so. */
export const hasSharedFaults: boolean = existsSync(sharedFaults);

if (!hasSharedFaults) console.warn(`skipped: tests on faults need ${sharedFaults}`);

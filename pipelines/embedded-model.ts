import { fileURLToPath } from 'node:url';

/** The directory of the prior that comes with the package. */
export const embeddedModel = fileURLToPath(new URL('../../models/tiny', import.meta.url));

import type { LoadHook } from 'node:module';

/** The one module of a build that opens a prior. */
const loadsPrior = '/dist/src/model/load-prior.js';

/** Puts the build's own null scorer in front of its priors, whichever build the process runs. */
export const load: LoadHook = (url, context, nextLoad) => {
  if (!url.endsWith(loadsPrior)) return nextLoad(url, context);
  const real = JSON.stringify(`${url}?real`);
  const nullPrior = JSON.stringify(new URL('../../benchmarks/null-prior.js', url).href);
  const source = `import { loadPrior as loadReal } from ${real};
import { nullPrior } from ${nullPrior};
export * from ${real};
export const loadPrior = async (...args) => nullPrior(await loadReal(...args));
`;
  return { format: 'module', shortCircuit: true, source };
};

import type { Prior } from '../../src/model/load-prior.ts';

/** The prior without its forward pass: every token certain, no candidates. So the pipeline around it can be measured. */
export function nullPrior(prior: Prior): Prior {
  return {
    ...prior,
    score({ spans }) {
      let count = 0;
      for (let i = 0; i < spans.length; i += 2) count += (spans[i + 1] ?? 0) - (spans[i] ?? 0);
      return Promise.resolve({
        logprobs: new Float32Array(count).fill(-1),
        selected: new Int32Array(0),
        topIds: new Int32Array(0),
        topLogprobs: new Float32Array(0),
        busyMs: 0,
      });
    },
  };
}

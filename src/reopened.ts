import type { Source } from './operator.ts';

/** A source that can be read any number of times: each time it is opened anew. */
export function reopened(open: () => Source): Source {
  return { [Symbol.asyncIterator]: () => open()[Symbol.asyncIterator]() };
}

export type { ErrorCode, Place } from './errors.ts';
export { ToeditError } from './errors.ts';
export type { Operator, Sink, Source, StageOptions } from './operator.ts';

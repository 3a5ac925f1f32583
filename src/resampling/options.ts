/** How tokens are redrawn and deleted: docs/algorithm.md gives the exact meaning of each. */
export interface ResamplingOptions {
  /** Tokens with P >= threshold are redrawn, in (0, 1]; null redraws none. @defaultValue 0.99 */
  readonly threshold: number | null;
  /** True for P >= threshold, false for P > threshold. @defaultValue true */
  readonly inclusive: boolean;
  /** A draw is among the `topK` most probable tokens, 1 to 1024. @defaultValue 8 */
  readonly topK: number;
  /** And among the fewest most probable tokens that together have this probability, in (0, 1]. @defaultValue 1 */
  readonly topP: number;
  /** Weights are P^(1 / temperature), above 0. @defaultValue 1 */
  readonly temperature: number;
  /** Whether the token that stands there cannot be drawn again. @defaultValue false */
  readonly excludeOriginal: boolean;
  /** Tokens with P < dropBelow are deleted, in (0, 1), at most `threshold`; null deletes none. @defaultValue null */
  readonly dropBelow: number | null;
}

/** The options of the paper's own rule: the preset `paper`. */
export const defaultResampling: ResamplingOptions = {
  threshold: 0.99,
  inclusive: true,
  topK: 8,
  topP: 1,
  temperature: 1,
  excludeOriginal: false,
  dropBelow: null,
};

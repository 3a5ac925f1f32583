/** The ends of a 95 % confidence interval. */
export type Interval = readonly [low: number, high: number];

/** Where a document of a sample is from. */
export interface SamplePlace {
  readonly file: string;
  /** From 0. */
  readonly row: number;
}

/** How two priors differ on a sample: A is the reference, its decisions count as right. */
export interface PriorComparison {
  /** Documents with at least one token compared. */
  readonly documents: number;
  /** Tokens that both priors gave a probability. */
  readonly tokens: number;
  /** Mean over these tokens of |ln P_A - ln P_B|. */
  readonly meanDelta: number;
  /** Null with fewer than two documents: nothing shows how documents vary. */
  readonly meanDeltaInterval: Interval | null;
  /** The token with the greatest |ln P_A - ln P_B|, the first where there are several; null where no token was compared. */
  readonly worst: WorstDelta | null;
  /** In the order asked for. */
  readonly thresholds: readonly ThresholdComparison[];
}

/** One token that two priors see differently. */
export interface WorstDelta extends SamplePlace {
  /** From 0, in the document. */
  readonly token: number;
  /** Natural logs. */
  readonly logprobA: number;
  readonly logprobB: number;
}

/** The decisions of two priors at one threshold: a token is eligible where P >= threshold. All counts are of tokens. */
export interface ThresholdComparison {
  readonly threshold: number;
  readonly eligibleA: number;
  readonly eligibleB: number;
  /** Eligible for A alone. */
  readonly lost: number;
  /** Eligible for B alone. */
  readonly gained: number;
  /** `lost + gained`. */
  readonly flipped: number;
  /** Of all tokens compared. */
  readonly flippedFraction: number;
  /** Of the fraction; null with fewer than two documents. Its upper end is above 0 even where no token flipped. */
  readonly flippedInterval: Interval | null;
  /** Tokens eligible for both, of those eligible for either; 1 where none is. */
  readonly jaccard: number;
}

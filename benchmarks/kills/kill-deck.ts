import { type KillTarget, killTargets } from './kill-target.ts';

/** A way of killing: at a moment of a run, or at a random time. */
export type KillKind = KillTarget | 'random';

/** Deals ways of killing in a random order: every target once, and as many random times; the first time fewer of these. */
export interface KillDeck {
  /** The next one. `isFresh`: the run has no manifest yet; only then can a kill meet its making. */
  next(isFresh: boolean): KillKind;
  /** Puts back one that was missed. */
  again(kind: KillKind): void;
}

/** Those that only a fresh run comes by. */
const isEarly = (kind: KillKind): boolean => kind !== 'random' && kind.name.startsWith('manifest');

/** A deck that is dealt anew when it is used up. */
export function killDeck(random: () => number): KillDeck {
  const left = cards(firstRandoms, random);
  const deal = (wanted: (kind: KillKind) => boolean): KillKind | undefined => {
    const at = left.findIndex(wanted);
    return at < 0 ? undefined : left.splice(at, 1)[0];
  };
  return {
    next(isFresh) {
      const early = isFresh ? deal(isEarly) : undefined;
      const kind = early ?? deal((each) => !isEarly(each));
      if (kind !== undefined) return kind;
      left.push(...cards(killTargets.length, random));
      return this.next(isFresh);
    },
    again: (kind) => void left.push(kind),
  };
}

const firstRandoms = 6;

function cards(randoms: number, random: () => number): KillKind[] {
  const kinds = [...killTargets, ...Array.from({ length: randoms }, (): KillKind => 'random')];
  return kinds
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

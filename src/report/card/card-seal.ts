import { createHash } from 'node:crypto';

// A card says of itself, in a comment, that toedit wrote it, and by a hash that nobody has edited it since.

/** The line that {@link sealCard} fills in. */
export const openSeal = sealOf('0'.repeat(64));

const sealPattern = /^<!-- toedit-card sha256=([0-9a-f]{64}) -->$/m;

/** The card with its own SHA-256 in the place of {@link openSeal}. */
export function sealCard(card: string): string {
  return card.replace(openSeal, sealOf(hashOf(card)));
}

/** True of a text that {@link sealCard} returned, and in which nothing was changed since. */
export function isSealed(text: string): boolean {
  const [seal, hash] = sealPattern.exec(text) ?? [];
  return seal !== undefined && hash === hashOf(text.replace(seal, openSeal));
}

function sealOf(hash: string): string {
  return `<!-- toedit-card sha256=${hash} -->`;
}

function hashOf(card: string): string {
  return createHash('sha256').update(card).digest('hex');
}

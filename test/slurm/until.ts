import { setTimeout } from 'node:timers/promises';

/** Asks again and again until the answer is yes; a question that fails counts as no. */
export async function until(question: () => Promise<boolean>, timeoutMs = 60_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  let failure: unknown;
  while (performance.now() < deadline) {
    const answer = await question().catch((error: unknown) => {
      failure = error;
      return false;
    });
    if (answer) return;
    await setTimeout(200);
  }
  const message = `waited ${timeoutMs} ms in vain until ${question.toString()}`;
  throw new Error(message, { cause: failure });
}

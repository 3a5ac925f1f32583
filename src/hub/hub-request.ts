import { ToeditError } from '../errors.ts';
import { PassingFailure } from '../stores/store-errors.ts';
import { reasonOfFetch, waitOf } from '../stores/web-request.ts';
import { tryAgain } from '../stores/with-retries.ts';
import { version } from '../version.ts';
import { hubErrorOf } from './hub-error.ts';
import type { HubSettings } from './hub-options.ts';

/** What a request is made with. */
export type RequestSettings = Pick<HubSettings, 'endpoint' | 'token' | 'retryMs' | 'signal'> & {
  /** How often it is tried. @defaultValue 5 */
  readonly tries?: number | undefined;
};

/** A request, and what errors about it name. */
export interface HubRequest {
  readonly url: string;
  /** Such as `OWNER/NAME@REVISION`. */
  readonly subject: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** A server that is silent for so long has gone. */
export const silenceMs = 60_000;

/**
 * Asks the hub for something, and again where it or the network fails for now. The token goes to the endpoint itself only: `fetch` leaves
 * it out where a redirect leads to another origin.
 *
 * @param limit - aborts this request, beside the settings' own signal.
 * @returns a response that is a success, or says that a range lies behind the end.
 * @throws ToeditError HUB_NOT_FOUND, HUB_DENIED or HUB_UNREACHABLE; the signal's reason.
 */
export async function askHub(
  request: HubRequest,
  settings: RequestSettings,
  limit?: AbortSignal,
): Promise<Response> {
  const unreachable = (failure: PassingFailure): ToeditError => gaveUp(request, settings, failure);
  return await tryAgain({ ...settings, unreachable }, () => ask(request, settings, limit));
}

async function ask(
  request: HubRequest,
  settings: RequestSettings,
  limit: AbortSignal = AbortSignal.timeout(silenceMs),
): Promise<Response> {
  const { endpoint, token, signal } = settings;
  signal?.throwIfAborted();
  const { url, headers } = request;
  const isOwn = originOf(url) === originOf(endpoint);
  const authorization =
    isOwn && token !== undefined ? { authorization: `Bearer ${token}` } : undefined;
  const response = await fetch(url, {
    headers: { 'user-agent': `toedit/${version}`, ...headers, ...authorization },
    signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
  }).catch((cause: unknown) => {
    throw new PassingFailure(reasonOfFetch(cause), { cause });
  });
  // 416: a range lies behind the end.
  if (response.ok || response.status === 416) return response;
  await response.body?.cancel();
  throw failureOf(response, request, settings);
}

function failureOf(
  response: Response,
  request: HubRequest,
  settings: RequestSettings,
): ToeditError | PassingFailure {
  const { status } = response;
  const isOfHub = response.url === '' || originOf(response.url) === originOf(settings.endpoint);
  // A signed address of a store may have run out: the hub makes a new one.
  const isPassing = status === 408 || status === 429 || status >= 500 || !isOfHub;
  if (!isPassing) return hubErrorOf(response, request.subject, settings);
  return new PassingFailure(`it answered ${status}`, { waitMs: waitOf(response.headers) });
}

function originOf(url: string): string {
  return new URL(url).origin;
}

function gaveUp(
  { subject }: HubRequest,
  { endpoint }: RequestSettings,
  failure: PassingFailure,
): ToeditError {
  const { waitMs = 0, message } = failure;
  const asked = waitMs > 0 ? `, and asks to wait ${Math.ceil(waitMs / 1000)} s` : '';
  return hubUnreachable(subject, endpoint, `${message}${asked}`, failure);
}

/** The hub, or the way to it, failed for now. */
export function hubUnreachable(
  subject: string,
  endpoint: string,
  reason: string,
  cause?: unknown,
): ToeditError {
  const remedy =
    'check the network and run it again, or name a mirror with HF_ENDPOINT, or a local directory';
  const message = `${subject}: ${endpoint} cannot be reached (${reason}): ${remedy}`;
  return new ToeditError('HUB_UNREACHABLE', message, { cause });
}

import { ToeditError } from '../errors.ts';
import { printable } from '../text/printable.ts';
import type { HubSettings } from './hub-options.ts';

/**
 * What the hub refuses, as an error that says what to do. The hub names the reason in `X-Error-Code`; a repository that is private looks like
 * one that is not there.
 *
 * @param subject - what was asked for, such as `OWNER/NAME@REVISION`.
 */
export function hubErrorOf(
  response: Pick<Response, 'status' | 'headers'>,
  subject: string,
  { endpoint, token }: Pick<HubSettings, 'endpoint' | 'token'>,
): ToeditError {
  const { status, headers } = response;
  const reason = headers.get('x-error-code');
  const words = printable((headers.get('x-error-message') ?? '').slice(0, 200));
  const said = words === '' ? `it answered ${status}` : words;
  const repository = subject.replace(/@.*$/u, '');
  if (reason === 'GatedRepo') {
    const remedy = `accept its conditions at ${endpoint}/${repository}, and give a token of that account (HF_TOKEN, or hf auth login)`;
    return new ToeditError('HUB_DENIED', `${subject} is gated (${said}): ${remedy}`);
  }
  if (reason === 'RevisionNotFound') {
    const remedy = `see ${endpoint}/${repository}/commits for those that there are`;
    return new ToeditError('HUB_NOT_FOUND', `${subject}: there is no such revision: ${remedy}`);
  }
  const isMissing = reason === 'RepoNotFound' || reason === 'EntryNotFound' || status === 404;
  if (isMissing || (status === 401 && token === undefined)) {
    const remedy = 'check the name; a private one needs a token (HF_TOKEN, or hf auth login)';
    return new ToeditError(
      'HUB_NOT_FOUND',
      `${subject} is neither a directory here nor a public model at ${endpoint}: ${remedy}`,
    );
  }
  const remedy =
    token === undefined
      ? 'give a token (HF_TOKEN, or hf auth login)'
      : 'check that the token (HF_TOKEN, or that of hf auth login) is valid, and may read it';
  return new ToeditError('HUB_DENIED', `${endpoint} denies ${subject} (${said}): ${remedy}`);
}

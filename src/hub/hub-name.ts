import { ToeditError } from '../errors.ts';
import { staysBelow } from '../files/inside.ts';

/** A model on the hub, at a revision of it. */
export interface HubName {
  /** `OWNER/NAME`. */
  readonly name: string;
  /** A branch, a tag or a commit. */
  readonly revision: string;
}

/** The revision where none is named. */
const mainRevision = 'main';

/**
 * Reads `OWNER/NAME`, `OWNER/NAME@REVISION`, the same behind `hf://` or `hf:`, or an address such as
 * `https://huggingface.co/OWNER/NAME/tree/REVISION`. Undefined for anything else.
 *
 * @throws ToeditError BAD_OPTION for a revision that can be none.
 */
export function parseHubName(text: string): HubName | undefined {
  const found = shortName.exec(text) ?? address.exec(text);
  const name = found?.groups?.['name'];
  if (name === undefined || !isRepositoryName(name)) return undefined;
  const revision = found?.groups?.['revision'] ?? mainRevision;
  if (isRevision(revision)) return { name, revision };
  const message = `model is ${text}: ${JSON.stringify(revision)} is no revision: name a branch, a tag or a commit behind @`;
  throw new ToeditError('BAD_OPTION', message);
}

/** True where the text says by itself that the hub is meant. */
export function isHubAddress(text: string): boolean {
  return /^(?:hf:|https?:|huggingface\.co\/|hf\.co\/)/u.test(text);
}

const shortName = /^(?:hf:(?:\/\/)?)?(?<name>[\w.-]+\/[\w.-]+)(?:@(?<revision>.*))?$/u;
const address =
  /^(?:https?:\/\/)?(?:huggingface\.co|hf\.co)\/(?<name>[\w.-]+\/[\w.-]+)(?:\/(?:tree|blob|resolve)\/(?<revision>[^/]+).*|\/?)$/u;

/** Names as the hub allows them: of letters, digits, `-`, `_` and `.`, which neither begin nor end with `-` or `.`. */
function isRepositoryName(name: string): boolean {
  return name
    .split('/')
    .every((part) => /^\w(?:[\w.-]*\w)?$/u.test(part) && !/--|\.\./u.test(part));
}

/** Revisions become paths below `refs/`. */
function isRevision(revision: string): boolean {
  return /^[\w./+-]{1,200}$/u.test(revision) && staysBelow(revision);
}

/** True of a whole commit hash: it never means anything else. */
export function isCommit(revision: string): boolean {
  return /^[0-9a-f]{40}$/u.test(revision);
}

/** As a user writes it. */
export function nameOf({ name, revision }: HubName): string {
  return revision === mainRevision ? name : `${name}@${revision}`;
}

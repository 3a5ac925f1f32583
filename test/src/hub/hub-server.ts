import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A file of a repository; large ones are served by another server, as in large-file storage. */
export interface ServedFile {
  readonly content: Uint8Array;
  readonly isLarge?: boolean;
  readonly xetHash?: string;
}

export interface ServedRepository {
  /** By commit, then by path. */
  readonly commits: Map<string, Map<string, ServedFile>>;
  /** Branches and tags. */
  readonly refs: Map<string, string>;
  /** The token that may read it; anybody may where there is none. */
  token?: string;
  isGated?: boolean;
}

/** One request, as it came. */
export interface Seen {
  readonly server: 'hub' | 'cdn';
  readonly method: string;
  readonly path: string;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
}

/** What goes wrong with a response. */
export interface Fault {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent in the place of the content. */
  readonly content?: Uint8Array;
  /** The connection is dropped after so many bytes of the body. */
  readonly dropAfter?: number;
  /** Nothing more is sent after so many bytes of the body. */
  readonly stallAfter?: number;
  /** The range that was asked for is not looked at. */
  readonly ignoresRange?: boolean;
  /** Any other body, with status 200. */
  readonly body?: string;
}

/** A hub on the loopback, and the server that it redirects to. */
export interface HubServer extends AsyncDisposable {
  readonly endpoint: string;
  readonly seen: Seen[];
  readonly repositories: Map<string, ServedRepository>;
  /** Called for each request. */
  fault: (seen: Seen) => Fault | undefined;
  /** How many files a page of a listing has. */
  pageSize: number;
  /** Entries that a listing has beside the files. */
  readonly extraEntries: object[];
}

export const gitSha1 = (content: Uint8Array): string =>
  createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
export const sha256 = (content: Uint8Array): string =>
  createHash('sha256').update(content).digest('hex');

/** A commit hash for tests. */
export const commitNamed = (name: string): string => createHash('sha1').update(name).digest('hex');

export async function startHubServer(): Promise<HubServer> {
  const state: Omit<HubServer, 'endpoint' | typeof Symbol.asyncDispose> & { cdn: string } = {
    ...{ seen: [], repositories: new Map(), fault: () => undefined, pageSize: 1000, cdn: '' },
    extraEntries: [],
  };
  const listen = async (name: 'hub' | 'cdn'): Promise<Server> => {
    const server = createServer((request, response) => answer(name, request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return server;
  };
  const answer = (name: 'hub' | 'cdn', request: IncomingMessage, response: ServerResponse) => {
    const { method = '', url = '' } = request;
    const { range, authorization } = request.headers;
    const seen = { server: name, method, path: url, range, authorization };
    state.seen.push(seen);
    const fault = state.fault(seen);
    if (fault?.status !== undefined) {
      response.writeHead(fault.status, { 'content-type': 'text/plain', ...fault.headers });
      response.end('no');
    } else if (fault?.body !== undefined) {
      response.writeHead(200, { 'content-type': 'text/html' }).end(fault.body);
    } else if (name === 'cdn') {
      serveStored(request, response, fault);
    } else {
      serveHub(request, response, fault);
    }
  };

  const serveHub = (request: IncomingMessage, response: ServerResponse, fault?: Fault): void => {
    const url = new URL(request.url ?? '', 'http://hub');
    const { id, verb, revision, path } = partsOf(url);
    const repository = state.repositories.get(id);
    if (repository === undefined || !mayRead(repository, request)) {
      refuseReader(repository, request, response);
      return;
    }
    const wanted = revision === 'HEAD' ? 'main' : revision;
    const commit = repository.refs.get(wanted) ?? wanted;
    const files = repository.commits.get(commit);
    if (files === undefined) refuse(response, 404, 'RevisionNotFound');
    else if (verb === 'revision') json(response, describe(id, commit, files));
    else if (verb === 'tree') serveTree(url, [...files], response, request);
    else {
      response.setHeader('x-repo-commit', commit);
      serveFile(files.get(path), { request, response, fault });
    }
  };

  const serveFile = (file: ServedFile | undefined, exchange: Exchange): void => {
    const { response } = exchange;
    if (file === undefined) refuse(response, 404, 'EntryNotFound');
    else if (file.isLarge !== true) {
      response.setHeader('etag', `"${gitSha1(file.content)}"`);
      serveContent(exchange, file.content);
    } else {
      response.setHeader('x-linked-etag', `"${sha256(file.content)}"`);
      response.setHeader('x-linked-size', String(file.content.length));
      response.setHeader('location', `${state.cdn}/${sha256(file.content)}`);
      response.writeHead(302).end();
    }
  };

  const serveTree = (
    url: URL,
    files: [string, ServedFile][],
    response: ServerResponse,
    request: IncomingMessage,
  ): void => {
    const entries = files.map(([path, { content, isLarge, xetHash }]) => ({
      ...{ type: 'file', path, size: content.length, oid: gitSha1(content) },
      ...(isLarge === true && {
        lfs: { oid: sha256(content), size: content.length, pointerSize: 134 },
      }),
      ...(xetHash !== undefined && { xetHash }),
    }));
    const all = [{ type: 'directory', path: 'onnx', size: 0, oid: '0'.repeat(40) }, ...entries];
    all.unshift(...(state.extraEntries as typeof all));
    const from = Number(url.searchParams.get('cursor') ?? 0);
    const next = from + state.pageSize;
    url.searchParams.set('cursor', String(next));
    const address = `http://${request.headers.host ?? ''}${url.pathname}${url.search}`;
    if (next < all.length) response.setHeader('link', `<${address}>; rel="next"`);
    json(response, all.slice(from, next));
  };

  const serveStored = (request: IncomingMessage, response: ServerResponse, fault?: Fault): void => {
    const hash = (request.url ?? '').split('/').at(-1);
    const all = [...state.repositories.values()].flatMap(({ commits }) =>
      [...commits.values()].flatMap((files) => [...files.values()]),
    );
    const found = all.find(({ content }) => sha256(content) === hash);
    if (found === undefined) response.writeHead(404).end();
    else serveContent({ request, response, fault }, found.content);
  };

  const [hub, cdn] = [await listen('hub'), await listen('cdn')];
  state.cdn = addressOf(cdn);
  return Object.assign(state, {
    endpoint: addressOf(hub),
    [Symbol.asyncDispose]: async () => {
      for (const server of [hub, cdn]) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  });
}

function addressOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function json(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

/** `/api/models/OWNER/NAME/VERB/REVISION`, or `/OWNER/NAME/resolve/REVISION/PATH`; of data sets with `datasets` before the owner. */
function partsOf({ pathname }: URL): { id: string; verb: string; revision: string; path: string } {
  const parts = pathname
    .replace(/^(?:\/api)?\/(?:models|datasets)(?=\/)|^\/api(?=\/)/u, '')
    .split('/')
    .map(decodeURIComponent);
  const [, owner = '', name = '', verb = '', revision = '', ...rest] = parts;
  return { id: `${owner}/${name}`, verb, revision, path: rest.join('/') };
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly fault: Fault | undefined;
}

function describe(id: string, sha: string, files: Map<string, ServedFile>): object {
  const siblings = [...files.keys()].map((rfilename) => ({ rfilename }));
  const counts = { downloads: 1, likes: 1, lastModified: '2026-01-01T00:00:00.000Z', tags: [] };
  return { _id: '1', id, modelId: id, sha, private: false, gated: false, siblings, ...counts };
}

function mayRead({ token }: ServedRepository, { headers }: IncomingMessage): boolean {
  return token === undefined || headers.authorization === `Bearer ${token}`;
}

/** As the hub does: who has no token is told that one is needed, who has one that there is nothing. */
function refuseReader(
  repository: ServedRepository | undefined,
  { headers }: IncomingMessage,
  response: ServerResponse,
): void {
  const hasToken = headers.authorization !== undefined;
  if (repository?.isGated === true) refuse(response, hasToken ? 403 : 401, 'GatedRepo');
  else refuse(response, hasToken ? 404 : 401, 'RepoNotFound');
}

function refuse(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'x-error-code': code, 'x-error-message': `It is ${code}.` });
  response.end(JSON.stringify({ error: code }));
}

function serveContent(exchange: Exchange, stored: Uint8Array): void {
  const { request, response, fault } = exchange;
  const whole = fault?.content ?? stored;
  const { range = '' } = request.headers;
  const asked = fault?.ignoresRange === true ? null : /^bytes=(\d+)-(\d*)$/u.exec(range);
  if (asked === null) {
    response.writeHead(200, { 'content-length': whole.length, 'accept-ranges': 'bytes' });
    sendBody(exchange, whole);
    return;
  }
  const from = Number(asked[1]);
  if (from >= whole.length) {
    response.writeHead(416, { 'content-range': `bytes */${whole.length}` }).end();
    return;
  }
  const body = whole.subarray(from, asked[2] === '' ? whole.length : Number(asked[2]) + 1);
  response.writeHead(206, {
    'content-length': body.length,
    'content-range': `bytes ${from}-${from + body.length - 1}/${whole.length}`,
  });
  sendBody(exchange, body);
}

function sendBody({ request, response, fault }: Exchange, body: Uint8Array): void {
  const cut = fault?.dropAfter ?? fault?.stallAfter;
  if (request.method === 'HEAD') response.end();
  else if (cut === undefined) response.end(body);
  else {
    response.write(body.subarray(0, cut), () => {
      if (fault?.dropAfter !== undefined) setTimeout(() => response.destroy(), 20);
    });
  }
}

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
    const [, ...parts] = url.pathname.split('/').map(decodeURIComponent);
    const isApi = parts[0] === 'api';
    const [owner = '', name = '', verb = '', revision = '', ...rest] = isApi
      ? parts.slice(2)
      : parts;
    const repository = state.repositories.get(`${owner}/${name}`);
    const refuse = (status: number, code: string, message: string): void => {
      response.writeHead(status, { 'x-error-code': code, 'x-error-message': message });
      response.end(JSON.stringify({ error: message }));
    };
    const given = request.headers.authorization;
    const isAllowed = repository?.token === undefined || given === `Bearer ${repository.token}`;
    if (repository?.isGated === true && !isAllowed)
      return refuse(given === undefined ? 401 : 403, 'GatedRepo', 'Access to it is restricted.');
    if (repository === undefined || !isAllowed)
      return refuse(given === undefined ? 401 : 404, 'RepoNotFound', 'Repository not found');
    const wanted = revision === 'HEAD' ? 'main' : revision;
    const commit = repository.refs.get(wanted) ?? wanted;
    const files = repository.commits.get(commit);
    if (files === undefined) return refuse(404, 'RevisionNotFound', `Invalid rev id: ${revision}`);
    if (verb === 'revision') {
      const info = { _id: '1', id: `${owner}/${name}`, sha: commit, private: false, gated: false };
      const dates = { downloads: 1, likes: 1, lastModified: '2026-01-01T00:00:00.000Z' };
      const siblings = [...files.keys()].map((rfilename) => ({ rfilename }));
      return json(response, { ...info, modelId: info.id, ...dates, siblings, tags: [] });
    }
    if (verb === 'tree') return serveTree(url, [...files], response, request);
    const path = rest.join('/');
    const file = files.get(path);
    if (file === undefined) return refuse(404, 'EntryNotFound', 'Entry not found');
    response.setHeader('x-repo-commit', commit);
    if (file.isLarge !== true) {
      response.setHeader('etag', `"${gitSha1(file.content)}"`);
      return serveContent(request, response, file.content, fault);
    }
    response.setHeader('x-linked-etag', `"${sha256(file.content)}"`);
    response.setHeader('x-linked-size', String(file.content.length));
    response.setHeader('location', `${state.cdn}/${owner}/${name}/${sha256(file.content)}`);
    response.writeHead(302).end();
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
    else serveContent(request, response, found.content, fault);
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

function serveContent(
  { headers, method }: IncomingMessage,
  response: ServerResponse,
  stored: Uint8Array,
  fault: Fault | undefined,
): void {
  const whole = fault?.content ?? stored;
  const range = /^bytes=(\d+)-(\d*)$/u.exec(headers.range ?? '');
  const from = fault?.ignoresRange === true ? 0 : Number(range?.[1] ?? 0);
  const isPart = range !== null && fault?.ignoresRange !== true;
  if (isPart && from >= whole.length) {
    response.writeHead(416, { 'content-range': `bytes */${whole.length}` }).end();
    return;
  }
  const to = isPart && range[2] !== '' ? Number(range[2]) + 1 : whole.length;
  const body = whole.subarray(from, to);
  response.writeHead(isPart ? 206 : 200, {
    'content-length': body.length,
    'accept-ranges': 'bytes',
    ...(isPart && { 'content-range': `bytes ${from}-${to - 1}/${whole.length}` }),
  });
  const cut = fault?.dropAfter ?? fault?.stallAfter;
  if (method === 'HEAD') response.end();
  else if (cut === undefined) response.end(body);
  else {
    response.write(body.subarray(0, cut), () => {
      if (fault?.dropAfter !== undefined) setTimeout(() => response.destroy(), 20);
    });
  }
}

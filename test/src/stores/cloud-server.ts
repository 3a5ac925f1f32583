import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What little of Google Cloud Storage and of Azure Blob Storage it takes to list and read, imitated on the loopback. */
export interface CloudServer extends AsyncDisposable {
  readonly url: string;
  /** Of the one bucket and container `data`, by their keys. */
  readonly objects: Map<string, Uint8Array>;
  /** The header of each request that says who asks. */
  readonly authorizations: (string | undefined)[];
}

export async function startCloudServer(): Promise<CloudServer> {
  const objects = new Map<string, Uint8Array>();
  const authorizations: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    authorizations.push(request.headers.authorization);
    const url = new URL(request.url ?? '', 'http://cloud');
    const google = /^\/storage\/v1\/b\/data\/o(?:\/(?<key>[^/]+))?$/u.exec(url.pathname);
    if (google !== null) answerGoogle(url, google.groups?.['key'], { objects, request, response });
    else answerAzure(url, { objects, request, response });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...{ objects, authorizations },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Exchange {
  readonly objects: ReadonlyMap<string, Uint8Array>;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

const etagOf = (content: Uint8Array): string => `"tag-${content.length}-${content.at(-1) ?? 0}"`;
const when = new Date('2026-01-01T00:00:00Z');

function answerGoogle(
  url: URL,
  key: string | undefined,
  { objects, request, response }: Exchange,
): void {
  const describe = (name: string, content: Uint8Array) => ({
    ...{ kind: 'storage#object', name, bucket: 'data', etag: etagOf(content) },
    ...{ size: String(content.length), updated: when.toISOString(), md5Hash: '', contentType: '' },
  });
  if (key === undefined) {
    const prefix = url.searchParams.get('prefix') ?? '';
    const items = [...objects].filter(([name]) => name.startsWith(prefix));
    json(response, {
      kind: 'storage#objects',
      items: items.map(([name, content]) => describe(name, content)),
    });
    return;
  }
  const name = decodeURIComponent(key);
  const content = objects.get(name);
  if (content === undefined) response.writeHead(404).end('{}');
  else if (url.searchParams.get('alt') === 'media') sendPart(request, response, content);
  else json(response, describe(name, content));
}

function answerAzure(url: URL, { objects, request, response }: Exchange): void {
  if (url.searchParams.get('comp') === 'list') {
    const prefix = url.searchParams.get('prefix') ?? '';
    const blobs = [...objects]
      .filter(([name]) => name.startsWith(prefix))
      .map(
        ([name, content]) =>
          `<Blob><Name>${name}</Name><Properties><Last-Modified>${when.toUTCString()}</Last-Modified><Etag>${etagOf(content).replaceAll('"', '')}</Etag><Content-Length>${content.length}</Content-Length><Content-Type>x</Content-Type></Properties></Blob>`,
      );
    const body = `<?xml version="1.0" encoding="utf-8"?><EnumerationResults><Blobs>${blobs.join('')}</Blobs><NextMarker/></EnumerationResults>`;
    response.writeHead(200, { 'content-type': 'application/xml' }).end(body);
    return;
  }
  const content = objects.get(decodeURIComponent(url.pathname.replace(/^\/data\//u, '')));
  if (content === undefined) response.writeHead(404).end();
  else sendPart(request, response, content);
}

function json(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

function sendPart(request: IncomingMessage, response: ServerResponse, content: Uint8Array): void {
  const { range = '', 'if-match': wanted } = request.headers;
  if (wanted !== undefined && wanted !== etagOf(content)) {
    response.writeHead(412).end();
    return;
  }
  const [, from, to] = /^bytes=(\d+)-(\d+)$/u.exec(range) ?? [];
  const body = content.subarray(
    Number(from ?? 0),
    to === undefined ? content.length : Number(to) + 1,
  );
  response.writeHead(from === undefined ? 200 : 206, {
    ...{ etag: etagOf(content), 'last-modified': when.toUTCString() },
    ...{ 'content-length': body.length, 'x-ms-blob-type': 'BlockBlob' },
    ...(from !== undefined && {
      'content-range': `bytes ${from}-${Number(from) + body.length - 1}/${content.length}`,
    }),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What goes wrong with a response. */
export interface WebFault {
  readonly status?: number;
  /** The connection is reset before anything is sent. */
  readonly isReset?: boolean;
  /** The connection ends after so many bytes of the body. */
  readonly dropAfter?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A web server on the loopback that sends files whole or by ranges, each with its entity tag. */
export interface FileServer extends AsyncDisposable {
  readonly url: string;
  /** By their paths, with a slash at the beginning. */
  readonly files: Map<string, Uint8Array>;
  /** One for each request: its path, and how many bytes of a body were sent. */
  readonly seen: { readonly path: string; readonly bytes: number }[];
  /** Called for each request. */
  fault: (path: string) => WebFault | undefined;
  sendsRanges: boolean;
  sendsTags: boolean;
}

export async function startFileServer(): Promise<FileServer> {
  const state = {
    files: new Map<string, Uint8Array>(),
    seen: [] as { path: string; bytes: number }[],
    fault: noFault,
    sendsRanges: true,
    sendsTags: true,
  };
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const path = request.url ?? '';
    const fault = state.fault(path);
    const content = state.files.get(decodeURIComponent(path.replace(/\?.*$/u, '')));
    if (fault?.isReset === true) request.socket.resetAndDestroy();
    else if (fault?.status !== undefined) response.writeHead(fault.status, fault.headers).end('no');
    else if (content === undefined) response.writeHead(404).end();
    else {
      if (state.sendsTags) response.setHeader('etag', tagOf(content));
      const headers = state.sendsRanges ? request.headers : {};
      const bytes = send(response, { content, range: headers.range, fault });
      state.seen.push({ path, bytes });
    }
  };
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(state, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

function tagOf(content: Uint8Array): string {
  return `"${createHash('md5').update(content).digest('hex')}"`;
}

/** Sends a file, or the part that is asked for; returns how many bytes of it. */
function send(
  response: ServerResponse,
  {
    content,
    range = '',
    fault,
  }: {
    readonly content: Uint8Array;
    readonly range: string | undefined;
    readonly fault: WebFault | undefined;
  },
): number {
  const [, from, to] = /^bytes=(\d+)-(\d+)$/u.exec(range) ?? [];
  const start = Number(from ?? 0);
  const body = content.subarray(start, to === undefined ? content.length : Number(to) + 1);
  if (from !== undefined && start >= content.length) {
    response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end();
    return 0;
  }
  response.setHeader('content-length', body.length);
  if (from === undefined) response.writeHead(200);
  else {
    const last = start + body.length - 1;
    response.writeHead(206, { 'content-range': `bytes ${start}-${last}/${content.length}` });
  }
  const sent = body.subarray(0, fault?.dropAfter ?? body.length);
  if (sent.length === body.length) response.end(body);
  else response.write(sent, () => setTimeout(() => response.destroy(), 5));
  return sent.length;
}

const noFault: FileServer['fault'] = () => undefined;

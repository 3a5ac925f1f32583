import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** `.ci/run` puts it there. */
const program = join(
  dirname(process.env['TOEDIT_HOSTS_PYTHON'] ?? '/tmp/venv-hosts/bin/python'),
  'moto_server',
);

/** Whether an imitation of S3 can be started; says so where not. */
export function hasMoto(): boolean {
  const has = existsSync(program);
  if (!has) console.warn(`skipped: a test needs moto[server], ${program}`);
  return has;
}

const owner = 'test/20260101/us-east-1/s3/aws4_request';

type Headers = Readonly<Record<string, string>>;

/** S3, imitated by moto on the loopback. */
export interface MotoServer extends AsyncDisposable {
  /** What the AWS CLI, and whoever does as it does, needs to use it. */
  readonly env: Readonly<Record<string, string>>;
  /** Makes a bucket, by its name, or an object, by `BUCKET/KEY`. */
  readonly put: (path: string, content?: Uint8Array, headers?: Headers) => Promise<void>;
  readonly remove: (path: string) => Promise<void>;
}

export async function startMoto(): Promise<MotoServer> {
  const child = spawn(program, ['-H', '127.0.0.1', '-p', '0'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const endpoint = await new Promise<string>((resolve, reject) => {
    let said = '';
    const see = (chunk: Buffer): void => {
      said += chunk.toString();
      const found = /http:\/\/127\.0\.0\.1:\d+/u.exec(said)?.[0];
      if (found !== undefined) resolve(found);
    };
    child.stdout.on('data', see);
    child.stderr.on('data', see);
    child.on('exit', () => reject(new Error(`moto_server has ended: ${said}`)));
  });
  const ask = async (
    method: string,
    path: string,
    {
      content: body,
      headers,
    }: { readonly content?: Uint8Array | undefined; readonly headers?: Headers | undefined },
  ): Promise<void> => {
    const address = path.split('/').map(encodeURIComponent).join('/');
    const { ok, status } = await fetch(`${endpoint}/${address}`, {
      method,
      // Whose objects they are: moto looks at the name only.
      headers: { authorization: `AWS4-HMAC-SHA256 Credential=${owner}`, ...headers },
      ...(body && { body }),
    });
    if (!ok) throw new Error(`moto answered ${status}`);
  };
  return {
    env: {
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: 'us-east-1',
    },
    put: (path, content, headers) => ask('PUT', path, { content, headers }),
    remove: (path) => ask('DELETE', path, {}),
    [Symbol.asyncDispose]: async () => {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}

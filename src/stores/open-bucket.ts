import type { Operator } from 'opendal';
import { messageOf, ToeditError } from '../errors.ts';
import { badOption } from '../options.ts';
import type { Address } from './address.ts';
import { type Environment, ownEnvironment, valueOf } from './store-environment.ts';

type Configuration = Readonly<Record<string, string>>;

/** A bucket that is open in one way. */
export interface OpenBucket {
  readonly operator: Operator;
  /** What to open it with instead where a request failed with that message; null where nothing else is to be tried. */
  readonly next: (message: string) => BucketChanges | null;
}

/** How a bucket is opened beside what the environment says. */
export interface BucketChanges {
  /** As the server itself stated. */
  readonly region?: string | undefined;
  /** Whether the machine is asked for its credentials. @defaultValue false */
  readonly usesMachine?: boolean | undefined;
}

/**
 * Opens a bucket with the credentials that the environment and the provider's configuration files name; anonymously without any.
 *
 * @throws ToeditError `STORE_CLIENT_MISSING`; `BAD_OPTION`.
 */
export async function openBucket(address: Address, changes: BucketChanges): Promise<OpenBucket> {
  const { Operator } = await loadClient(address);
  const [service, configuration] = configurationOf(address, ownEnvironment, changes);
  const open = (more: Configuration) => new Operator(service, { ...configuration, ...more });
  return { operator: opened(open), next: (message) => nextOf(message, address, changes) };
}

/** The region lies in the configuration files, too, which OpenDAL reads; where it is nowhere, any store but AWS takes this one. */
function opened(open: (more: Configuration) => Operator): Operator {
  try {
    return open({});
  } catch (error) {
    if (!messageOf(error).includes('region is missing')) throw error;
    return open({ region: 'us-east-1' });
  }
}

function nextOf(
  message: string,
  { scheme }: Address,
  changes: BucketChanges,
): BucketChanges | null {
  const region = /"x-amz-bucket-region": "([\w-]+)"/u.exec(message)?.[1];
  if (
    region !== undefined &&
    changes.region === undefined &&
    /status: (?:301|307|400)/u.test(message)
  ) {
    return { ...changes, region };
  }
  const isDenied = /PermissionDenied|status: 40[13]/u.test(message);
  const mayAsk = isDenied && scheme !== 'az' && changes.usesMachine !== true;
  return mayAsk ? { ...changes, usesMachine: true } : null;
}

function configurationOf(
  { scheme, root }: Address,
  environment: Environment,
  { region, usesMachine = false }: BucketChanges,
): [service: string, configuration: Configuration] {
  const bucket = root.slice(root.lastIndexOf('/') + 1);
  const open = { allow_anonymous: 'true' };
  if (scheme === 's3') {
    const own = { region: region ?? valueOf(environment, 'AWS_REGION', 'AWS_DEFAULT_REGION') };
    const endpoint = valueOf(environment, 'AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL');
    const machine = usesMachine ? {} : { disable_ec2_metadata: 'true' };
    return ['s3', given({ bucket, endpoint, ...own, ...open, ...machine })];
  }
  if (scheme === 'gs') {
    const endpoint = valueOf(environment, 'STORAGE_EMULATOR_HOST');
    const machine = usesMachine ? {} : { disable_vm_metadata: 'true' };
    return ['gcs', given({ bucket, endpoint, ...open, ...machine })];
  }
  return ['azblob', { container: bucket, ...azureAccount(environment, root) }];
}

/** As the Azure CLI reads them. */
function azureAccount(environment: Environment, root: string): Configuration {
  const connection = new Map(
    (valueOf(environment, 'AZURE_STORAGE_CONNECTION_STRING') ?? '').split(';').map((part) => {
      const at = part.indexOf('=');
      return [part.slice(0, at), part.slice(at + 1)] as const;
    }),
  );
  const account =
    valueOf(environment, 'AZURE_STORAGE_ACCOUNT', 'AZURE_STORAGE_ACCOUNT_NAME') ??
    connection.get('AccountName');
  const suffix = connection.get('EndpointSuffix') ?? 'core.windows.net';
  const endpoint =
    valueOf(environment, 'AZURE_STORAGE_BLOB_ENDPOINT') ??
    connection.get('BlobEndpoint') ??
    (account === undefined ? undefined : `https://${account}.blob.${suffix}`);
  if (endpoint === undefined) {
    const remedy = 'set AZURE_STORAGE_ACCOUNT, or AZURE_STORAGE_CONNECTION_STRING';
    throw badOption('inputs', root, `it does not say in which account the container is: ${remedy}`);
  }
  const key = valueOf(environment, 'AZURE_STORAGE_KEY', 'AZURE_STORAGE_ACCOUNT_KEY');
  const sas = valueOf(environment, 'AZURE_STORAGE_SAS_TOKEN');
  return given({
    endpoint,
    account_name: account,
    account_key: key ?? connection.get('AccountKey'),
    sas_token: (sas ?? connection.get('SharedAccessSignature'))?.replace(/^\?/u, ''),
  });
}

function given(values: Readonly<Record<string, string | undefined>>): Configuration {
  const set = Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return Object.fromEntries(set);
}

/** Where credentials are looked for, for messages. */
export function credentialRemedy({ scheme }: Pick<Address, 'scheme'>): string {
  switch (scheme) {
    case 's3':
      return 'give credentials that may (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE)';
    case 'gs':
      return 'give credentials that may (GOOGLE_APPLICATION_CREDENTIALS, or gcloud auth application-default login)';
    default:
      return 'give credentials that may (AZURE_STORAGE_KEY, AZURE_STORAGE_SAS_TOKEN or AZURE_STORAGE_CONNECTION_STRING); a public container is read by its https:// addresses';
  }
}

async function loadClient({ root }: Address): Promise<{ readonly Operator: typeof Operator }> {
  try {
    return await import('opendal');
  } catch (cause) {
    const isMissing = messageOf(cause).includes("Cannot find package 'opendal'");
    const needed = neededLibrary(cause);
    const what = isMissing
      ? 'the package opendal is needed to read it: npm install opendal@0.49.2'
      : `the package opendal does not run here (${needed}): npm install opendal@0.49.2, which needs glibc 2.16 only`;
    throw new ToeditError('STORE_CLIENT_MISSING', `${root}: ${what}`, {
      place: { file: root },
      cause,
    });
  }
}

/** What of the system a native binding lacks, which stands in the last of its causes. */
function neededLibrary(error: unknown): string {
  const causes = error instanceof Error && Array.isArray(error.cause) ? error.cause : [error];
  const reasons = causes.map(messageOf);
  const glibc = reasons
    .map((reason) => /GLIBC_[\d.]+/u.exec(reason)?.[0])
    .find((name) => name !== undefined);
  return glibc === undefined ? (reasons.at(-1) ?? '').slice(0, 200) : `it needs ${glibc}`;
}

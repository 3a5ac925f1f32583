import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { exitCodes } from '#toedit/src/cli/exit-codes';
import { root } from '../sandbox.ts';
import { type Field, faultsOf } from './api-fields.ts';

const read = (path: string): string => readFileSync(join(root, 'examples', path), 'utf8');

const exitCodeRule: Field = {
  object: {
    containerName: 'string',
    operator: { words: ['In', 'NotIn'] },
    values: { list: 'integer' },
  },
  required: ['operator', 'values'],
};

const container: Field = {
  object: {
    name: 'string',
    image: 'string',
    command: { list: 'string' },
    args: { list: 'string' },
    env: { list: { object: { name: 'string', value: 'string' }, required: ['name'] } },
    resources: { object: { requests: { map: 'quantity' }, limits: { map: 'quantity' } } },
    volumeMounts: {
      list: { object: { name: 'string', mountPath: 'string' }, required: ['name', 'mountPath'] },
    },
  },
  required: ['name'],
};

const podSpec: Field = {
  object: {
    // A pod failure policy allows Never only.
    restartPolicy: { words: ['Never'] },
    terminationGracePeriodSeconds: 'integer',
    containers: { list: container },
    volumes: {
      list: {
        object: {
          name: 'string',
          persistentVolumeClaim: { object: { claimName: 'string' }, required: ['claimName'] },
        },
        required: ['name'],
      },
    },
  },
  required: ['containers', 'restartPolicy'],
};

// The fields of batch/v1 Job that an Indexed Job may use, written by hand after the Kubernetes API reference (1.33).
const job: Field = {
  object: {
    apiVersion: { words: ['batch/v1'] },
    kind: { words: ['Job'] },
    metadata: { object: { name: 'string' }, required: ['name'] },
    spec: {
      object: {
        completionMode: { words: ['Indexed'] },
        completions: 'integer',
        parallelism: 'integer',
        backoffLimitPerIndex: 'integer',
        maxFailedIndexes: 'integer',
        // With a pod failure policy there is no other.
        podReplacementPolicy: { words: ['Failed'] },
        podFailurePolicy: {
          object: {
            rules: {
              list: {
                object: {
                  action: { words: ['FailJob', 'FailIndex', 'Ignore', 'Count'] },
                  onExitCodes: exitCodeRule,
                  onPodConditions: {
                    list: {
                      object: { type: 'string', status: { words: ['True', 'False', 'Unknown'] } },
                      required: ['type'],
                    },
                  },
                },
                required: ['action'],
              },
            },
          },
          required: ['rules'],
        },
        template: { object: { spec: podSpec }, required: ['spec'] },
      },
      required: ['completions', 'template'],
    },
  },
  required: ['apiVersion', 'kind', 'metadata', 'spec'],
};

interface Job {
  readonly spec: {
    readonly completions: number;
    readonly podFailurePolicy: {
      readonly rules: readonly {
        readonly action: string;
        readonly onExitCodes?: { readonly values: readonly number[] };
      }[];
    };
    readonly template: {
      readonly spec: {
        readonly containers: readonly {
          readonly env: readonly { readonly name: string; readonly value: string }[];
        }[];
      };
    };
  };
}

const text = read('kubernetes/toedit-job.yaml');

test('the Kubernetes manifest has no field that the API does not have', () => {
  expect(faultsOf(parse(text), job)).toEqual([]);
});

test.each([
  ['backoffLimitPerIndex', 'backoffLimitByIndex'],
  ['completions: 64', "completions: '64'"],
  ["value: '64'", 'value: 64'],
  ['action: FailJob', 'action: Fail'],
])('%s could not be %s', (right, wrong) => {
  expect(text).toContain(right);
  expect(faultsOf(parse(text.replace(right, wrong)), job)).toHaveLength(1);
});

test('the Kubernetes manifest tells every pod the number of shards', () => {
  const { spec } = parse(text) as Job;
  const env = spec.template.spec.containers[0]?.env;
  expect(env).toEqual([{ name: 'TOEDIT_SHARD_COUNT', value: String(spec.completions) }]);
});

test('Kubernetes acts on the exit codes of toedit', () => {
  const { spec } = parse(text) as Job;
  const actions = spec.podFailurePolicy.rules.flatMap(({ action, onExitCodes }) =>
    (onExitCodes?.values ?? []).map((code) => [code, action] as const),
  );
  expect(Object.fromEntries(actions)).toEqual({
    [exitCodes.usage]: 'FailJob',
    [exitCodes.incomplete]: 'FailIndex',
    [exitCodes.interrupted]: 'Ignore',
  });
});

test('AWS Batch gives up on the exit codes that trying again cannot help', () => {
  const definition = JSON.parse(read('aws-batch/job-definition.json')) as {
    readonly retryStrategy: {
      readonly evaluateOnExit: readonly { readonly onExitCode?: string; readonly action: string }[];
    };
  };
  const given = definition.retryStrategy.evaluateOnExit.filter(({ action }) => action === 'EXIT');
  const hopeless = [exitCodes.usage, exitCodes.incomplete].map(String);
  expect(given.map(({ onExitCode }) => onExitCode)).toEqual(hopeless);
});

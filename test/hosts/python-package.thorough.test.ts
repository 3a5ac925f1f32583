import { describe, test } from 'vitest';
import { hasJava, hasModules, runPython } from './hosts-python.ts';

const pytest = ['-m', 'pytest', '-q', '-x', '-p', 'no:cacheprovider'];

describe.skipIf(!hasModules(['pyarrow', 'pytest']))('the Python package', () => {
  test('batches and tables', async () => {
    await runPython([...pytest, 'python/tests/test_core.py']);
  });

  test.skipIf(!hasModules(['mypy']))('its types', async () => {
    await runPython(['-m', 'mypy', '--config-file', 'python/pyproject.toml', 'python/toedit']);
  });

  test.skipIf(!hasModules(['ray']))('in Ray', async () => {
    await runPython([...pytest, 'python/tests/test_ray.py']);
  });

  test.skipIf(!hasModules(['pyspark']) || !hasJava())('in Spark', async () => {
    await runPython([...pytest, 'python/tests/test_spark.py']);
  });

  test.skipIf(!hasModules(['datasets', 'polars', 'duckdb']))(
    'in datasets, Polars and DuckDB',
    async () => {
      await runPython([...pytest, 'python/tests/test_datasets.py']);
    },
  );

  test.skipIf(!hasModules(['ray', 'pyspark', 'datasets', 'polars', 'duckdb']) || !hasJava())(
    'the same bytes from every host',
    async () => {
      await runPython([...pytest, 'python/tests/test_every_host.py']);
    },
  );
});

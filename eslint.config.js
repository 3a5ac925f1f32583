import tseslint from 'typescript-eslint';

/** Forbids imports whose specifier matches, and says why. */
const forbid = (...patterns) => ({
  'no-restricted-imports': [
    'error',
    { patterns: patterns.map(([regex, message]) => ({ regex, message })) },
  ],
});

const upwards = 'imports run one way: src/<leaf> <- operators <- pipelines <- src/cli';
const noOperators = ['/operators/', upwards];
const noPipelines = ['/pipelines/', upwards];
const noCli = ['/cli/', upwards];
const noRunState = ['/src/(run|report|slurm)/', 'operators know nothing of a run'];
const noParquet = ['^parquet-wasm', 'parquet-wasm is reached through src/parquet'];
const noRuntime = ['^onnxruntime-node', 'ONNX Runtime is reached through src/inference'];
const noStores = ['^opendal', 'OpenDAL is reached through src/stores'];
const noIndex = ['/index\\.ts$', 'import the module itself, not the index'];

const processAccess =
  'MemberExpression[object.name="process"]:not([property.name=/^(memoryUsage|pid|platform|resourceUsage)$/])';

/** apache-arrow types its buffers and row accessors as any: rules that its callers cannot keep. */
const untyped = {
  '@typescript-eslint/no-unsafe-argument': 'off',
  '@typescript-eslint/no-unsafe-assignment': 'off',
  '@typescript-eslint/no-unsafe-call': 'off',
  '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
  '@typescript-eslint/no-unsafe-member-access': 'off',
  '@typescript-eslint/no-unsafe-return': 'off',
  '@typescript-eslint/restrict-plus-operands': ['error', { allowAny: true }],
};

export default tseslint.config(
  { ignores: ['dist', '.cache', 'coverage', 'node_modules', 'test/fixtures', '*.js'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: {
        project: ['tsconfig.json', 'test/tsconfig.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      complexity: ['error', { max: 12, variant: 'modified' }],
      eqeqeq: 'error',
      'max-depth': ['error', 3],
      'max-lines': ['error', 300],
      'max-params': 'off',
      'no-console': 'error',
      'no-param-reassign': 'error',
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true, named: true } }],
      'object-shorthand': 'error',
      'prefer-const': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/max-params': ['error', { max: 4 }],
      '@typescript-eslint/no-base-to-string': ['error', { ignoredTypeNames: ['DataType'] }],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { varsIgnorePattern: '^_$' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
    },
  },
  {
    files: ['src/**/*.ts', 'operators/**/*.ts', 'pipelines/**/*.ts'],
    rules: {
      'max-lines-per-function': ['error', { max: 50, skipBlankLines: true, skipComments: true }],
      'no-restricted-syntax': [
        'error',
        { selector: 'TSEnumDeclaration', message: 'use a union of literals' },
        { selector: processAccess, message: 'only src/cli touches the process' },
      ],
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: forbid(noOperators, noPipelines, noCli, noParquet, noRuntime, noIndex, noStores),
  },
  { files: ['src/arrow/**/*.ts'], rules: untyped },
  {
    files: ['src/stores/**/*.ts'],
    rules: forbid(noOperators, noPipelines, noCli, noParquet, noRuntime, noIndex),
  },
  {
    files: ['src/parquet/**/*.ts'],
    rules: forbid(noOperators, noPipelines, noCli, noRuntime, noIndex, noStores),
  },
  {
    files: ['src/inference/**/*.ts'],
    rules: forbid(noOperators, noPipelines, noCli, noParquet, noIndex, noStores),
  },
  {
    files: ['operators/**/*.ts'],
    rules: forbid(noPipelines, noCli, noRunState, noParquet, noRuntime, noIndex, noStores),
  },
  { files: ['pipelines/**/*.ts'], rules: forbid(noCli, noParquet, noRuntime, noIndex, noStores) },
  // A process of its own.
  { files: ['src/model/tokenizer-worker.ts'], rules: { 'no-restricted-syntax': 'off' } },
  { files: ['src/index.ts'], rules: forbid(noCli, noParquet, noRuntime, noStores) },
  {
    files: ['src/cli/**/*.ts'],
    rules: { ...forbid(noParquet, noRuntime, noIndex, noStores), 'no-restricted-syntax': 'off' },
  },
  {
    files: ['benchmarks/**/*.ts', 'examples/**/*.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['test/**/*.ts', 'vitest.config.ts'],
    rules: {
      'no-console': 'off',
      'no-restricted-exports': 'off',
      ...untyped,
      '@typescript-eslint/no-misused-spread': 'off',
      '@typescript-eslint/require-await': 'off',
    },
  },
);

/** The variables by which a scheduler tells a process its place in an array of jobs. Those it does not have are left out. */
export interface ArrayVariables {
  readonly scheduler: string;
  /** The place itself. */
  readonly id: string;
  /** The least and the greatest place, and how far they are apart. */
  readonly first?: string;
  readonly last?: string;
  readonly step?: string;
  /** How many places there are. */
  readonly count?: string;
}

/**
 * What schedulers set, as their manuals say: sbatch(1), "Job Array Support"; Kubernetes, "Indexed Job", which does not
 * tell the number of completions; AWS Batch, "Job environment variables"; Grid Engine's qsub(1), option `-t`, which sets
 * SGE_TASK_ID to `undefined` outside of arrays.
 */
export const arrayVariables: readonly ArrayVariables[] = [
  {
    scheduler: 'Slurm',
    id: 'SLURM_ARRAY_TASK_ID',
    first: 'SLURM_ARRAY_TASK_MIN',
    last: 'SLURM_ARRAY_TASK_MAX',
    step: 'SLURM_ARRAY_TASK_STEP',
    count: 'SLURM_ARRAY_TASK_COUNT',
  },
  { scheduler: 'Kubernetes', id: 'JOB_COMPLETION_INDEX' },
  { scheduler: 'AWS Batch', id: 'AWS_BATCH_JOB_ARRAY_INDEX', count: 'AWS_BATCH_JOB_ARRAY_SIZE' },
  {
    scheduler: 'Grid Engine',
    id: 'SGE_TASK_ID',
    first: 'SGE_TASK_FIRST',
    last: 'SGE_TASK_LAST',
    step: 'SGE_TASK_STEPSIZE',
  },
];

/** Tells how many shards there are where the scheduler does not. */
export const shardCountVariable = 'TOEDIT_SHARD_COUNT';

/** What is asked of Slurm: the options of {@link arrayScript} and {@link verifyScript}. */
export interface SlurmJob {
  /** The run's output directory, absolute. */
  readonly run: string;
  /** The words that call toedit on the nodes, such as the paths of node and of the program. */
  readonly command: readonly string[];
  /** The parts that the run is dealt into. */
  readonly shards: number;
  /** Tasks of the array; with fewer tasks than shards, a task works on several shards, one after the other. */
  readonly tasks: number;
  /** Array tasks that run at a time; undefined leaves it to Slurm. */
  readonly concurrency?: number | undefined;
  /** The time limit of a task, as sbatch takes it; undefined leaves it to the partition. */
  readonly time?: string | undefined;
  /** Seconds before the time limit at which toedit is told to stop. */
  readonly stopEarly: number;
  readonly partition?: string | undefined;
  /** CPUs of a task, and inference threads of its engines; undefined takes what Slurm gives. */
  readonly threads?: number | undefined;
  /** A device for each engine of a task; undefined for one engine. */
  readonly devices?: readonly string[] | undefined;
  /** How often a task that its time limit stopped is put back in the queue. */
  readonly maxRequeues: number;
  /** Further options of sbatch, one each. */
  readonly sbatchArgs: readonly string[];
  /** The directory of the log files, absolute. */
  readonly logs: string;
}

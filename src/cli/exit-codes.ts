/** What the command line exits with, for scripts and schedulers to act on. */
export const exitCodes = {
  /** Every file was finished. */
  done: 0,
  /** Some file failed: the others are finished. Running again may help. */
  failed: 1,
  /** The request was at fault: running it again as it is cannot help. */
  usage: 2,
  /** Stopped by SIGINT or SIGTERM: nothing half-written stays. EX_TEMPFAIL of sysexits.h. */
  interrupted: 75,
} as const;

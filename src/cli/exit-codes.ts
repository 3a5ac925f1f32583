/** What the command line exits with, for scripts and schedulers to act on. */
export const exitCodes = {
  /** Every file was finished. */
  done: 0,
  /** Something failed that may be gone the next time, such as a full disk: run it again. */
  failed: 1,
  /** The request was at fault: running it again as it is cannot help. */
  usage: 2,
  /** Finished, but for files that are bad themselves, or with more rows set aside than are allowed. */
  incomplete: 3,
  /** Stopped by SIGINT, SIGTERM or SIGUSR1: run it again to go on. EX_TEMPFAIL of sysexits.h. */
  interrupted: 75,
} as const;

/** An option of sbatch as a line of a batch script; Slurm's own quotes are put around what needs them. */
export function directive(option: string): string {
  const isPlain = /^[\w=:,.%@/+*-]+$/.test(option);
  return `#SBATCH ${isPlain ? option : `"${option.replaceAll(/["\\]/g, '\\$&')}"`}`;
}

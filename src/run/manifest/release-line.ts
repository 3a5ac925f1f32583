/**
 * The versions that take up one another's runs: those of one major version, `1`; before the first, those of one minor
 * version, `0.1`.
 */
export function releaseLine(version: string): string {
  const [major = '', minor = ''] = version.split(/[.+-]/);
  return major === '0' ? `0.${minor}` : major;
}

/** What the first processor in Linux's `/proc/cpuinfo` can do, as x86 (`flags`) and ARM (`Features`) tell it; none elsewhere. */
export function processorFlags(cpuinfo: string): readonly string[] {
  const flags = /^(?:flags|Features)[\t ]*:(.*)$/m.exec(cpuinfo)?.[1]?.trim() ?? '';
  return flags === '' ? [] : flags.split(/\s+/);
}

/** Where the nodes of a graph run. */
export interface PlacedNodes {
  /** How many run on the device that was asked for. */
  readonly onDevice: number;
  /** How many were left to the CPU, by operation. */
  readonly onCpu: Readonly<Record<string, number>>;
}

/**
 * Reads from the log of ONNX Runtime where the nodes of the sessions of a process were placed: of all its sessions together.
 *
 * @param log - lines of severity `verbose`
 */
export function placedNodes(log: Iterable<string>): PlacedNodes {
  const onCpu: Record<string, number> = {};
  let onDevice = 0;
  let isCpu = false;
  for (const line of log) {
    const [, provider, count = '0'] = placement.exec(line) ?? [];
    if (provider !== undefined) {
      isCpu = provider === 'CPUExecutionProvider';
      if (!isCpu) onDevice += Number(count);
      continue;
    }
    const operation = nodeLine.exec(line)?.[1];
    if (operation !== undefined && isCpu) onCpu[operation] = (onCpu[operation] ?? 0) + 1;
  }
  return { onDevice, onCpu };
}

const placement = /ode(?:\(s\)|s) placed on \[(\w+)\]\. Number of nodes: (\d+)/u;
const nodeLine = /VerifyEachNodeIsAssignedToAnEp\]\s+(\w+) \(/u;

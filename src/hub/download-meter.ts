import { sizeInWords } from './disk-space.ts';
import type { HubSettings } from './hub-options.ts';
import type { RepositoryFile } from './repository-files.ts';

/** Counts what comes. */
export interface DownloadMeter {
  /** Says what will be downloaded, before the first byte; nothing of no files. */
  readonly announce: (files: readonly RepositoryFile[], commit: string) => void;
  /** Replaces what was announced. */
  readonly correct: (files: readonly RepositoryFile[]) => void;
  readonly begin: (file: RepositoryFile) => void;
  /** Bytes of the file that was begun, fetched now or before; fewer than none where some were worth nothing. */
  readonly add: (bytes: number, isFetched: boolean) => void;
  /** It is there, whoever has fetched it. */
  readonly end: (file: RepositoryFile) => void;
}

/** A meter that reports to the settings' callbacks. What came before counts as done, not for the rate. */
export function downloadMeter(
  model: string,
  { onNotice, onProgress, cacheDirectory }: HubSettings,
): DownloadMeter {
  const beganAt = performance.now();
  let bytesTotal = 0;
  let ofOthers = 0;
  let ofFile = 0;
  let fetched = 0;
  let path = '';
  const report = (): void => {
    const bytesDone = Math.min(bytesTotal, ofOthers + ofFile);
    const seconds = (performance.now() - beganAt) / 1000;
    const bytesPerSecond = seconds > 0 ? fetched / seconds : 0;
    const etaSeconds = bytesPerSecond > 0 ? (bytesTotal - bytesDone) / bytesPerSecond : null;
    onProgress({ model, file: path, bytesDone, bytesTotal, bytesPerSecond, etaSeconds });
  };
  return {
    announce: (files, commit) => {
      bytesTotal = sumOf(files);
      if (files.length === 0) return;
      const count = files.length === 1 ? '1 file' : `${files.length} files`;
      const what = `${model} (commit ${commit.slice(0, 12)}): ${count}, ${sizeInWords(bytesTotal)}`;
      onNotice(`downloading ${what}, into ${cacheDirectory}`);
    },
    correct: (files) => {
      bytesTotal = sumOf(files);
    },
    begin: (file) => {
      path = file.path;
      ofFile = 0;
    },
    add: (bytes, isFetched) => {
      ofFile += bytes;
      if (isFetched) fetched += bytes;
      report();
    },
    end: (file) => {
      ofOthers += file.bytes;
      ofFile = 0;
    },
  };
}

function sumOf(files: readonly RepositoryFile[]): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}

import { join } from 'node:path';
import { type RepositoryPaths, showInSnapshot, sizeOf } from './cache-paths.ts';
import { downloadBlob } from './download-blob.ts';
import type { DownloadMeter } from './download-meter.ts';
import { type HubName, nameOf } from './hub-name.ts';
import type { HubSettings } from './hub-options.ts';
import { underLock } from './lock/blob-lock.ts';
import { blobNameOf, type RepositoryFile } from './repository-files.ts';
import { linkFromSharedStore } from './shared-store.ts';

/** Where a file is fetched from and kept. */
export interface FileOrder {
  readonly wanted: HubName;
  readonly commit: string;
  readonly paths: RepositoryPaths;
  readonly settings: HubSettings;
  readonly meter: DownloadMeter;
}

/**
 * Makes a file appear in its snapshot: from the blobs, where it is among them, from the store that all models share, or from the hub. Of any
 * number of processes one downloads it.
 *
 * @throws ToeditError as `downloadBlob`.
 */
export async function fetchFile(file: RepositoryFile, order: FileOrder): Promise<void> {
  const { wanted, commit, paths, settings, meter } = order;
  const blobName = blobNameOf(file);
  const blob = join(paths.blobs, blobName);
  const isThere = async (): Promise<boolean> => (await sizeOf(blob)) === file.bytes;
  const wait = {
    signal: settings.signal,
    onWait: () => settings.onNotice(`waiting for another process that downloads ${file.path}`),
  };
  const address = [wanted.name, 'resolve', commit, ...file.path.split('/').map(encodeURIComponent)];
  meter.begin(file);
  if (!(await isThere())) {
    await underLock(join(paths.locks, `${blobName}.lock`), wait, async () => {
      if (await isThere()) return;
      if (await linkFromSharedStore(blob, file, paths, wait)) return;
      const url = [settings.endpoint, ...address].join('/');
      const subject = `${nameOf(wanted)}, ${file.path}`;
      await downloadBlob(blob, { file, url, subject, onBytes: meter.add }, settings);
    });
  }
  await showInSnapshot(blob, join(paths.snapshot(commit), file.path), settings.copies);
  meter.end(file);
}

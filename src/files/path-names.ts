import { isUtf8 } from 'node:buffer';

/** A name as text. Bytes that are not UTF-8 stand in it as `\xe9`, so that names that differ still do. */
export function nameOfBytes(bytes: Uint8Array): string {
  if (isUtf8(bytes)) return Buffer.from(bytes).toString();
  const characters =
    /[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}|[\x80-\xff]/g;
  return Buffer.from(bytes)
    .toString('latin1')
    .replace(characters, (character) => {
      const own = Buffer.from(character, 'latin1');
      return isUtf8(own) ? own.toString() : own.toString('hex').replace(/../g, '\\x$&');
    });
}

/** What Linux, macOS and Windows take for one name, and Linux for a path. */
const maxNameBytes = 255;
const maxPathBytes = 4096;

/**
 * Why no file below a directory can have a path, or none that stays below it; null where one can. `.` and empty names
 * within it are no fault: they lead nowhere.
 *
 * @param path - with `/` between names.
 */
export function problemOfPath(path: string): string | null {
  if (path === '') return 'its name is empty';
  if (path.includes('\0')) return 'its name holds a NUL character';
  if (/\\|^\w+:|^\/|(^|\/)\.\.(\/|$)/.test(path)) return 'its name leads out of the archive';
  if (/(^|\/)\.?$/.test(path)) return 'its name is that of a directory';
  const longest = Math.max(...path.split('/').map((name) => Buffer.byteLength(name)));
  if (longest > maxNameBytes) return tooLong('a name of', longest, maxNameBytes);
  const length = Buffer.byteLength(path);
  return length > maxPathBytes ? tooLong('a path of', length, maxPathBytes) : null;
}

function tooLong(what: string, bytes: number, most: number): string {
  return `it has ${what} ${bytes} bytes, and file systems take ${most} at most`;
}

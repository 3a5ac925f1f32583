import { beforeAll, expect, test } from 'vitest';
import {
  compressBody,
  decompressBody,
  pageCodecsReady,
} from '#toedit/src/parquet/pages/page-codecs';

beforeAll(pageCodecsReady);

test('a page larger than what WebAssembly is given is decompressed too', () => {
  const bytes = Buffer.alloc(129 * 2 ** 20, 'many texts, all the same; ');
  const content = decompressBody(6, compressBody(6, bytes), bytes.length);
  expect(Buffer.compare(content, bytes)).toBe(0);
});

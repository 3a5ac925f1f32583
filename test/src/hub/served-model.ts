import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../sandbox.ts';
import {
  commitNamed,
  type HubServer,
  type ServedFile,
  type ServedRepository,
} from './hub-server.ts';

/** The files of a model directory of this repository, as the hub would serve them. */
export function tinyFiles(): Map<string, ServedFile> {
  const read = (path: string): Buffer => readFileSync(join(root, 'models/tiny', path));
  return new Map<string, ServedFile>([
    ['.gitattributes', { content: Buffer.from('*.onnx filter=lfs\n') }],
    ['README.md', { content: Buffer.from('# A model\n') }],
    ['config.json', { content: read('config.json') }],
    ['generation_config.json', { content: Buffer.from('{}\n') }],
    ['tokenizer.json', { content: read('tokenizer.json'), isLarge: true }],
    ['tokenizer_config.json', { content: read('tokenizer_config.json') }],
    ['onnx/model.onnx', { content: read('onnx/model.onnx'), isLarge: true }],
  ]);
}

/** Small files in the places of a model's: none of them is read before it is opened. */
export function someFiles(): Map<string, ServedFile> {
  const bytes = (length: number, seed: number): Buffer =>
    Buffer.from(Array.from({ length }, (_, i) => (i * seed) % 251));
  return new Map<string, ServedFile>([
    ['.gitattributes', { content: Buffer.from('*.onnx filter=lfs\n') }],
    ['README.md', { content: Buffer.from('# A model\n') }],
    ['config.json', { content: Buffer.from('{"vocab_size":8}') }],
    ['generation_config.json', { content: Buffer.from('{}\n') }],
    ['tokenizer.json', { content: bytes(3000, 7), isLarge: true }],
    ['tokenizer_config.json', { content: Buffer.alloc(0) }],
    ['onnx/model.onnx', { content: bytes(20_000, 11), isLarge: true }],
  ]);
}

/** Serves files as a model, at the head of its branch main. */
export function serve(
  server: HubServer,
  name: string,
  files: Map<string, ServedFile>,
  commit = commitNamed(name),
): ServedRepository {
  const known = server.repositories.get(name);
  const repository = known ?? { commits: new Map(), refs: new Map() };
  repository.commits.set(commit, files);
  repository.refs.set('main', commit);
  server.repositories.set(name, repository);
  return repository;
}

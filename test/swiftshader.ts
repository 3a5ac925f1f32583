import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Chromium brings both a Vulkan driver that computes on the CPU and Vulkan's loader. */
const chromium = '/usr/lib/chromium';
const driver = join(chromium, 'vk_swiftshader_icd.json');

/** False where there is none; then tests that need WebGPU are skipped, and say so. */
export const hasSwiftShader: boolean = existsSync(driver) && process.platform === 'linux';

if (!hasSwiftShader) console.warn(`skipped: tests of WebGPU need ${driver} (Debian's chromium)`);

/** The environment of a process whose WebGPU is SwiftShader. */
export function withSwiftShader(): Record<string, string> {
  return {
    VK_ICD_FILENAMES: driver,
    LD_LIBRARY_PATH: chromium,
    XDG_RUNTIME_DIR: mkdtempSync(join(tmpdir(), 'toedit-vulkan-')),
  };
}

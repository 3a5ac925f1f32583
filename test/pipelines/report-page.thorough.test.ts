import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findingsOf } from '#toedit/src/report/page/findings';
import { renderPage } from '#toedit/src/report/page/page';
import type { ReportData, RunData } from '#toedit/src/report/page/report-data';
import {
  hostileTexts,
  largeAnalysisData,
  largeRunData,
  largeSelectionData,
} from '../src/report/page/large-run-data.ts';
import { sampleRunData } from '../src/report/page/sample-run-data.ts';

const executable = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const hasChromium = await chromium
  .launch({ executablePath: executable, args: ['--no-sandbox'] })
  .then(async (browser) => await browser.close().then(() => true))
  .catch(() => false);
if (!hasChromium) {
  console.warn(
    `skipped: no Chromium at ${executable} (CHROMIUM names another); apt-get install chromium`,
  );
}
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

function dataOf(
  runs: readonly RunData[],
  analyses: ReportData['analyses'] = [],
  selections: ReportData['selections'] = [],
): ReportData {
  const findings = findingsOf(runs, analyses);
  const writtenAt = '2026-01-02T03:04:05.678Z';
  return { version: '0.1.0', writtenAt, findings, runs, analyses, selections };
}

const pages: readonly (readonly [name: string, data: ReportData])[] = [
  ['a small run', dataOf([sampleRunData()])],
  ['a large run', dataOf([largeRunData()])],
  [
    'runs, an analysis and a selection',
    dataOf([sampleRunData(), largeRunData()], [largeAnalysisData()], [largeSelectionData()]),
  ],
  ['a run with its analysis', dataOf([sampleRunData()], [largeAnalysisData()])],
];

const screens = [
  ['desktop, light', { viewport: { width: 1280, height: 900 }, colorScheme: 'light' }],
  ['desktop, dark', { viewport: { width: 1280, height: 900 }, colorScheme: 'dark' }],
  ['phone, light', { viewport: { width: 390, height: 844 }, colorScheme: 'light' }],
  ['phone, dark', { viewport: { width: 390, height: 844 }, colorScheme: 'dark' }],
  [
    'small phone without JavaScript',
    { viewport: { width: 320, height: 640 }, javaScriptEnabled: false },
  ],
] as const satisfies readonly (readonly [string, BrowserContextOptions])[];

let browser: Browser;
let directory = '';
beforeAll(async () => {
  if (!hasChromium) return;
  directory = mkdtempSync(join(tmpdir(), 'toedit-page-'));
  browser = await chromium.launch({ executablePath: executable, args: ['--no-sandbox'] });
});
afterAll(async () => {
  if (!hasChromium) return;
  await browser.close();
  rmSync(directory, { recursive: true });
});

/** What a page did beside showing itself. */
interface Seen {
  readonly page: Page;
  readonly messages: readonly string[];
  readonly requests: readonly string[];
}

async function open(data: ReportData, options: BrowserContextOptions): Promise<Seen> {
  const path = join(directory, 'report.html');
  writeFileSync(path, renderPage(data, 'report.json'));
  const context = await browser.newContext({ ...options, bypassCSP: false });
  const page = await context.newPage();
  const [messages, requests]: [string[], string[]] = [[], []];
  page.on('console', (message) => messages.push(message.text()));
  page.on('pageerror', (error) => messages.push(error.message));
  page.on('dialog', (dialog) => messages.push(dialog.message()));
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(pathToFileURL(path).href);
  return { page, messages, requests };
}

describe.runIf(hasChromium).each(pages)('%s', (_name, data) => {
  test.each(screens)(
    '%s: is whole, fetches nothing, says nothing, scrolls down only',
    async (_screen, options) => {
      const { page, messages, requests } = await open(data, options);
      const { width } = options.viewport;
      // Without JavaScript the page cannot be asked: its boxes can.
      const boxes = await Promise.all(
        ['header', 'main', 'footer', '#findings', 'figure >> nth=0'].map((part) =>
          page.locator(part).boundingBox(),
        ),
      );
      for (const box of boxes)
        expect((box?.x ?? 0) + (box?.width ?? Number.NaN)).toBeLessThanOrEqual(width);
      const plots = page.getByRole('img');
      expect(await plots.count()).toBeGreaterThanOrEqual(3);
      for (const plot of await plots.all())
        expect((await plot.boundingBox())?.width).toBeLessThanOrEqual(width);
      await page.locator('summary').first().click();
      expect(await page.locator('details[open]').count()).toBe(1);
      expect(await page.getByRole('heading', { level: 1 }).count()).toBe(1);
      expect(messages).toEqual([]);
      expect(requests).toHaveLength(1);
      if (!('javaScriptEnabled' in options)) {
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(
          width,
        );
      }
      await page.context().close();
    },
  );

  test.each(screens.filter(([name]) => !name.includes('without')))(
    '%s: axe-core finds nothing',
    async (_screen, options) => {
      // axe itself is a script, which the page's policy would refuse.
      const { page } = await open(data, { ...options, bypassCSP: true });
      for (const details of await page.locator('summary:visible').all()) await details.click();
      await page.evaluate(axe);
      const { violations } = await page.evaluate<{
        readonly violations: readonly {
          readonly id: string;
          readonly nodes: readonly { readonly html: string }[];
        }[];
      }>('axe.run()');
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`)).toEqual([]);
      await page.context().close();
    },
  );
});

describe.runIf(hasChromium)('a page', () => {
  test('never runs what a text holds, with its policy or without', async () => {
    for (const bypassCSP of [false, true]) {
      const options = { viewport: { width: 1280, height: 900 }, bypassCSP };
      const { page, messages, requests } = await open(dataOf([largeRunData()]), options);
      await page.waitForTimeout(200);
      expect(await page.evaluate('window.attacked')).toBeUndefined();
      expect(
        await page.locator('script, main img, iframe, [onerror], [onload], [onclick]').count(),
      ).toBe(0);
      const text = (await page.locator('body').textContent()) ?? '';
      for (const hostile of hostileTexts) expect(text).toContain(hostile);
      expect({ messages, requests: requests.length }).toEqual({ messages: [], requests: 1 });
      await page.context().close();
    }
  });

  test('can be walked through by keyboard', async () => {
    const { page } = await open(dataOf([sampleRunData()]), {
      viewport: { width: 1280, height: 900 },
    });
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.className')).toBe('skip');
    await page.locator('summary').first().focus();
    await page.keyboard.press('Enter');
    expect(await page.locator('details[open] table').first().isVisible()).toBe(true);
    await page.context().close();
  });

  test('prints its tables, on paper of its own colours', async () => {
    const { page } = await open(dataOf([sampleRunData()]), { colorScheme: 'dark' });
    await page.emulateMedia({ media: 'print' });
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe(
      'rgb(255, 255, 255)',
    );
    const pdf = await page.pdf({ format: 'A4' });
    expect(pdf.length).toBeGreaterThan(10_000);
    await page.context().close();
  });
});

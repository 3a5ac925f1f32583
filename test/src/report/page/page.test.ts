import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findingsOf } from '#toedit/src/report/page/findings';
import { escapeText, html } from '#toedit/src/report/page/html';
import { renderPage } from '#toedit/src/report/page/page';
import type { ReportData, RunData } from '#toedit/src/report/page/report-data';
import { largeAnalysisData, largeRunData, largeSelectionData } from './large-run-data.ts';
import { sampleRunData } from './sample-run-data.ts';

function dataOf(
  runs: readonly RunData[],
  analyses: ReportData['analyses'] = [],
  selections: ReportData['selections'] = [],
): ReportData {
  const findings = findingsOf(runs, analyses);
  const writtenAt = '2026-01-02T03:04:05.678Z';
  return { version: '0.1.0', writtenAt, findings, runs, analyses, selections };
}

test('the JSON file holds all that the page shows: the page can be made of it', () => {
  for (const data of [
    dataOf([sampleRunData()]),
    dataOf([largeRunData(), sampleRunData()], [largeAnalysisData()], [largeSelectionData()]),
  ]) {
    const page = renderPage(data, 'report.json');
    expect(renderPage(JSON.parse(JSON.stringify(data)) as ReportData, 'report.json')).toBe(page);
  }
});

test('eight runs of which everything is as large as it may be are less than 2 MB', () => {
  const page = renderPage(dataOf(Array.from({ length: 8 }, largeRunData)), 'report.json');
  expect(Buffer.byteLength(page)).toBeLessThan(2e6);
});

test('seven analyses and a selection of which everything is as large as it may be are less than 2 MB', () => {
  const analyses = Array.from({ length: 7 }, largeAnalysisData);
  const page = renderPage(dataOf([], analyses, [largeSelectionData()]), 'report.json');
  expect(Buffer.byteLength(page)).toBeLessThan(2e6);
});

test('the ids of a page are unique, and its links lead somewhere', () => {
  const data = dataOf(
    [largeRunData(), sampleRunData()],
    [largeAnalysisData(), largeAnalysisData()],
    [largeSelectionData()],
  );
  const page = renderPage(data, 'report.json');
  const ids = [...page.matchAll(/ id="([^"]*)"/gu)].map(([, id]) => id);
  const links = [...page.matchAll(/ href="#([^"]*)"/gu)].map(([, id]) => id);
  expect(ids.length).toBeGreaterThan(10);
  expect(new Set(ids).size).toBe(ids.length);
  expect(links.filter((link) => !ids.includes(link))).toEqual([]);
});

test('no character of a text is markup', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const escaped = escapeText(text);
      expect(escaped).not.toMatch(/[<>"']|&(?!amp;|lt;|gt;|quot;|#39;)/u);
      expect(html`<p title="${text}">${[text, null, 1]}</p>`.markup).toBe(
        `<p title="${escaped}">${escaped}1</p>`,
      );
    }),
  );
});

test('what only looks like markup is none', () => {
  const forged = JSON.parse('{"markup":"<script>"}') as never;
  expect(html`${forged}`.markup).not.toContain('<script>');
  expect(html`${html`<b>${'<'}</b>`}`.markup).toBe('<b>&lt;</b>');
});

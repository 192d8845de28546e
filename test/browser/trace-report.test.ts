// The report of a trace in headless Chromium, from file://: what is on it, how it is walked, and that it asks for nothing.

import { existsSync, mkdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { Renderer } from 'virgl';
import { render as texturedCube } from '../../examples/textured-cube';
import { render as triangle } from '../../examples/triangle';
import { decode, encode, type EncodableCommand } from '../../lib/protocol';
import { MemoryTrace } from '../../lib/trace';
import { diff, type TraceDiff, writeDiffPage } from '../../lib/trace/diff';
import type { CallRecord } from '../../lib/trace/model';
import { RecordingHost } from '../../lib/trace/record/recording-host';
import { writeReport, type ReportSummary } from '../../lib/trace/report';
import { openPrivateHost } from '../../lib/vtest';

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
];
const OUT = path.join(__dirname, '..', '..', 'out', 'trace-report');
const SIZE = { width: 320, height: 240 };
const META = { writer: '0.0.0', recordedAt: '2026-01-01T00:00:00.000Z', source: 'two examples' };

const recordExamples = async (): Promise<MemoryTrace> => {
  const trace = new MemoryTrace(META);
  const host = new RecordingHost(await openPrivateHost(), trace, { frames: 'none' });
  const renderer = await Renderer.open({ host });
  await triangle(renderer, SIZE, () => {});
  host.markFrame();
  host.mark('the cube begins');
  await texturedCube(renderer, SIZE, () => {});
  host.markFrame();
  await renderer.close();
  await host.close();
  return trace;
};

/** The same with one command changed: the vertices of the triangle lie closer together. */
const withOtherTriangle = (trace: MemoryTrace): MemoryTrace => {
  let isDone = false;
  const records = trace.list.map((record) => {
    if (isDone || record.kind !== 'call' || record.name !== 'submitCmd') return record;
    const { args } = record as CallRecord<'submitCmd'>;
    const commands = [...decode(args.commands as Uint32Array)].map((command): EncodableCommand => {
      if (command.name !== 'SET_VERTEX_BUFFERS') return command;
      isDone = true;
      const buffers = command.fields.buffers.map((buffer) => ({ ...buffer, stride: 16 }));
      return { name: command.name, fields: { buffers } };
    });
    return { ...record, args: { ...args, commands: encode(commands) } } as CallRecord;
  });
  return new MemoryTrace(trace.meta, records);
};

const isSkipped = !existsSync(CHROMIUM) && process.env['VIRGL_REQUIRE_BROWSER'] !== '1';

if (isSkipped) process.stderr.write(`tests of the report are skipped: there is no ${CHROMIUM}\n`);
(isSkipped ? describe.skip : describe)('the report of a trace', () => {
  let browser: Browser | undefined;
  let page: Page;
  let trace: MemoryTrace;
  let summary: ReportSummary;
  const requests: string[] = [];
  const complaints: string[] = [];

  const open = async (file: string, hash = ''): Promise<void> => {
    await page.goto('about:blank');
    await page.goto(`file://${file}${hash}`);
    await page.waitForSelector('body[data-ready=true]');
  };

  beforeAll(async () => {
    mkdirSync(OUT, { recursive: true });
    trace = await recordExamples();
    summary = await writeReport(trace, OUT, { host: await openPrivateHost() });
    browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
    page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    page.on('request', (request) => requests.push(request.url()));
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    await open(summary.file);
  });
  afterAll(() => browser?.close());

  test('shows the frames as a strip of pictures', async () => {
    expect(summary.notices).toEqual([]);
    expect(await page.locator('.frame').count()).toBe(2);
    const sizes = await page
      .locator('.frame img')
      .evaluateAll((images) =>
        images.map((image) => (image as unknown as { naturalWidth: number }).naturalWidth),
      );
    expect(sizes).toEqual([160, 160]);
    await page.screenshot({ path: path.join(OUT, 'frames.png') });
  });

  test('shows a draw: the target before and after, state, shaders, vertices', async () => {
    await page.locator('.frame').nth(0).click();
    await page.locator('.entry.draw').first().click();
    await page.screenshot({ path: path.join(OUT, 'triangle.png') });
    const captions = await page.locator('main > .pictures figcaption').allTextContents();
    expect(captions).toEqual(['Target before · 320×240', 'Target after · 320×240']);
    const [before, after] = await page
      .locator('main > .pictures img')
      .evaluateAll((images) => images.map((image) => image.getAttribute('src')));
    expect(after).not.toBe(before);
    const titles = await page.locator('details.section > summary').allTextContents();
    expect(titles.join()).toMatch(/Shaders.*Vertices and indices.*Framebuffer.*Rasterizer/);
    const rows = await page
      .locator('details.section', { hasText: 'Vertices and indices' })
      .locator('tbody tr')
      .allTextContents();
    expect(rows).toEqual(['00, 0.81, 0, 0', '1-0.8, -0.80, 1, 0', '20.8, -0.80, 0, 1']);
    expect(await page.locator('pre.code').textContent()).toContain('DCL OUT[0]');
  });

  test('shows textures with their levels', async () => {
    await page.locator('.frame').nth(1).click();
    await page.locator('.entry.draw').first().click();
    const textures = page.locator('details.section', { hasText: 'Textures' });
    await textures.locator('summary').click();
    const captions = await textures.locator('figcaption').allTextContents();
    expect(captions).toHaveLength(9);
    expect(captions[0]).toContain('R8G8B8A8_UNORM, level 0 · 256×256');
    await page.screenshot({ path: path.join(OUT, 'cube.png') });
    await textures.scrollIntoViewIfNeeded();
    await page.screenshot({ path: path.join(OUT, 'textures.png') });
  });

  test('finds commands, shaders and markers', async () => {
    const search = page.locator('input[type=search]');
    await search.fill('SVIEW[0], 2D');
    expect(await page.locator('.entry').allTextContents()).toEqual([
      expect.stringContaining('CREATE_OBJECT SHADER'),
      expect.stringContaining('DRAW_VBO'),
    ]);
    await page.screenshot({ path: path.join(OUT, 'search.png') });
    await search.fill('cube begins');
    expect(await page.locator('.entry.marker').count()).toBe(1);
    await search.fill('');
  });

  test('links into it work on load, and arrow keys walk', async () => {
    const numbers = await page
      .locator('.entry.draw')
      .evaluateAll((entries) => entries.map((entry) => entry.getAttribute('data-command')));
    await open(summary.file, `#frame=1&command=${numbers[0]}`);
    expect(await page.locator('main h2').textContent()).toBe('DRAW_VBO');
    expect(await page.locator('.frame[aria-current=true] .name').textContent()).toMatch(/^1/);
    await page.keyboard.press('ArrowUp');
    expect(await page.locator('main h2').textContent()).toBe('CLEAR');
    await page.keyboard.press('ArrowLeft');
    expect(await page.locator('main h2').textContent()).toBe('Frame 0');
    await open(summary.file, '#command=99999');
    expect(await page.locator('main .notice').textContent()).toContain('Command 99999 is not on this page');
  });

  test('flips pictures for those who begin at the bottom', async () => {
    await open(summary.file, '#frame=1');
    const transformOf = () =>
      page.evaluate<string>("getComputedStyle(document.querySelector('.thumb img')).transform");
    expect(await transformOf()).toBe('none');
    await page.locator('#flip').check();
    expect(await transformOf()).toBe('matrix(1, 0, 0, -1, 0, 0)');
  });

  test('works without a replay, in the dark, and on a narrow screen', async () => {
    const folder = path.join(OUT, 'records-only');
    const plain = await writeReport(trace, folder);
    expect(plain.pictures).toBe(0);
    await page.emulateMedia({ colorScheme: 'dark' });
    await open(plain.file, '#frame=0');
    await page.locator('.entry.draw').first().click();
    const rows = await page
      .locator('details.section', { hasText: 'Vertices and indices' })
      .locator('tbody tr')
      .allTextContents();
    expect(rows[0]).toBe('00, 0.81, 0, 0');
    await open(summary.file, '#frame=1');
    await page.locator('.entry.draw').first().click();
    await page.screenshot({ path: path.join(OUT, 'dark.png') });
    await page.setViewportSize({ width: 420, height: 900 });
    await page.screenshot({ path: path.join(OUT, 'narrow.png') });
  });

  test('a diff shows commands, state and pixels', async () => {
    const hosts = [await openPrivateHost(), await openPrivateHost()] as const;
    let result: TraceDiff;
    try {
      result = await diff(trace, withOtherTriangle(trace), { hosts });
    } finally {
      for (const host of hosts) await host.close();
    }
    expect(result).toMatchObject({ equal: false, changeCount: 1, frames: { a: 2, b: 2, equal: 1 } });
    expect(result.changes[0].fields).toEqual([{ field: 'buffers[0].stride', a: '20', b: '16' }]);
    expect(result.state?.slots).toEqual([{ field: 'vertexBuffers[0].stride', a: '20', b: '16' }]);
    const [pixels] = result.pixels?.different ?? [];
    expect(result.pixels?.compared).toBe(2);
    expect(pixels).toMatchObject({ a: 0, b: 0, total: 320 * 240 });
    expect(pixels.differing).toBeGreaterThan(1000);
    await page.setViewportSize({ width: 1400, height: 900 });
    await page.emulateMedia({ colorScheme: 'light' });
    await page.goto(`file://${writeDiffPage(result, path.join(OUT, 'diff'), ['good', 'bad'])}`);
    expect(await page.locator('figure img').count()).toBe(3);
    await page.screenshot({ path: path.join(OUT, 'diff.png'), fullPage: true });
  });

  test('equal traces have equal pixels', async () => {
    const hosts = [await openPrivateHost(), await openPrivateHost()] as const;
    try {
      const result = await diff(trace, trace, { hosts });
      expect(result).toMatchObject({ equal: true, pixels: { compared: 2, different: [] } });
    } finally {
      for (const host of hosts) await host.close();
    }
  });

  test('is one file that asks for nothing and complains of nothing', () => {
    expect(requests.filter((url) => !/^(file:.*index\.html|about:|data:)/.test(url))).toEqual([]);
    expect(complaints).toEqual([]);
    expect(statSync(summary.file).size).toBe(summary.sizeBytes);
    expect(summary.sizeBytes).toBeLessThan(400_000);
  });
});

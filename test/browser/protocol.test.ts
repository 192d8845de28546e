// virgl/protocol and virgl/shader in headless Chromium: the same bytes as here.

import { build } from 'esbuild';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { checkStream, printStream } from '../../lib/protocol';
import { fixtureBuffers, fixtureNames } from '../protocol/fixture-streams';
import type * as entry from './entry';

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

// What the functions below find in the page.
declare const virgl: typeof entry;

interface Outcome {
  decoded: number;
  encoded: number[];
  assembled: number[];
  fromJson: number[];
  text: string;
  findings: number;
}

const inPage = (bytes: number[]): Outcome => {
  const {
    assemble,
    checkStream: check,
    decode,
    encode,
    fromJson,
    printStream: print,
    toJson,
  } = virgl.protocol;
  const stream = Uint8Array.from(bytes);
  const commands = [...decode(stream)];
  const text = print(commands);
  return {
    decoded: commands.length,
    encoded: [...encode(commands)],
    assembled: [...assemble(text)],
    fromJson: [...encode(fromJson(JSON.parse(JSON.stringify(toJson(commands)))))],
    text,
    findings: check(stream).length,
  };
};

const bundle = async (): Promise<string> => {
  const { outputFiles, warnings } = await build({
    entryPoints: [path.join(__dirname, 'entry.ts')],
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'virgl',
    platform: 'browser',
  });
  expect(warnings).toEqual([]);
  return outputFiles[0]?.text ?? '';
};

// Not everybody who runs the tests wants a browser installed; VIRGL_REQUIRE_BROWSER=1 makes it a failure, as in CI.
const isSkipped = !existsSync(CHROMIUM) && process.env['VIRGL_REQUIRE_BROWSER'] !== '1';
if (isSkipped) {
  console.log(
    `skipped: ${CHROMIUM} is missing. Install it by scripts/setup.sh --browser, or name another with CHROMIUM`,
  );
}

(isSkipped ? describe.skip : describe)('in Chromium', () => {
  let browser: Browser | undefined;
  let page: Page;

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
    page = await browser.newPage();
    await page.addScriptTag({ content: await bundle() });
  });
  afterAll(() => browser?.close());

  test.each(fixtureNames())('%s gives the same bytes, text and findings', async (name) => {
    const [bytes = new Uint8Array()] = fixtureBuffers(name);
    const dwords = [...new Uint32Array(bytes.slice().buffer)];
    const outcome = await page.evaluate(inPage, [...bytes]);
    expect(outcome.decoded).toBeGreaterThan(1);
    expect(outcome.encoded).toEqual(dwords);
    expect(outcome.assembled).toEqual(dwords);
    expect(outcome.fromJson).toEqual(dwords);
    expect(outcome.text).toBe(printStream(bytes));
    expect(outcome.findings).toBe(checkStream(bytes).length);
  });

  test('explain and the shader tools work', async () => {
    const found = await page.evaluate(() => ({
      title: virgl.protocol.explain(786440)[0]?.title,
      shader: virgl.shader.printTgsi(virgl.shader.parseTgsi('FRAG\nDCL OUT[0], COLOR\nEND\n')),
    }));
    expect(found.title).toBe('DRAW_VBO, 12 dwords');
    expect(found.shader).toMatch(/^FRAG\nDCL OUT\[0\], COLOR\n/);
  });
});

import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import chromiumBinary from '@sparticuz/chromium';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

/** Launches headless Chromium, installed from npm. Close it at the end of the tests. */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = await chromiumBinary.executablePath();
  const libraries = await nssLibraries();
  // Not `chromium.args`, because they disable web security, and tests of Host, Origin and CORS could then never fail.
  return await chromium.launch({
    executablePath,
    args: ['--no-sandbox'],
    headless: true,
    timeout: 180_000,
    ...(libraries === undefined
      ? {}
      : { env: { ...process.env, LD_LIBRARY_PATH: `${libraries}:${process.env['LD_LIBRARY_PATH'] ?? ''}` } }),
  });
}

/** A page whose errors are recorded. */
export interface WatchedPage {
  readonly page: Page;
  /** Exceptions, console errors and Content Security Policy violations, in order. */
  readonly errors: readonly string[];
  close(): Promise<void>;
}

/** Opens a 1440 × 900 pixel page in a new English-language context and records its errors. */
export async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<WatchedPage> {
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    colorScheme: 'dark',
    locale: 'en-US',
    ...options,
  });
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  return { page, errors, close: () => context.close() };
}

/**
 * Returns a directory with libnss3, which Chromium links against and minimal systems lack, or `undefined` if the system
 * has it.
 */
async function nssLibraries(): Promise<string | undefined> {
  if (process.platform !== 'linux' || SYSTEM_LIBRARIES.some((directory) => existsSync(join(directory, 'libnss3.so'))))
    return undefined;
  const target = join(tmpdir(), 'otelier-chromium-libraries');
  if (existsSync(join(target, 'lib', 'libnss3.so'))) return join(target, 'lib');
  const archive = join(
    import.meta.dirname,
    '..',
    '..',
    '..',
    'node_modules',
    '@sparticuz',
    'chromium',
    'bin',
    'al2023.tar.br',
  );
  for (const { name, data } of readTar(brotliDecompressSync(readFileSync(archive)))) {
    const path = join(target, name);
    await mkdir(join(path, '..'), { recursive: true });
    await writeFile(path, data);
  }
  return join(target, 'lib');
}

const SYSTEM_LIBRARIES = [
  '/usr/lib',
  '/usr/lib64',
  '/lib64',
  '/usr/lib/x86_64-linux-gnu',
  '/usr/lib/aarch64-linux-gnu',
];
const BLOCK = 512;

/** Yields the regular files of a tar archive. */
function* readTar(archive: Buffer): Generator<{ readonly name: string; readonly data: Buffer }> {
  for (let offset = 0; offset + BLOCK <= archive.length; ) {
    const name = archive.toString('utf8', offset, offset + 100).replace(/\0.*$/s, '');
    if (name === '') return;
    const size = Number.parseInt(archive.toString('ascii', offset + 124, offset + 136), 8) || 0;
    const type = archive.toString('ascii', offset + 156, offset + 157);
    const data = archive.subarray(offset + BLOCK, offset + BLOCK + size);
    if (type === '0' || type === '\0') yield { name: name.replace(/^(\.\/)+/, ''), data };
    offset += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
}

import { execFile } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliDecompressSync } from 'node:zlib';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

/** Launches headless Chromium, installed from npm. Close it at the end of the tests. */
export async function launchBrowser(): Promise<Browser> {
  const directory = await extractChromium();
  const libraries = join(directory, 'nss', 'lib');
  // Not the package's own arguments, because they disable web security, and tests of Host, Origin and CORS could then
  // never fail.
  return await chromium.launch({
    executablePath: join(directory, 'chromium'),
    args: ['--no-sandbox'],
    headless: true,
    timeout: 180_000,
    ...(existsSync(libraries)
      ? { env: { ...process.env, LD_LIBRARY_PATH: `${libraries}:${process.env['LD_LIBRARY_PATH'] ?? ''}` } }
      : {}),
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

const ARCHIVES = join(import.meta.dirname, '..', '..', '..', 'node_modules', '@sparticuz', 'chromium', 'bin');

/**
 * Returns the directory with Chromium, which the first caller on a machine extracts. Others may start at the same time,
 * so the files appear in one step: an executable that is still being written cannot be started.
 */
async function extractChromium(): Promise<string> {
  const directory = join(tmpdir(), `otelier-chromium-${statSync(join(ARCHIVES, 'chromium.br')).size}`);
  if (existsSync(directory)) return directory;
  const partial = await mkdtemp(join(tmpdir(), 'otelier-chromium-partial-'));
  try {
    // In a process of its own, because the package extracts into the temporary directory of its process.
    const script = `import chromium from ${JSON.stringify(import.meta.resolve('@sparticuz/chromium'))};
      await chromium.executablePath();`;
    const env = { ...process.env, TMPDIR: partial };
    await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { env });
    if (lacksNss()) await extractNss(join(partial, 'nss'));
    await rename(partial, directory);
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    // Another process was faster.
    if (!existsSync(directory)) throw error;
  }
  return directory;
}

/** Returns whether the system lacks libnss3, which Chromium links to. */
function lacksNss(): boolean {
  return (
    process.platform === 'linux' && !SYSTEM_LIBRARIES.some((directory) => existsSync(join(directory, 'libnss3.so')))
  );
}

async function extractNss(target: string): Promise<void> {
  const archive = brotliDecompressSync(readFileSync(join(ARCHIVES, 'al2023.tar.br')));
  for (const { name, data } of readTar(archive)) {
    const path = join(target, name);
    await mkdir(join(path, '..'), { recursive: true });
    await writeFile(path, data);
  }
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

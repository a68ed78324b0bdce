import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, describe, type TestContext, test } from 'node:test';
import { openStore } from '@otelier/store';
import { launchBrowser, openPage } from '@otelier/testkit/browser';
import type { LogsJson } from '@otelier/testkit/otlp-json';
import { batchOf } from '@otelier/testkit/request-codec';
import type { Browser, Page } from 'playwright-core';
import { type Gateway, startGateway, tempDirectory } from './gateway.ts';

/** Secrets in the queried tenant's store, in another tenant's store, and in a file next to the store. */
const OWN = 'own-secret-1f7a';
const FOREIGN = 'foreign-secret-93bc';
const FILE = 'file-secret-c05d';
const PATHS = [
  ...['/', '/traces', '/index.html', '/openapi.json', '/healthz', '/api/v1/status', '/api/v1/services', '/api/v1/logs'],
  ...['/api/v1/logs/tail', '/api/v1/pipeline/stream', '/api/v1/export?signal=logs', '/api/v1/nothing'],
];

const root = await tempDirectory({ after });
const gateway = await startWithSecrets();
const port = Number(new URL(gateway.url).port);

async function startWithSecrets(): Promise<Gateway> {
  await writeFile(join(root, 'secret.csv'), `a,b\n${FILE},1\n`);
  const directory = join(root, 'store');
  // Flushed to files, because rows in the journal cannot be read by path.
  const store = await openStore({ directory, rowsPerFile: 1000 });
  for (const [tenant, secret] of [
    ['default', OWN],
    ['other', FOREIGN],
  ] as const) {
    await store.append(batchOf('logs', logsWith(secret), { tenant }));
  }
  await store.flush();
  await store.close();
  return await startGateway({ after }, { directory });
}

function logsWith(body: string): LogsJson {
  const now = BigInt(Date.now()) * 1_000_000n;
  const logRecords = Array.from({ length: 1200 }, (_, i) => ({
    timeUnixNano: String(now + BigInt(i)),
    body: { stringValue: body },
  }));
  const attributes = [{ key: 'service.name', value: { stringValue: 'secretive' } }];
  return { resourceLogs: [{ resource: { attributes }, scopeLogs: [{ logRecords }] }] };
}

interface Response {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/**
 * Sends a request with any headers, including those that `fetch` forbids. Of an endless response, reads only the first
 * chunk.
 */
function ask(path: string, headers: Record<string, string>, method = 'GET', body = ''): Promise<Response> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, method, headers }, (response) => {
      const chunks: Buffer[] = [];
      const done = (): void => {
        asked.destroy();
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString('utf8'),
        });
      };
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        if (response.headers['content-type']?.startsWith('text/event-stream')) done();
      });
      response.on('end', done);
      response.on('error', reject);
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

function assertRefused(response: Response, what: string): void {
  assert.ok(response.status >= 400 && response.status < 500, `${what} returned ${response.status}`);
  assert.ok(!response.body.includes(OWN), `${what} discloses telemetry`);
  assertNoCors(response, what);
}

/** Asserts that no header allows a page from another origin to read the response. */
function assertNoCors({ headers }: Response, what: string): void {
  const cors = Object.keys(headers).filter((name) => name.startsWith('access-control-'));
  assert.deepEqual(cors, [], what);
}

describe('the page and the API', () => {
  test('accept their own host name, so that the rejections below are meaningful', async () => {
    for (const path of PATHS.filter((path) => !path.endsWith('/nothing') && !path.endsWith('/tail'))) {
      const response = await ask(path, { host: `127.0.0.1:${port}` });
      assert.equal(response.status, 200, path);
      assertNoCors(response, path);
    }
    assert.ok((await ask('/api/v1/logs', { host: `localhost:${port}` })).body.includes(OWN));
  });

  for (const host of [
    'evil.test',
    'evil.test:PORT',
    '127.0.0.1.evil.test:PORT',
    'localhost.evil.test',
    '192.168.1.7',
  ]) {
    test(`reject the host ${host}, which an attacker could resolve to this address (DNS rebinding)`, async () => {
      const headers = { host: host.replace('PORT', String(port)) };
      for (const path of PATHS) assertRefused(await ask(path, headers), `${path} as ${host}`);
      assertRefused(await askSql(`SELECT body FROM logs`, headers), `SQL as ${host}`);
    });
  }

  for (const origin of ['http://evil.test', 'null', 'http://127.0.0.1:1', 'http://localhost', 'file://']) {
    test(`reject requests from a page of ${origin}`, async () => {
      const headers = { host: `127.0.0.1:${port}`, origin };
      for (const path of PATHS) assertRefused(await ask(path, headers), `${path} from ${origin}`);
      assertRefused(await askSql('SELECT body FROM logs', headers), `SQL from ${origin}`);
      const asksFirst = { ...headers, 'access-control-request-method': 'POST' };
      assertRefused(await ask('/api/v1/sql', asksFirst, 'OPTIONS'), `a preflight from ${origin}`);
    });
  }

  test('hide telemetry from a foreign page in a real browser', async (t) => {
    const { page } = await openPage(await browserFor(t));
    // The page itself is allowed, so that the rejections below are meaningful. Frames and inline scripts are not.
    await page.goto(gateway.url);
    const own = await tryToRead(page);
    assert.deepEqual(own, { plain: 'read', form: 'nothing', json: 'read', stream: 'read', frame: 'nothing' });
    await page.goto(await elsewhere(t));
    const foreign = await tryToRead(page);
    assert.deepEqual(foreign, {
      plain: 'refused',
      form: 'refused',
      json: 'refused',
      stream: 'refused',
      frame: 'nothing',
    });
  });
});

/** Tries every way in which a page could read from the gateway, and returns the results. */
async function tryToRead(page: Page): Promise<Readonly<Record<string, string>>> {
  return await page.evaluate(
    async ([target, secret]) => {
      const outcomeOf = (promise: Promise<string>): Promise<string> =>
        promise.then(
          (text) => (text.includes(secret) ? 'read' : 'nothing'),
          () => 'refused',
        );
      const textOf = (path: string, init: RequestInit = {}): Promise<string> =>
        fetch(target + path, init).then((response) => response.text());
      const post = { method: 'POST', body: JSON.stringify({ statement: 'SELECT body FROM logs LIMIT 1' }) };
      const stream = (): Promise<string> =>
        new Promise((resolve, reject) => {
          const source = new EventSource(`${target}/api/v1/pipeline/stream`);
          source.onopen = () => resolve(secret);
          source.onerror = () => reject(new Error('refused'));
        });
      const frame = (): Promise<string> =>
        new Promise((resolve) => {
          const element = document.createElement('iframe');
          element.src = `${target}/api/v1/logs`;
          element.onload = () => resolve(element.contentDocument?.body.textContent ?? '');
          document.body.append(element);
        });
      return {
        plain: await outcomeOf(textOf('/api/v1/logs')),
        form: await outcomeOf(textOf('/api/v1/sql', post)),
        json: await outcomeOf(textOf('/api/v1/sql', { ...post, headers: { 'content-type': 'application/json' } })),
        stream: await outcomeOf(stream()),
        frame: await outcomeOf(frame()),
      };
    },
    [gateway.url, OWN] as const,
  );
}

async function browserFor(t: TestContext): Promise<Browser> {
  const browser = await launchBrowser();
  t.after(() => browser.close());
  return browser;
}

/** Starts a server that serves a page from another origin. */
async function elsewhere(t: TestContext): Promise<string> {
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>elsewhere</title>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

function askSql(statement: string, headers: Record<string, string>): Promise<Response> {
  const json = { ...headers, 'content-type': 'application/json' };
  return ask('/api/v1/sql', json, 'POST', JSON.stringify({ statement }));
}

describe('SQL through the API', () => {
  const sql = (statement: string): Promise<Response> => askSql(statement, { host: `127.0.0.1:${port}` });

  test('reads only the telemetry of its tenant', async () => {
    const { status, body } = await sql('SELECT body, count(*)::INTEGER FROM logs GROUP BY body');
    assert.equal(status, 200, body);
    assert.deepEqual(JSON.parse(body).rows, [[OWN, 1200]]);
  });

  test('cannot read files or other tenants with any statement', async () => {
    const parquet = (await readdir(join(root, 'store'), { recursive: true })).filter((f) => f.endsWith('.parquet'));
    assert.ok(parquet.length >= 2, 'expected files of both tenants');
    const csv = join(root, 'secret.csv');
    const files = [csv, '/etc/passwd', ...parquet.map((name) => join(root, 'store', name))];
    const statements = [
      ...files.flatMap((file) => readingStatements(file)),
      ...[
        "SELECT * FROM glob('/etc/*')",
        'PRAGMA database_list',
        'SELECT * FROM duckdb_views()',
        'CALL duckdb_settings()',
      ],
      ...["SELECT getenv('PATH')", "SELECT current_setting('allowed_directories')", 'SELECT * FROM duckdb_settings()'],
      ...['INSTALL httpfs', 'LOAD httpfs', 'SET enable_external_access = true', 'RESET allowed_paths'],
      ...['CREATE TABLE t AS SELECT 1', 'DROP VIEW logs', 'INSERT INTO logs SELECT * FROM logs', 'DELETE FROM logs'],
      ...["ATTACH '/tmp/x.db'", "EXPORT DATABASE '/tmp/x'", 'SELECT 1; SELECT 2', 'BEGIN', 'CHECKPOINT'],
      ...["SELECT * FROM query('SELECT 1')", "SELECT * FROM query_table('logs')", 'EXPLAIN ANALYZE SELECT 1'],
    ];
    for (const statement of statements) {
      const { status, body } = await sql(statement);
      assert.ok(!body.includes(FOREIGN) && !body.includes(FILE) && !body.includes('root:'), `${statement}: ${body}`);
      assert.equal(status, 400, `${statement}: ${body}`);
      assert.match(JSON.parse(body).error.message, /^SQL: /, statement);
    }
    const { body } = await sql('SELECT count(*)::INTEGER FROM logs');
    assert.deepEqual(JSON.parse(body).rows, [[1200]], 'a statement changed the data');
  });
});

/** Returns statements by which DuckDB would read or write a file. */
function readingStatements(file: string): string[] {
  const quoted = `'${file}'`;
  return [
    ...[`SELECT * FROM ${quoted}`, `SELECT * FROM "${file}"`, `FROM ${quoted}`, `DESCRIBE SELECT * FROM ${quoted}`],
    ...['read_csv', 'read_csv_auto', 'read_text', 'read_blob', 'read_json', 'read_parquet', 'parquet_scan'].map(
      (name) => `SELECT * FROM ${name}(${quoted})`,
    ),
    `SELECT * FROM logs, (SELECT * FROM read_blob(${quoted}))`,
    `WITH logs AS (FROM read_text(${quoted})) SELECT * FROM logs`,
    `SELECT (SELECT content FROM read_text(${quoted}))`,
    `COPY logs TO ${quoted}`,
    `COPY (SELECT 1) TO ${quoted}`,
    `ATTACH ${quoted} AS x`,
    `SELECT * FROM parquet_metadata(${quoted})`,
    `SELECT * FROM sniff_csv(${quoted})`,
  ];
}

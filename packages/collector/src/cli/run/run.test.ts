import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Ended, FREE_PORTS, otelier, WORKSPACE, withTempDirectory } from '../otelier.testing.ts';

async function rows(data: string, statement: string): Promise<readonly Record<string, unknown>[]> {
  const { code, stdout, stderr } = await otelier(['query', '--json', '--data', data, statement]);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

interface RunOptions {
  readonly cwd?: string;
  readonly args?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** Runs a script with its own store. The instrumentation is resolved from `cwd`. */
async function run(
  directory: string,
  script: string,
  { cwd = directory, args = [], environment = {} }: RunOptions = {},
): Promise<Ended & { readonly data: string }> {
  const file = join(directory, 'greeter.cjs');
  await writeFile(file, script);
  const data = join(directory, 'data');
  const ended = await otelier(['run', '--data', data, ...FREE_PORTS, ...args, '--', process.execPath, file], {
    cwd,
    environment,
  });
  return { ...ended, data };
}

const SERVER_AND_CLIENT = `
const http = require('node:http');
console.log('service is ' + process.env.OTEL_SERVICE_NAME);
console.error('careful');
console.error(new Error('logged'));
console.log(JSON.stringify({ level: 40, msg: 'as pino writes it' }));
const server = http.createServer((_, response) => response.end('hi'));
server.listen(0, '127.0.0.1', () => {
  http.get({ port: server.address().port, host: '127.0.0.1', path: '/hello' }, (response) => {
    response.resume().on('end', () => server.close(() => { process.exitCode = 7; }));
  });
});`;

test('traces a script, collects its output as logs, and exits with its code', () =>
  withTempDirectory(async (directory) => {
    const { code, stdout, stderr, data } = await run(directory, SERVER_AND_CLIENT, { cwd: WORKSPACE });
    assert.equal(code, 7, stderr);
    // Only the script's output.
    assert.equal(stdout, 'service is greeter\n{"level":40,"msg":"as pino writes it"}\n');
    assert.match(stderr, /^otelier: Instrumented by @opentelemetry\/auto-instrumentations-node\. Page: http:/m);
    assert.match(stderr, /^careful$/m);
    assert.match(stderr, new RegExp(`^otelier: Drained in .* Open it again with: otelier --data ${data}$`, 'm'));

    assert.deepEqual(
      await rows(
        data,
        `select split_part(body, chr(10), 1) as first, contains(body, ' at Object.') as trace, severity_number as severity,
          service_name, (attributes->>'log.iostream') as stream from logs order by stream desc, first desc`,
      ),
      [
        { first: '{"level":40,"msg":"as pino writes it"}', trace: false, severity: 13, stream: 'stdout' },
        { first: 'service is greeter', trace: false, severity: 9, stream: 'stdout' },
        { first: 'careful', trace: false, severity: 17, stream: 'stderr' },
        { first: 'Error: logged', trace: true, severity: 17, stream: 'stderr' },
      ].map((row) => ({ ...row, service_name: 'greeter' })),
    );
    assert.deepEqual(
      await rows(data, "select kind, service_name from spans where kind in ('SERVER', 'CLIENT') order by kind"),
      [
        { kind: 'CLIENT', service_name: 'greeter' },
        { kind: 'SERVER', service_name: 'greeter' },
      ],
    );
  }));

test('prefers --name over the service name of the environment', () =>
  withTempDirectory(async (directory) => {
    const script = 'console.log(process.env.OTEL_SERVICE_NAME)';
    const environment = { OTEL_SERVICE_NAME: 'of-the-environment' };
    assert.equal((await run(directory, script, { environment })).stdout, 'of-the-environment\n');
    assert.equal((await run(directory, script, { environment, args: ['--name', 'given'] })).stdout, 'given\n');
  }));

test('keeps SDK variables of the user and warns if telemetry goes elsewhere', () =>
  withTempDirectory(async (directory) => {
    const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1', OTEL_TRACES_EXPORTER: 'none' };
    const script =
      'console.log(process.env.OTEL_EXPORTER_OTLP_ENDPOINT, process.env.OTEL_TRACES_EXPORTER); process.exit(0)';
    const { stdout, stderr } = await run(directory, script, { environment });
    assert.equal(stdout, 'http://127.0.0.1:1 none\n');
    assert.match(
      stderr,
      /OTEL_EXPORTER_OTLP_ENDPOINT is set, so the application sends to http:\/\/127\.0\.0\.1:1, not here/,
    );
  }));

test('exits with the code of shells for an application ended by a signal', () =>
  withTempDirectory(async (directory) => {
    assert.equal((await run(directory, "process.kill(process.pid, 'SIGKILL')")).code, 128 + 9);
  }));

test('reports a missing program and stops everything', () =>
  withTempDirectory(async (directory) => {
    const args = ['run', '--data', join(directory, 'data'), ...FREE_PORTS, '--', 'no-such-program-at-all'];
    const { code, stderr } = await otelier(args, { cwd: directory });
    assert.equal(code, 1);
    assert.match(stderr, /^otelier: There is no program "no-such-program-at-all" on the path\.$/m);
  }));

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { DATABASE_FILE, openIdentity } from '@otelier/identity';
import { ACCEPTED } from '@otelier/otlp';
import { generateKeyPair } from '@otelier/sdk/seal';
import { createCertificates } from '@otelier/testkit/certificates';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import type { Command } from 'commander';
import { otlpHttp } from '../../exporters/otlp_http.ts';
import { fileStorage } from '../../extensions/file_storage.ts';
import { FREE_PORTS, fillStore, type Running, startOtelier, WORKSPACE, withTempDirectory } from '../otelier.testing.ts';
import { examplesOf } from './examples.ts';
import { createProgram } from './program.ts';

const BIN = fileURLToPath(new URL('../../../bin/otelier.js', import.meta.url));
const run = promisify(execFile);

/** Returns a command and all its subcommands that the help shows. */
function allOf(command: Command): Command[] {
  return [command, ...command.createHelp().visibleCommands(command).flatMap(allOf)];
}

const commands = allOf(createProgram());

test('every command has a description and an example', () => {
  for (const command of commands) {
    assert.ok(command.description().length > 0, command.name());
    if (command.commands.length === 0) assert.ok(examplesOf(command).length > 0, command.name());
    for (const option of command.options) assert.ok(option.description.length > 0, `${command.name()} ${option.flags}`);
  }
});

/** Prepares the files that the examples name. */
async function prepare(directory: string): Promise<void> {
  const file = (name: string, text: string, mode = 0o644) => writeFile(join(directory, name), text, { mode });
  await mkdir(join(directory, 'bin'));
  // "$OTELIER_TEST_ARGS" is empty, or replaces the ports of an example that starts a process.
  await file('bin/otelier', `#!/bin/sh\nexec '${process.execPath}' '${BIN}' "$@" $OTELIER_TEST_ARGS\n`, 0o755);
  await file('bin/node', `#!/bin/sh\nexec '${process.execPath}' "$@"\n`, 0o755);
  await file('sealed.jsonl', 'not sealed\n');
  await file('team.key', `${(await generateKeyPair()).privateKey}\n`);
  await file('app.js', "console.log('hello from app.js')\n");
  await file(
    'otelier.yaml',
    'receivers: {otlp: {protocols: {grpc: , http: }}}\nexporters: {nop: }\nextensions: {workbench: }\nservice: {extensions: [workbench], pipelines: {traces: {receivers: [otlp], exporters: [nop]}}}\n',
  );
  await file(
    'otelier.test.yaml',
    'config: otelier.yaml\ntests: [{name: one span, pipeline: traces, given: [{spans: [{name: a}]}], expect: [{count: 1}]}]\n',
  );
  await file(
    'promtail.yaml',
    'clients: [{url: http://127.0.0.1:3100/loki/api/v1/push}]\nscrape_configs: [{static_configs: [{labels: {__path__: /var/log/*.log}}]}]\n',
  );
  await file(
    'collector.yaml',
    'apiVersion: opentelemetry.io/v1beta1\nkind: OpenTelemetryCollector\nmetadata: {name: gateway}\nspec: {config: {receivers: {otlp: {protocols: {http: }}}, exporters: {debug: }, service: {pipelines: {traces: {receivers: [otlp], exporters: [debug]}}}}}\n',
  );
  await file(
    'gateway.yaml',
    'receivers: {otlp: {protocols: {http: {tls: {acme: acme}}}}}\nexporters: {nop: }\nextensions: {acme: {names: [telemetry.example.com], terms_of_service_agreed: true, directory: acme, challenge: {endpoint: "127.0.0.1:0"}}}\nservice: {extensions: [acme], pipelines: {traces: {receivers: [otlp], exporters: [nop]}}}\n',
  );
  const { server } = await createCertificates();
  await mkdir(join(directory, 'acme'));
  await file('acme/account-key.pem', server.key, 0o600);
  await file('acme/certificate.pem', `${server.key}${server.cert}`, 0o600);
  await mkdir(join(directory, 'rules'));
  await file('rules/up.yml', 'groups: [{name: up, rules: [{alert: Down, expr: up == 0}]}]\n');
  await file('rules_test.yml', 'rule_files: [rules/*.yml]\ntests: [{alert_rule_test: [{alertname: Down}]}]\n');
  const guide = await readFile(join(WORKSPACE, 'docs/guide/sampling.md'), 'utf8');
  await file('sampling.yaml', /^```yaml\n([\s\S]*?)^```/m.exec(guide)?.[1] ?? '');
  await fillStore(join(directory, '.otelier'));
  await mkdir(join(directory, '.otelier', 'keys'), { mode: 0o700 });
  await file('password.txt', 'correct horse battery\n');
  await fillIdentity(join(directory, '.otelier', 'identity'));
  const bench = await createComponentBench(otlpHttp, {
    config: { endpoint: 'http://127.0.0.1:1', sending_queue: { storage: 'file_storage' } },
    signals: ['traces'],
    extensions: {
      file_storage: {
        definition: fileStorage,
        config: { directory: join(directory, 'queues'), create_directory: true },
      },
    },
  });
  await bench.start();
  assert.deepEqual(await bench.send(sampleBatch('traces', 1)), ACCEPTED);
  await bench.close();
}

/** Creates an API key with the ID that the examples name. */
async function fillIdentity(directory: string): Promise<void> {
  const identity = openIdentity({ directory, now: Date.now });
  identity.keys.create({ name: 'shop', role: 'ingest', tenant: 'shop', createdBy: 'local' }, Date.now());
  await identity.close();
  const database = new DatabaseSync(join(directory, DATABASE_FILE));
  database.exec("UPDATE keys SET id = 'otl_0123456789ab'");
  database.close();
}

/** Starts the example, waits until it serves, and stops it. */
async function serve(line: string, directory: string): Promise<void> {
  const args = line.split(' ').slice(1);
  const started: Running = await startOtelier([...args, ...FREE_PORTS], { cwd: directory });
  assert.equal((await started.stop()).code, 0, line);
}

/** Commands that print nothing when they succeed. */
const SILENT = ['otelier validate', 'otelier mcp'];

/** For the examples that need the token for edits. */
const EDIT_TOKEN = 'token-of-the-examples';

/** Runs the example in a shell. */
async function execute(line: string, directory: string, running: Running): Promise<void> {
  const PATH = [join(directory, 'bin'), process.env['PATH']].join(delimiter);
  const env = { HOME: directory, PATH, OTELIER_URL: running.address('Page and API'), OTELIER_EDIT_TOKEN: EDIT_TOKEN };
  const key = `examples:${Buffer.alloc(32, 7).toString('base64')}`;
  if (line === 'otelier store rotate-keys')
    Object.assign(env, { OTELIER_ENCRYPTION: '{provider: environment, variable: STORE_KEYS}', STORE_KEYS: key });
  const postgres = line === 'otelier identity import' ? await startPostgres() : undefined;
  if (postgres !== undefined) Object.assign(env, { OTELIER_IDENTITY_DATABASE: postgres.url });
  const here = line
    .replace('127.0.0.1:4317', running.address('OTLP/gRPC'))
    // The one that the example before has created.
    .replace('hold-7', `"$(otelier hold list | grep -o 'hold-[0-9a-f-]*' | head -n 1)"`);
  // Findings about this machine are not a failure of the example.
  const command = line.startsWith('otelier doctor') ? `${here} || test $? -ge 3` : here;
  const { stdout } = await run('sh', ['-c', command], { cwd: directory, env, timeout: 100_000 }).catch((cause) => {
    const printed = `${cause.stdout}${cause.stderr}; the running process printed:\n${running.stdout}${running.stderr}`;
    throw new Error(`${line} failed with code ${cause.code}, signal ${cause.signal}: ${printed}`, { cause });
  });
  await postgres?.close();
  const file = / (?:>>?|--output) ([^\s)]+)\)?$/.exec(line)?.[1];
  if (file !== undefined) assert.ok((await stat(join(directory, file))).size > 0, line);
  else assert.ok(stdout !== '' || SILENT.some((command) => line.startsWith(command)), line);
}

/** Starts PostgreSQL compiled to WebAssembly. */
async function startPostgres(): Promise<{ readonly url: string; readonly close: () => Promise<void> }> {
  const [{ PGlite }, { PGLiteSocketServer }] = await Promise.all([
    import('@electric-sql/pglite'),
    import('@electric-sql/pglite-socket'),
  ]);
  const db = await PGlite.create();
  const server = new PGLiteSocketServer({ db, port: 0, host: '127.0.0.1' });
  await server.start();
  const close = async (): Promise<void> => {
    await server.stop();
    await db.close();
  };
  return { url: `postgresql://postgres@${server.getServerConn()}/postgres`, close };
}

/** Sends spans to the receiver until the returned function is called, for the examples that print live telemetry. */
function sendSpans(address: string): () => Promise<void> {
  const attributes = [
    { key: 'http.route', value: { stringValue: '/cart' } },
    { key: 'enduser.id', value: { stringValue: '4217' } },
  ];
  const span = { traceId: '1'.repeat(32), spanId: '1'.repeat(16), name: 'GET /cart', kind: 2, attributes };
  const body = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] });
  const end = new AbortController();
  const sending = (async () => {
    while (!end.signal.aborted) {
      const headers = { 'content-type': 'application/json' };
      // A connection that was idle for long can be closed at the moment in which it is used again.
      await fetch(`http://${address.replace(/^http:\/\//, '')}/v1/traces`, { method: 'POST', headers, body }).catch(
        () => {},
      );
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  })();
  return () => {
    end.abort();
    return sending;
  };
}

test('every example in the help does what it says', () =>
  withTempDirectory(async (directory) => {
    await prepare(directory);
    const settings = [...FREE_PORTS, '--set', `extensions.workbench.edit_token=${EDIT_TOKEN}`];
    const running = await startOtelier(['--data', join(directory, 'live'), ...settings]);
    let stopSending = sendSpans(running.address('OTLP/HTTP'));
    const root = commands[0];
    const lines = commands.flatMap((command) =>
      examplesOf(command).map((example) => ({ line: example.command, serves: command === root })),
    );
    try {
      for (const { line, serves } of lines) {
        // An erasure reports the spans of the person that arrive meanwhile.
        const pauses = line.startsWith('otelier subject erase');
        if (pauses) await stopSending();
        if (serves && !line.startsWith('otelier run')) await serve(line, directory);
        else await execute(line, directory, running);
        if (pauses) stopSending = sendSpans(running.address('OTLP/HTTP'));
      }
    } finally {
      await stopSending();
      await running.stop();
    }
  }));

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { encodeRequest } from '@otelier/testkit/request-codec';
import { createHttpClient } from '@otelier/transport/http-client';
import { formatConfigError } from '../../config/config-error.ts';
import { readConfigFiles } from '../../config/files.ts';
import { loadConfig } from '../../config/load.ts';
import { type ModuleDirectory, until, withModules } from '../../functions/function-bench.testing.ts';
import { registry } from '../../registry.generated.ts';
import { createLogger } from '../logging.ts';
import { createService, type Service } from '../service.ts';

const COMPONENTS = `import { appendFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { ACCEPTED, type Batch, countItems, defineConnector, defineExporter, defineExtension, defineProcessor, defineReceiver, defineRewriter, defineSendingExporter, duration, localContext, requestFromJson, SpanView, z } from 'otelier';

const about = { stability: 'development', examples: [] } as const;

export const dropNames = defineRewriter({
  ...about,
  summary: 'Drops spans by name.',
  signals: ['traces'],
  config: z.object({ names: z.array(z.string()).prefault([]).describe('Names.'), maxWait: duration().prefault('1s').describe('Time.') }),
  describe: ({ names }) => names.join(),
  hooks({ names }) {
    const span = new SpanView();
    return { item: ({ bytes, start, end }) => (names.includes(span.reset(bytes, start, end).name) ? 'drop' : 'keep') };
  },
});

export const appendTo = defineExporter({
  ...about,
  summary: 'Appends names to a file.',
  signals: ['traces', 'logs'],
  config: z.object({ path: z.string().describe('Path.') }),
  exclusive: ({ path }) => [path],
  create: ({ path }, { logger, reportStatus }) => ({
    async start() { logger.info({ path }, 'appending'); },
    consume(batch: Batch) {
      const text = batch.parts.map((part) => Buffer.from(part).toString('latin1')).join('');
      if (text.includes('throws')) throw new RangeError('mine');
      if (text.includes('exits')) process.exit(3);
      if (text.includes('loops')) for (;;);
      if (text.includes('status')) reportStatus('not well');
      for (const [name] of text.matchAll(/span-[a-z0-9-]+/g)) appendFileSync(path, name + '\\n');
      return ACCEPTED;
    },
  }),
});

export const sendTo = defineSendingExporter({
  ...about,
  summary: 'Sends names to a file.',
  signals: ['traces'],
  config: z.object({ path: z.string().describe('Path.') }),
  create({ path }) {
    let tries = 0;
    return {
      async send(batch: Batch) {
        tries += 1;
        if (tries % 2 === 1) return { kind: 'retry', afterMillis: 1, reason: 'later' };
        for (const part of batch.parts) appendFileSync(path, Buffer.from(part).toString('latin1').match(/span-[a-z0-9-]+/g)?.map((name) => 'sent ' + name + '\\n').join('') ?? '');
        return ACCEPTED;
      },
    };
  },
});

export const twice = defineConnector({
  ...about,
  summary: 'Forwards twice.',
  joins: { traces: ['traces'] },
  config: z.object({}),
  create: (_config, { byPipeline }) => ({
    async consume(batch: Batch) {
      for (const { consumer } of byPipeline.values()) await consumer.consume(batch);
      return ACCEPTED;
    },
  }),
});

export const jsonHttp = defineReceiver({
  ...about,
  summary: 'Receives names over HTTP.',
  signals: ['traces'],
  config: z.object({ portFile: z.string().describe('File for the port.') }),
  create({ portFile }, next, { clock }) {
    const server = createServer(async (request, response) => {
      const spans = (await text(request)).split(' ').map((name) => ({ name }));
      const json = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] });
      const read = requestFromJson('traces', json);
      if (!read.ok) return response.writeHead(400).end();
      const parts = [read.bytes];
      const batch: Batch = { signal: 'traces', parts, itemCount: countItems('traces', read.bytes), sizeBytes: read.bytes.length, context: localContext(clock.now()) };
      const outcome = await next.traces?.consume(batch);
      response.end(outcome?.kind);
    });
    return {
      start: () => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => {
        writeFileSync(portFile, String((server.address() as { port: number }).port));
        resolve();
      })),
      shutdown: () => new Promise<void>((resolve) => void (server.listening ? (server.close(() => resolve()), server.closeAllConnections()) : resolve())),
    };
  },
});

export const marker = defineExtension({
  ...about,
  summary: 'Writes a file.',
  config: z.object({ path: z.string().describe('Path.') }),
  create: ({ path }) => ({
    async start() { writeFileSync(path, 'started'); },
    async shutdown() { writeFileSync(path, 'stopped'); },
  }),
});
`;

const TYPES = `components:
  drop_names: { file: FILE, export: dropNames }
  append_to: { file: FILE, export: appendTo }
  send_to: { file: FILE, export: sendTo }
  twice: { file: FILE, export: twice }
  marker: { file: FILE, export: marker }
  json_http: { file: FILE, export: jsonHttp }
`;

/** Runs a test with a service that is started from `c.yaml`. */
async function withService(
  yaml: string,
  run: (service: Service, directory: ModuleDirectory, lines: readonly Record<string, unknown>[]) => Promise<void>,
  components = COMPONENTS,
): Promise<void> {
  await withModules(async (directory) => {
    const file = await directory.save('c.ts', components);
    const source = await directory.save('c.yaml', yaml.replaceAll('FILE', file).replaceAll('DIR', directory.path));
    const read = async () => {
      const { sources, errors } = await readConfigFiles([source]);
      return errors.length > 0 ? ({ ok: false, errors } as const) : loadConfig({ sources, environment: {}, registry });
    };
    const loaded = await read();
    assert.ok(loaded.ok, loaded.errors.map(formatConfigError).join('\n'));
    const lines: Record<string, unknown>[] = [];
    const logger = createLogger({ level: 'info', encoding: 'json' }, { write: (line) => lines.push(JSON.parse(line)) });
    const service = createService({ config: loaded.config, readConfig: read, logger });
    try {
      await service.start();
      await run(service, directory, lines);
    } finally {
      await service.shutdown();
    }
  });
}

async function send(service: Service, ...names: string[]): Promise<string> {
  const endpoint = service.host.endpoints().find(({ protocol }) => protocol === 'http');
  const client = createHttpClient({ endpoint: `http://${endpoint?.address}` });
  const spans = names.map((name) => ({ name }));
  const outcome = await client.export('traces', [
    encodeRequest('traces', { resourceSpans: [{ scopeSpans: [{ spans }] }] }),
  ]);
  await client.shutdown();
  return outcome.kind === 'accepted' ? outcome.kind : `${outcome.kind}: ${outcome.reason}`;
}

async function linesOf(directory: ModuleDirectory, name: string): Promise<string[]> {
  return (await readFile(directory.file(name), 'utf8').catch(() => '')).split('\n').filter((line) => line !== '');
}

const RECEIVER = `receivers: { otlp: { protocols: { http: { endpoint: "127.0.0.1:0" } } } }\n`;
const PLAIN = `${TYPES}${RECEIVER}processors: { drop_names: { names: [span-a] }, drop_names/more: { names: [span-b], max_wait: 2s } }
exporters: { append_to: { path: DIR/out } }
service: { pipelines: { traces: { receivers: [otlp], processors: [drop_names, drop_names/more], exporters: [append_to] } } }
`;

test('components of a module run in the graph, with their options, logs, counters and status', () =>
  withService(PLAIN, async (service, directory, lines) => {
    assert.equal(await send(service, 'span-a', 'span-b', 'span-c'), 'accepted');
    assert.deepEqual(await linesOf(directory, 'out'), ['span-c']);
    const dropped = service.graph().nodes.map(({ component, dropped: counts }) => [component, counts]);
    assert.deepEqual(dropped.filter(([component]) => String(component).startsWith('drop_names')).toSorted(), [
      ['drop_names', { filtered: 1 }],
      ['drop_names/more', { filtered: 1 }],
    ]);
    assert.ok(lines.some(({ msg, path }) => msg === 'appending' && path === directory.file('out')));
    assert.equal(await send(service, 'span-status'), 'accepted');
    await until(() => service.host.health().errors.some((error) => error.includes('not well')));
  }));

test('a connector, an exporter with a queue and an extension of a module run', () =>
  withService(
    `${TYPES}${RECEIVER}connectors: { twice: {} }
extensions: { marker: { path: DIR/marker } }
exporters: { send_to: { path: DIR/out, retry_on_failure: { initial_interval: 1ms } }, append_to: { path: DIR/out } }
service:
  extensions: [marker]
  pipelines:
    traces: { receivers: [otlp], exporters: [twice] }
    traces/a: { receivers: [twice], exporters: [send_to] }
    traces/b: { receivers: [twice], exporters: [append_to] }
`,
    async (service, directory) => {
      assert.deepEqual(await linesOf(directory, 'marker'), ['started']);
      assert.equal(await send(service, 'span-x'), 'accepted');
      await service.shutdown();
      assert.deepEqual((await linesOf(directory, 'out')).toSorted(), ['sent span-x', 'span-x']);
      assert.deepEqual(await linesOf(directory, 'marker'), ['stopped']);
    },
  ));

test('a receiver of a module passes batches to its pipelines, and returns their outcomes', () =>
  withService(
    `${TYPES}receivers: { json_http: { port_file: DIR/port } }
processors: { drop_names: { names: [span-a] } }
exporters: { append_to: { path: DIR/out } }
service: { pipelines: { traces: { receivers: [json_http], processors: [drop_names], exporters: [append_to] } } }
`,
    async (_service, directory) => {
      const [port] = await linesOf(directory, 'port');
      const send = async (body: string) => (await fetch(`http://127.0.0.1:${port}`, { method: 'POST', body })).text();
      assert.equal(await send('span-a span-b'), 'accepted');
      assert.equal(await send('span-throws'), 'refused');
      assert.deepEqual(await linesOf(directory, 'out'), ['span-b']);
    },
  ));

test('components run with workers: processors in each thread, the others in the main thread', () =>
  withService(PLAIN.replace('service: {', 'service: { workers: 2,'), async (service, directory) => {
    await Promise.all(['1', '2', '3'].map((name) => send(service, 'span-a', `span-${name}`)));
    assert.deepEqual((await linesOf(directory, 'out')).toSorted(), ['span-1', 'span-2', 'span-3']);
  }));

test('saving the module replaces its components, and loses nothing', () =>
  withService(PLAIN, async (service, directory) => {
    let sent = 0;
    let isDone = false;
    const load = async () => {
      while (!isDone) {
        sent += 1;
        assert.equal(await send(service, `span-n${sent}`), 'accepted');
        // Senders without a pause take the CPU that the new thread needs to start.
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    };
    const running = load();
    await directory.save('c.ts', COMPONENTS.replaceAll("name + '\\n'", "'2 ' + name + '\\n'"));
    await until(() => service.host.configuration?.last?.result === 'applied');
    assert.deepEqual(service.host.configuration?.last?.kept.includes('receivers/otlp'), true);
    isDone = true;
    await running;
    assert.equal(await send(service, 'span-last'), 'accepted');
    const names = await linesOf(directory, 'out');
    assert.equal(names.length, sent + 1);
    assert.equal(names.at(-1), '2 span-last');
    assert.equal(new Set(names.map((name) => name.replace('2 ', ''))).size, sent + 1);
    // A broken version changes nothing.
    await directory.save('c.ts', 'export const a = ;');
    await until(() => service.host.configuration?.last?.result === 'rolled_back');
    assert.match(service.host.configuration?.last?.reason ?? '', /c\.ts:1:18: SyntaxError/);
    assert.equal(await send(service, 'span-still'), 'accepted');
  }));

test('a component that throws refuses the batch, and one that ends its thread is started again', () =>
  withService(PLAIN, async (service, directory) => {
    assert.match(await send(service, 'span-throws'), /the component failed: RangeError: mine \(.*c\.ts:\d+:\d+\)/);
    assert.match(await send(service, 'span-exits'), /^retry: .*the thread of the component has ended/);
    const errors = () => service.host.health().errors;
    await until(() => errors().some((error) => /the thread of the component ended/.test(error)));
    await until(() => errors().length === 0);
    assert.equal(await send(service, 'span-after'), 'accepted');
    assert.deepEqual(await linesOf(directory, 'out'), ['span-after']);
  }));

test('reports errors in options, types and modules with their positions', async () => {
  for (const [change, expected] of [
    [
      ['names: [span-a]', 'nams: [span-a]'],
      /^c\.yaml:9:29: processors\.drop_names\.nams: expected one of names or max_wait, got "nams"; did you mean "names"\?/,
    ],
    [
      ['max_wait: 2s', 'max_wait: soon'],
      /^c\.yaml:9:\d+: processors\.drop_names\/more\.max_wait: expected a duration such as/,
    ],
    [
      ['export: dropNames', 'export: dropNemas'],
      /c\.yaml:2:\d+: components\.drop_names\.export: expected a definition that the module exports \("appendTo", "dropNames", .*\), got "dropNemas"/,
    ],
    [
      ['  drop_names: {', '  batch: {'],
      /c\.yaml:2:\d+: components\.batch: expected a type of processor that otelier does not have, got "batch"/,
    ],
    [
      ['FILE, export: twice', 'DIR/absent.ts, export: twice'],
      /c\.yaml:5:\d+: components\.twice\.file: Error: Cannot find module/,
    ],
  ] as const)
    await withModules(async (directory) => {
      const file = await directory.save('c.ts', COMPONENTS);
      const text = PLAIN.replace(change[0], change[1]).replaceAll('FILE', file).replaceAll('DIR', directory.path);
      const loaded = await loadConfig({ sources: [{ name: 'c.yaml', text }], environment: {}, registry });
      assert.match(loaded.errors.map(formatConfigError).join('\n'), expected);
    });
});

test('a module exports a configuration with its own components', () =>
  withModules(async (directory) => {
    await directory.save('c.ts', COMPONENTS);
    const file = await directory.save(
      'otelier.config.ts',
      `import { defineConfig } from 'otelier';
import { appendTo, dropNames } from './c.ts';
export default defineConfig({
  components: { drop_names: dropNames, append_to: appendTo },
  receivers: { otlp: { protocols: { http: { endpoint: '127.0.0.1:0' } } } },
  processors: { drop_names: { names: ['a'], max_wait: '2s' } },
  exporters: { 'append_to/x': { path: 'x' } },
  service: { pipelines: { traces: { receivers: ['otlp'], processors: ['drop_names'], exporters: ['append_to/x'] } } },
});`,
    );
    const { sources, errors } = await readConfigFiles([file]);
    assert.deepEqual(errors, []);
    const loaded = await loadConfig({ sources, environment: {}, registry });
    assert.deepEqual(loaded.errors, []);
    assert.ok(loaded.ok);
    assert.deepEqual(loaded.config.modules.toSorted(), [directory.file('c.ts'), file].toSorted());
    const { definition, config } = loaded.config.processors.get('drop_names') ?? {};
    assert.equal(definition?.describe?.(config ?? {}), 'a');
  }));

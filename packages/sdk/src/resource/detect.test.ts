import assert from 'node:assert/strict';
import os from 'node:os';
import { basename } from 'node:path';
import { describe, test } from 'node:test';
import { osDetector } from '@opentelemetry/resources';
import { listenToDiagnostics } from '../diagnostics.testing.ts';
import { createClient, detectResource, OptionError, TracerProvider } from '../node.ts';
import { startSink } from '../sink.testing.ts';
import { makeRoot } from './root.testing.ts';

describe('a detected resource', () => {
  test('has attributes of host, system, process, runtime, instance and environment', async (t) => {
    const environment = { OTEL_RESOURCE_ATTRIBUTES: 'service.version=7,host.name=told', OTEL_SERVICE_NAME: 'shop' };
    const found = await detectResource({ root: await makeRoot(t, {}), environment });
    const { 'service.instance.id': instance, 'host.arch': arch, 'os.type': type, ...rest } = found;
    assert.match(String(instance), /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/);
    assert.ok(process.arch !== 'x64' || arch === 'amd64');
    assert.ok(process.platform !== 'linux' || type === 'linux');
    assert.deepEqual(rest, {
      'host.name': 'told',
      'os.version': os.release(),
      'process.pid': process.pid,
      'process.executable.name': basename(process.execPath),
      'process.executable.path': process.execPath,
      'process.command': process.argv[1],
      'process.owner': os.userInfo().username,
      'process.runtime.name': 'nodejs',
      'process.runtime.version': process.versions.node,
      'process.runtime.description': 'Node.js',
      'service.name': 'shop',
      'service.version': '7',
    });
    assert.equal((await detectResource())['service.instance.id'], instance);
  });

  test('includes program arguments if allowed', async () => {
    const { 'process.command_args': args } = await detectResource({ detectors: ['process'], withArguments: true });
    assert.deepEqual(args, [process.argv[0], ...process.execArgv, ...process.argv.slice(1)]);
  });

  test('uses the selected and custom detectors, in order', async () => {
    const found = await detectResource({
      detectors: [
        'os',
        () => ({ 'os.type': 'own', 'cloud.region': 'first', 'cloud.zone': 'a' }),
        async ({ environment }) => ({ 'cloud.region': environment['REGION'], 'cloud.zone': undefined }),
      ],
      environment: { REGION: 'north' },
      attributes: { 'os.version': 'warnings', 'cloud.zone': undefined },
    });
    assert.deepEqual(found, { 'os.type': 'own', 'os.version': 'warnings', 'cloud.region': 'north', 'cloud.zone': 'a' });
  });

  test('supports detectors of opentelemetry-js, and awaits their promises', async () => {
    const { 'os.type': type, ...found } = await detectResource({
      detectors: [
        osDetector,
        {
          detect: () => ({
            attributes: { 'os.version': Promise.resolve('late'), 'cloud.zone': Promise.reject(new Error('no zone')) },
          }),
        },
        { detect: () => ({}) },
      ],
    });
    assert.equal(type, osDetector.detect().attributes?.['os.type']);
    assert.deepEqual(found, { 'os.version': 'late' });
  });

  test('ignores detectors that fail or time out', async (t) => {
    const warnings = listenToDiagnostics(t);
    const found = await detectResource({
      detectors: [
        function throwing() {
          throw new Error('broken');
        },
        async function rejecting() {
          throw new Error('broken');
        },
        function hanging() {
          return new Promise(() => {});
        },
        () => ({ a: 1 }),
      ],
      timeoutMillis: 5,
    });
    assert.deepEqual(found, { a: 1 });
    assert.deepEqual(warnings.toSorted(), [
      'resource detector hanging timed out after 5 ms, ignored',
      'resource detector rejecting failed, ignored',
      'resource detector throwing failed, ignored',
    ]);
  });

  test('reads files although the event loop is blocked for longer than the timeout', async (t) => {
    const warnings = listenToDiagnostics(t);
    const turns = async () => {
      for (let i = 0; i < 5; i += 1) await new Promise((resolve) => setImmediate(resolve));
      return { a: 1 };
    };
    const found = detectResource({ detectors: [turns], timeoutMillis: 200 });
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400);
    assert.deepEqual(await found, { a: 1 });
    assert.deepEqual(warnings, []);
  });

  test('rejects unknown detectors and invalid timeouts immediately', () => {
    const wrong = { detectors: ['os', 'hots' as 'host'] } as const;
    assert.throws(
      () => detectResource(wrong),
      (error) => error instanceof OptionError && /^detectors\[1\]: expected host, os/.test(error.message),
    );
    assert.throws(() => detectResource({ timeoutMillis: 0 }), /^OptionError: timeoutMillis: expected 1 to \d+, got 0/);
  });

  test('is awaited by clients and providers', async (t) => {
    const sink = await startSink(t);
    const known = { 'service.name': 'shop' };
    const client = createClient({ endpoint: sink.url, resource: detectResource({ detectors: [], attributes: known }) });
    const provider = new TracerProvider({ client, resource: detectResource({ detectors: ['process'] }) });
    provider.getTracer('app').startSpan('one').end();
    await provider.shutdown();
    const attributes = sink.scopes()[0]?.resource['attributes'] as readonly { readonly key: string }[];
    const keys = attributes.map(({ key }) => key);
    assert.ok(keys.includes('service.name') && keys.includes('process.pid'));
  });
});

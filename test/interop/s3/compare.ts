import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { countItems, type Signal } from '@otelier/otlp';
import { batchOf, createComponentBench } from '@otelier/testkit';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import { freePorts } from '@otelier/testkit/servers/free-ports';
import { systemClock } from '@otelier/transport';
import { s3 } from '../../../packages/collector/src/exporters/s3.ts';
import type { Comparison } from '../check.ts';
import { runStep, runToEnd, startServer } from '../processes.ts';

const DIRECTORY = join(import.meta.dirname, '..', '.build', 's3');
const PYTHON = join(DIRECTORY, 'bin', 'python');
/** Calls that create the user, before every call must be signed. */
const UNSIGNED_CALLS = 3;
const TENANTS = ['a', 'b', 'ä ö/+&=', '../c'];
const RECORDS = 250;

/** Writes telemetry to a server of S3 that verifies signatures, and counts and compares it there. */
export async function compareWithS3(): Promise<Comparison> {
  await install();
  const [port = 0] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  const env = ['env', `INITIAL_NO_AUTH_ACTION_COUNT=${UNSIGNED_CALLS}`];
  const server = await startServer(
    [...env, join(DIRECTORY, 'bin', 'moto_server'), '-H', '127.0.0.1', '-p', String(port)],
    [port],
    100,
    120_000,
  );
  try {
    const [key = '', secret = ''] = JSON.parse(await python('users.py', url)) as string[];
    const mismatches: string[] = [];
    const requests = new Map<string, string>();
    const send = async (config: Record<string, unknown>, batches: ReturnType<typeof batchOf>[], secretKey = secret) => {
      const bench = await createComponentBench(s3, {
        clock: systemClock,
        environment: { AWS_ACCESS_KEY_ID: key, AWS_SECRET_ACCESS_KEY: secretKey },
        config: { sending_queue: { enabled: false }, retry_on_failure: { enabled: false }, ...config },
      });
      await bench.start();
      const kinds: string[] = [];
      for (const batch of batches) kinds.push((await bench.send(batch)).kind);
      await bench.close();
      return kinds;
    };
    const uploader = { s3_bucket: 'telemetry', endpoint: url, s3_force_path_style: true };
    const record = (kinds: readonly string[]) =>
      mismatches.push(...kinds.filter((kind) => kind !== 'accepted').map((kind) => `expected accepted, got ${kind}`));
    const signals: readonly Signal[] = ['traces', 'metrics', 'logs'];
    const samples = signals.map((signal) => sampleBatch(signal));
    for (const { signal, parts } of samples) requests.set(signal, Buffer.from(parts[0] ?? []).toString('base64'));
    record(await send({ s3uploader: { ...uploader, s3_prefix: 'sample' }, marshaler: 'otlp_proto' }, samples));
    record(
      await send(
        {
          s3uploader: { ...uploader, compression: 'gzip', storage_class: 'STANDARD_IA', s3_prefix: 'none' },
          marshaler: 'otlp_proto',
          resource_attrs_to_s3: { s3_prefix: 'tenant' },
        },
        [tenantLogs()],
      ),
    );
    const large = largeLogs();
    requests.set('large', Buffer.from(large.parts[0] ?? []).toString('base64'));
    record(await send({ s3uploader: { ...uploader, s3_prefix: 'large' }, marshaler: 'otlp_proto' }, [large]));
    const denied = await send({ s3uploader: uploader }, [sampleBatch('logs')], 'another secret');
    if (denied[0] !== 'refused') mismatches.push(`expected a wrong secret to be refused, got ${denied[0]}`);
    const objects = (await python('objects.py', url, key, secret))
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as [key: string, body: string, storageClass: string, tag: string]);
    for (const signal of signals) {
      const [found] = objects.filter(([name]) => new RegExp(`^sample/year=.*/${signal}_\\w{9}\\.binpb$`).test(name));
      if (found?.[1] !== requests.get(signal)) mismatches.push(`expected the request of ${signal}, got ${found?.[0]}`);
    }
    const inParts = objects.find(([name]) => name.startsWith('large/'));
    if (inParts?.[1] !== requests.get('large')) mismatches.push(`expected a large request, got ${inParts?.[0]}`);
    if (inParts?.[3].endsWith('-3"') !== true) mismatches.push(`expected an object of 3 parts, got ${inParts?.[3]}`);
    let itemCount = large.itemCount;
    for (const tenant of TENANTS) {
      const prefix = `${tenant.replace('../', '')}/year=`;
      const own = objects.filter(([name, , storageClass]) => name.startsWith(prefix) && storageClass === 'STANDARD_IA');
      const counts = own.map(([, body]) => countItems('logs', gunzipSync(Buffer.from(body, 'base64'))));
      const count = counts.reduce((sum, one) => sum + one, 0);
      itemCount += count;
      if (count !== RECORDS) mismatches.push(`expected ${RECORDS} log records of ${tenant}, got ${count}`);
    }
    const expected = signals.length + TENANTS.length + 1;
    if (objects.length !== expected) mismatches.push(`expected ${expected} objects, got ${objects.length}`);
    return { compared: itemCount + signals.length, mismatches };
  } finally {
    await server.stop();
  }
}

/** Log records of 20 MB, which are written in parts. */
function largeLogs() {
  const logRecords = Array.from({ length: 20 }, (_, i) => ({ body: { stringValue: String(i % 10).repeat(1e6) } }));
  return batchOf('logs', { resourceLogs: [{ scopeLogs: [{ logRecords }] }] });
}

/** Log records of all tenants, of which each has several resources. */
function tenantLogs() {
  return batchOf('logs', {
    resourceLogs: TENANTS.flatMap((tenant) =>
      Array.from({ length: 5 }, () => ({
        resource: { attributes: [{ key: 'tenant', value: { stringValue: tenant } }] },
        scopeLogs: [
          { logRecords: Array.from({ length: RECORDS / 5 }, (_, i) => ({ body: { stringValue: `line ${i}` } })) },
        ],
      })),
    ),
  });
}

async function python(script: string, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runToEnd([PYTHON, join(import.meta.dirname, script), ...args]);
  if (code !== 0) throw new Error(`${script} failed:\n${stderr}`);
  return stdout;
}

async function install(): Promise<void> {
  if (existsSync(join(DIRECTORY, 'bin', 'moto_server'))) return;
  mkdirSync(DIRECTORY, { recursive: true });
  await runStep(['python3', '-m', 'venv', DIRECTORY]);
  await runStep([join(DIRECTORY, 'bin', 'pip'), '-q', 'install', 'moto[s3,server]==5.2.5']);
}

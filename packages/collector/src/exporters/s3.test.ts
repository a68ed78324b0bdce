import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { requestToJson } from '@otelier/otlp';
import { batchOf } from '@otelier/testkit';
import { type ComponentBench, createComponentBench } from '@otelier/testkit/component-bench';
import { exporterContract } from '@otelier/testkit/component-contract';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import { systemClock } from '@otelier/transport/clock';
import { parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { s3 } from './s3.ts';

interface Stored {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** A server of a test, which stores objects. */
interface TestBucket {
  readonly url: string;
  readonly objects: Stored[];
  /** Responds to the request with a number; 200 by default. */
  respond: (index: number, response: ServerResponse) => void;
  close(): Promise<void>;
}

async function startBucket(): Promise<TestBucket> {
  const objects: Stored[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk);
    } catch {
      // The client has ended the request.
      return;
    }
    const { method = '', url = '', headers } = request;
    objects.push({ method, path: url, headers, body: Buffer.concat(chunks) });
    bucket.respond(objects.length, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const bucket: TestBucket = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects,
    respond: (_, response) => response.end(),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return bucket;
}

const ENVIRONMENT = { AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret' };

function configOf({ url }: TestBucket, uploader: Record<string, unknown> = {}, rest: Record<string, unknown> = {}) {
  const s3uploader = { s3_bucket: 'telemetry', endpoint: url, s3_force_path_style: true, ...uploader };
  return { s3uploader, sending_queue: { enabled: false }, ...rest };
}

exporterContract(s3, {
  clock: systemClock,
  environment: ENVIRONMENT,
  destination: async () => {
    const bucket = await startBucket();
    return { config: configOf(bucket), close: () => bucket.close() };
  },
});

async function start(
  t: TestContext,
  bucket: TestBucket,
  config: Record<string, unknown>,
  environment: Record<string, string> = ENVIRONMENT,
): Promise<ComponentBench> {
  const startMillis = Date.UTC(2024, 4, 9, 7, 5);
  const bench = await createComponentBench(s3, { config, environment, startMillis, random: () => 0 });
  t.after(async () => {
    await bench.close();
    await bucket.close();
  });
  await bench.start();
  return bench;
}

function logsOf(tenants: readonly (string | undefined)[]) {
  return batchOf('logs', {
    resourceLogs: tenants.map((tenant, index) => ({
      resource: { attributes: tenant === undefined ? [] : [{ key: 'tenant', value: { stringValue: tenant } }] },
      scopeLogs: [{ logRecords: [{ body: { stringValue: `line ${index}` } }] }],
    })),
  });
}

test('writes a request as an object, named by time and signal', async (t) => {
  const bucket = await startBucket();
  const bench = await start(
    t,
    bucket,
    configOf(bucket, { s3_base_prefix: '/prod/', s3_prefix: 'shop a', file_prefix: 'x-' }),
  );
  for (const signal of ['traces', 'metrics', 'logs'] as const) {
    const batch = sampleBatch(signal);
    assert.deepEqual(await bench.send(batch), { kind: 'accepted' });
    const { path, headers, body } = bucket.objects.at(-1) ?? assert.fail();
    assert.equal(
      path,
      `/telemetry/prod/shop%20a/year%3D2024/month%3D05/day%3D09/hour%3D07/minute%3D05/x-${signal}_aaaaaaaaa.json`,
    );
    assert.deepEqual(
      JSON.parse(body.toString()),
      JSON.parse(requestToJson(signal, batch.parts[0] ?? new Uint8Array())),
    );
    assert.match(
      headers.authorization ?? '',
      /^AWS4-HMAC-SHA256 Credential=key\/20240509\/us-east-1\/s3\/aws4_request, /,
    );
  }
});

test('merges the parts of a batch, as protobuf with gzip and a UUID', async (t) => {
  const bucket = await startBucket();
  const uploader = {
    compression: 'gzip',
    unique_key_func_name: 'uuidv7',
    s3_partition_format: '%Y%m%d/%H',
    acl: 'private',
    storage_class: 'GLACIER',
  };
  const bench = await start(t, bucket, configOf(bucket, uploader, { marshaler: 'otlp_proto' }));
  const [first, second] = [logsOf(['a']), logsOf(['b', 'c'])];
  await bench.send({ ...first, parts: [...first.parts, ...second.parts], itemCount: 3 });
  const { path, headers, body } = bucket.objects[0] ?? assert.fail();
  assert.match(path, /^\/telemetry\/20240509\/07\/logs_[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f-]+\.binpb\.gz$/);
  assert.equal(headers['x-amz-acl'], 'private');
  assert.equal(headers['x-amz-storage-class'], 'GLACIER');
  const request = JSON.parse(requestToJson('logs', gunzipSync(body)));
  assert.equal(request.resourceLogs.length, 3);
});

test('writes tables in Parquet that another reader reads', async (t) => {
  const bucket = await startBucket();
  const bench = await start(t, bucket, configOf(bucket, {}, { marshaler: 'parquet' }));
  for (const signal of ['traces', 'metrics', 'logs'] as const) {
    const batch = sampleBatch(signal);
    assert.deepEqual(await bench.send(batch), { kind: 'accepted' });
    const { path, body } = bucket.objects.at(-1) ?? assert.fail();
    assert.match(path, new RegExp(`/${signal}_aaaaaaaaa\\.parquet$`));
    const file = body.buffer.slice(body.byteOffset, body.byteOffset + body.length) as ArrayBuffer;
    assert.equal((await parquetReadObjects({ file, compressors })).length, batch.itemCount);
  }
  const lines = batchOf('logs', {
    resourceLogs: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] },
        scopeLogs: [{ logRecords: ['a', 'b'].map((stringValue) => ({ timeUnixNano: '5', body: { stringValue } })) }],
      },
    ],
  });
  await bench.send(lines);
  const { body } = bucket.objects.at(-1) ?? assert.fail();
  const file = body.buffer.slice(body.byteOffset, body.byteOffset + body.length) as ArrayBuffer;
  const rows = await parquetReadObjects({ file, compressors, columns: ['service_name', 'body'] });
  assert.deepEqual(rows, [
    { service_name: 'shop', body: 'a' },
    { service_name: 'shop', body: 'b' },
  ]);
});

test('writes resources of tenants to their prefix, which leads to no other bucket', async (t) => {
  const bucket = await startBucket();
  const attributes = { resource_attrs_to_s3: { s3_prefix: 'tenant' } };
  const bench = await start(
    t,
    bucket,
    configOf(bucket, { s3_prefix: 'others', s3_partition_format: '' }, { ...attributes, marshaler: 'body' }),
  );
  assert.deepEqual(await bench.send(logsOf(['a', 'b', undefined, 'a', '../../c'])), { kind: 'accepted' });
  assert.deepEqual(
    bucket.objects.map(({ path, body }) => [path, body.toString()]),
    [
      ['/telemetry/a/logs_aaaaaaaaa.txt', 'line 0\nline 3\n'],
      ['/telemetry/b/logs_aaaaaaaaa.txt', 'line 1\n'],
      ['/telemetry/others/logs_aaaaaaaaa.txt', 'line 2\n'],
      ['/telemetry/c/logs_aaaaaaaaa.txt', 'line 4\n'],
    ],
  );
});

test('rejects only the items whose bucket has no valid name', async (t) => {
  const bucket = await startBucket();
  const bench = await start(t, bucket, configOf(bucket, {}, { resource_attrs_to_s3: { s3_bucket: 'tenant' } }));
  assert.deepEqual(await bench.send(logsOf(['bucket-1', 'No/Bucket', undefined])), {
    kind: 'partial',
    rejectedItems: 1,
    reason: 'tenant: expected the name of a bucket, got "No/Bucket"',
  });
  assert.deepEqual(
    bucket.objects.map(({ path }) => path.split('/')[1]),
    ['bucket-1', 'telemetry'],
  );
});

test('writes an object again under its name, and no other', async (t) => {
  const bucket = await startBucket();
  const attributes = { resource_attrs_to_s3: { s3_prefix: 'tenant' } };
  const retry = { retry_on_failure: { initial_interval: '1s', randomization_factor: 0 } };
  const bench = await start(t, bucket, configOf(bucket, {}, { ...attributes, ...retry }));
  const failures = [500, 503, 429];
  bucket.respond = (index, response) => {
    const status = index >= 2 ? failures.shift() : undefined;
    response.writeHead(status ?? 200).end();
  };
  const sent = bench.send(logsOf(['a', 'b']));
  while (bucket.objects.length < 5) await bench.clock.advance(500);
  assert.deepEqual(await sent, { kind: 'accepted' });
  const paths = bucket.objects.map(({ path }) => path);
  assert.equal(new Set(paths.slice(1)).size, 1);
  assert.notEqual(paths[0], paths[1]);
});

/** Size of an object that has two parts and a bit more. */
const LARGE = (16 << 20) + 1;

function largeBatch() {
  const body = { stringValue: 'x'.repeat(LARGE - 1) };
  return batchOf('logs', { resourceLogs: [{ scopeLogs: [{ logRecords: [{ body }] }] }] });
}

/** Responds to the requests of an upload in parts as S3 does, but for the first that `failure` has a response to. */
function respondToParts(
  bucket: TestBucket,
  failure: (request: Stored) => string | number | undefined = () => undefined,
) {
  let hasFailed = false;
  bucket.respond = (index, response) => {
    const request = bucket.objects[index - 1] ?? assert.fail();
    const failed = hasFailed ? undefined : failure(request);
    hasFailed ||= failed !== undefined;
    if (typeof failed === 'number') response.writeHead(failed).end();
    else if (typeof failed === 'string') response.end(failed);
    else if (request.path.endsWith('?uploads=')) response.end('<R><UploadId>a&amp;b+/=</UploadId></R>');
    else if (request.method === 'PUT') response.setHeader('etag', `"tag ${request.body.length}"`).end();
    else response.end('<CompleteMultipartUploadResult/>');
  };
}

const UPLOAD = 'uploadId=a%26b%2B%2F%3D';

function queriesOf({ objects }: TestBucket): readonly string[] {
  return objects.map(({ method, path }) => `${method} ${path.split('?')[1]}`).sort();
}

test('writes a large object in parts', async (t) => {
  const bucket = await startBucket();
  const bench = await start(t, bucket, configOf(bucket, { acl: 'private' }, { marshaler: 'body' }));
  respondToParts(bucket);
  assert.deepEqual(await bench.send(largeBatch()), { kind: 'accepted' });
  assert.deepEqual(queriesOf(bucket), [
    `POST ${UPLOAD}`,
    'POST uploads=',
    ...[1, 2, 3].map((number) => `PUT partNumber=${number}&${UPLOAD}`),
  ]);
  assert.equal(new Set(bucket.objects.map(({ path }) => path.split('?')[0])).size, 1);
  assert.equal(bucket.objects[0]?.headers['x-amz-acl'], 'private');
  const parts = bucket.objects
    .filter(({ method }) => method === 'PUT')
    .sort((left, right) => (left.path < right.path ? -1 : 1));
  const written = Buffer.concat(parts.map(({ body }) => body));
  assert.ok(written.equals(Buffer.alloc(LARGE, 'x').fill('\n', LARGE - 1)));
  const tags = parts.map(
    ({ body }, index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>&#34;tag ${body.length}&#34;</ETag></Part>`,
  );
  const completion = `<CompleteMultipartUpload>${tags.join('')}</CompleteMultipartUpload>`;
  assert.equal(bucket.objects.at(-1)?.body.toString(), completion);
});

test('deletes the parts of an upload that fails, and writes all of them again', async (t) => {
  const failures: [string, (request: Stored) => string | number | undefined][] = [
    ['a part', ({ path }) => (path.includes('partNumber=2') ? 503 : undefined)],
    [
      'the end, after the status',
      ({ method, path }) =>
        method === 'POST' && path.includes('uploadId') ? '<Error><Code>InternalError</Code></Error>' : undefined,
    ],
  ];
  for (const [what, failure] of failures) {
    const bucket = await startBucket();
    const retry = { retry_on_failure: { initial_interval: '1s', randomization_factor: 0 } };
    const bench = await start(t, bucket, configOf(bucket, {}, { marshaler: 'body', ...retry }));
    respondToParts(bucket, failure);
    const sent = bench.send(largeBatch());
    while (!bucket.objects.some(({ method }) => method === 'DELETE')) await bench.clock.advance(0);
    await bench.clock.advance(1000);
    assert.deepEqual(await sent, { kind: 'accepted' }, what);
    const queries = queriesOf(bucket);
    assert.equal(queries.filter((query) => query === 'POST uploads=').length, 2, what);
    assert.equal(queries.filter((query) => query === `DELETE ${UPLOAD}`).length, 1, what);
  }
});

test('deletes the parts of an upload at the timeout, and refuses what is no upload', async (t) => {
  const bucket = await startBucket();
  const options = { marshaler: 'body', timeout: '2s', retry_on_failure: { enabled: false } };
  const bench = await start(t, bucket, configOf(bucket, {}, options));
  respondToParts(bucket, ({ path }) => (path.endsWith('?uploads=') ? '<R><UploadId></UploadId></R>' : undefined));
  const refused = await bench.send(largeBatch());
  assert.match(JSON.stringify(refused), /refused.*expected the ID of an upload/);
  respondToParts(bucket);
  const respond = bucket.respond;
  bucket.respond = (index, response) => {
    if (bucket.objects[index - 1]?.method !== 'PUT') respond(index, response);
  };
  const sent = bench.send(largeBatch());
  while (bucket.objects.filter(({ method }) => method === 'PUT').length < 3) await bench.clock.advance(0);
  await bench.clock.advance(2000);
  assert.notEqual((await sent).kind, 'accepted');
  assert.equal(bucket.objects.at(-1)?.method, 'DELETE');
});

test('loads new credentials when they have expired', async (t) => {
  const bucket = await startBucket();
  let keys = 0;
  const provider = createServer((_, response) => {
    keys += 1;
    response.end(JSON.stringify({ AccessKeyId: `key${keys}`, SecretAccessKey: 's', Token: 'session' }));
  });
  provider.listen(0, '127.0.0.1');
  await once(provider, 'listening');
  t.after(() => {
    provider.closeAllConnections();
    provider.close();
  });
  const url = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/`;
  const bench = await start(t, bucket, configOf(bucket), { AWS_CONTAINER_CREDENTIALS_FULL_URI: url });
  bucket.respond = (index, response) =>
    index === 1 ? response.writeHead(400).end('<Error><Code>ExpiredToken</Code></Error>') : response.end();
  const sent = bench.send(logsOf(['a']));
  while (bucket.objects.length < 2) await bench.clock.advance(500);
  assert.deepEqual(await sent, { kind: 'accepted' });
  assert.deepEqual(
    bucket.objects.map(({ headers }) => [
      /Credential=(\w+)/.exec(headers.authorization ?? '')?.[1],
      headers['x-amz-security-token'],
    ]),
    [
      ['key1', 'session'],
      ['key2', 'session'],
    ],
  );
});

test('reports other errors of the server, without the secret, and gives up on a silent one at the timeout', async (t) => {
  const bucket = await startBucket();
  const bench = await start(t, bucket, configOf(bucket, {}, { timeout: '2s', retry_on_failure: { enabled: false } }));
  bucket.respond = (_, response) => response.writeHead(404).end('<Error><Code>NoSuchBucket</Code></Error>');
  const refused = await bench.send(logsOf(['a']));
  assert.equal(refused.kind, 'refused');
  assert.match(JSON.stringify(refused), /404.*NoSuchBucket/);
  assert.doesNotMatch(JSON.stringify(refused), /secret/);
  bucket.respond = (_, response) => response.destroy();
  assert.notEqual((await bench.send(logsOf(['a']))).kind, 'accepted');
  bucket.respond = () => {};
  const sent = bench.send(logsOf(['a']));
  while (bucket.objects.length < 3) await bench.clock.advance(0);
  await bench.clock.advance(2000);
  assert.notEqual((await sent).kind, 'accepted');
});

test('rejects configurations that cannot work, naming the fields', async () => {
  const expected: [Record<string, unknown>, RegExp][] = [
    [{}, /s3uploader.s3_bucket: expected the name of a bucket/],
    [
      { s3uploader: { s3_bucket: 'a', s3_partition_format: '%Q' } },
      /s3_partition_format: expected conversions such as %Y.*got "%Q"/,
    ],
    [{ s3uploader: { s3_bucket: 'a', endpoint: 'http://127.0.0.1:1' } }, /s3_force_path_style: expected true/],
    [
      { s3uploader: { s3_bucket: 'a' }, marshaler: 'sumo_ic' },
      /marshaler: expected otlp_json, otlp_proto, body or parquet/,
    ],
    [{ s3uploader: { s3_bucket: 'a', storage_class: 'COLD' } }, /storage_class/],
    [
      { s3uploader: { s3_bucket: 'a', compression: 'gzip' }, marshaler: 'parquet' },
      /compression: expected none, because columns of Parquet are compressed/,
    ],
  ];
  for (const [config, message] of expected) await assert.rejects(createComponentBench(s3, { config }), message);
});

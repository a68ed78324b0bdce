import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { request } from 'node:https';
import { type TestContext, test } from 'node:test';
import { createManualClock } from '@otelier/testkit/clock';
import { systemClock } from '@otelier/transport';
import { pino } from 'pino';
import { createKubernetesClient } from '../../kubernetes/client.ts';
import { createObjectWriter } from '../../kubernetes/object-writer.ts';
import { registry } from '../../registry.generated.ts';
import { WritableApiServer } from '../writable-api-server.testing.ts';
import { CONFIGURATION_NAME } from './follow-certificate.ts';
import type { PatchOperation } from './json-patch.ts';
import type { Container } from './pod.ts';
import { startWebhook, type Webhook } from './start-webhook.ts';
import { webhookMetrics } from './webhook-metrics.ts';
import { type CertificateSecret, certificateOf, renewedSecret } from './webhook-secret.ts';

const CONFIGURATIONS = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations';
const CONFIGURATION = `${CONFIGURATIONS}/${CONFIGURATION_NAME}`;
const SECRET = '/api/v1/namespaces/system/secrets/otelier-operator-webhook';
const INSTRUMENTATIONS = '/apis/otelier.dev/v1alpha1/instrumentations';
const HOST = 'otelier-operator-webhook.system.svc';
const DAY_MILLIS = 24 * 3_600_000;

interface Configuration {
  readonly webhooks: readonly { readonly clientConfig: { readonly caBundle?: string } }[];
}

async function until<T>(read: () => Promise<T | undefined | false> | T | undefined | false): Promise<T> {
  for (;;) {
    const value = await read();
    if (value !== undefined && value !== false) return value;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function startApi(t: TestContext): Promise<WritableApiServer> {
  const api = await WritableApiServer.start(t);
  const service = { name: 'otelier-operator-webhook', namespace: 'system', path: '/mutate-v1-pod' };
  api.fake.set(CONFIGURATIONS, {
    metadata: { name: CONFIGURATION_NAME },
    webhooks: [{ name: 'pods.otelier.dev', clientConfig: { service }, failurePolicy: 'Ignore' }],
  });
  api.fake.set('/api/v1/namespaces', { metadata: { name: 'shop', annotations: { team: 'checkout' } } });
  api.fake.set(INSTRUMENTATIONS, {
    apiVersion: 'otelier.dev/v1alpha1',
    kind: 'Instrumentation',
    metadata: { name: 'plain', namespace: 'shop' },
    spec: { exporter: { endpoint: 'http://gateway:4318' } },
  });
  return api;
}

async function start(t: TestContext, api: WritableApiServer, identity: string): Promise<Webhook> {
  const client = createKubernetesClient(api.settings);
  const writer = createObjectWriter(api.settings);
  const webhook = await startWebhook({
    client,
    writer,
    clock: systemClock,
    random: () => 0,
    logger: pino({ level: 'silent' }),
    identity,
    namespace: 'system',
    registry,
    image: 'otelier:1',
    host: '127.0.0.1',
    port: 0,
  });
  t.after(async () => {
    await webhook.close();
    client.close();
    writer.close();
  });
  return webhook;
}

interface Sent {
  readonly status: number;
  readonly body: string;
  readonly cert: string;
}

/** Sends a request as an API server does, which trusts the authorities in the configuration. */
async function send(
  api: WritableApiServer,
  { port }: Webhook,
  body: string | Buffer,
  { path = '/mutate-v1-pod?timeout=5s', method = 'POST', type = 'application/json' } = {},
): Promise<Sent> {
  const { webhooks } = (await api.get(CONFIGURATION)) as unknown as Configuration;
  const ca = Buffer.from(webhooks[0]?.clientConfig.caBundle ?? '', 'base64').toString();
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port, servername: HOST, ca, path, method, headers: { 'content-type': type }, agent: false },
      (response) => {
        const cert = (response.socket as import('node:tls').TLSSocket).getPeerX509Certificate()?.toString() ?? '';
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text, cert }));
        response.on('error', reject);
      },
    );
    sent.on('error', reject).end(body);
  });
}

function reviewOf(object: unknown, request: object = {}): string {
  const resource = { group: '', version: 'v1', resource: 'pods' };
  return JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: { uid: 'one', namespace: 'shop', operation: 'CREATE', resource, object, ...request },
  });
}

interface Reviewed {
  readonly uid: string;
  readonly allowed: boolean;
  readonly patch?: string;
  readonly warnings?: readonly string[];
}

async function review(api: WritableApiServer, webhook: Webhook, object: unknown, request: object = {}) {
  const { status, body } = await send(api, webhook, reviewOf(object, request));
  assert.equal(status, 200, body);
  return (JSON.parse(body) as { response: Reviewed }).response;
}

function podOf(annotations: object, spec: object = {}) {
  return {
    metadata: {
      generateName: 'cart-',
      annotations,
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'cart-1', uid: 'u', controller: true }],
    },
    spec: { containers: [{ name: 'app', image: 'cart:1' }], ...spec },
  };
}

test('replicas share a certificate that the API server trusts, and repair it', async (t) => {
  const api = await startApi(t);
  const [first, second] = await Promise.all([start(t, api, 'a'), start(t, api, 'b')]);
  assert.ok(first && second);
  await until(() => first.isReady && second.isReady);
  const pod = podOf({ 'instrumentation.opentelemetry.io/inject-nodejs': 'true' });
  const [one, other] = await Promise.all([first, second].map((each) => send(api, each, reviewOf(pod))));
  assert.equal(one?.cert, other?.cert);
  assert.equal(new X509Certificate(one?.cert ?? '').checkHost(HOST), HOST);
  const { response } = JSON.parse(one?.body ?? '') as { response: Reviewed };
  const patch = JSON.parse(Buffer.from(response.patch ?? '', 'base64').toString()) as { op: string; path: string }[];
  assert.deepEqual(
    patch.map(({ op, path }) => `${op} ${path}`),
    [
      'add /spec/containers/0/env',
      'add /spec/containers/0/volumeMounts',
      'add /spec/initContainers',
      'add /spec/volumes',
    ],
  );

  // A deleted secret is made again, with another authority; a configuration without authorities gets them back.
  api.fake.delete('/api/v1/secrets', 'otelier-operator-webhook', 'system');
  const renewed = await until(async () => {
    const sent = await send(api, first, reviewOf(pod)).catch(() => undefined);
    return sent !== undefined && sent.cert !== one?.cert && sent;
  });
  await until(async () => (await send(api, second, reviewOf(pod)).catch(() => undefined))?.cert === renewed.cert);
  const { webhooks } = (await api.get(CONFIGURATION)) as unknown as Configuration;
  const without = webhooks.map((each) => ({ ...each, clientConfig: { ...each.clientConfig, caBundle: undefined } }));
  api.fake.set(CONFIGURATIONS, { metadata: { name: CONFIGURATION_NAME }, webhooks: without });
  await until(async () => (await send(api, first, reviewOf(pod)).catch(() => undefined))?.status === 200);
  const secret = (await api.get(SECRET)) as unknown as CertificateSecret;
  assert.deepEqual(Object.keys(secret.data ?? {}).sort(), ['ca.crt', 'ca.key', 'tls.crt', 'tls.key']);
});

test('a certificate is renewed a month before it ends, and its authority a year before', () => {
  const clock = createManualClock();
  const place = { name: 'secret', namespace: 'system' };
  const names = [HOST, '127.0.0.1'];
  const at = (days: number): number => clock.now() + days * DAY_MILLIS;
  const write = (known: CertificateSecret | undefined, days: number) =>
    renewedSecret(known, place, names, at(days)) as unknown as CertificateSecret;
  const authorities = (bundle: string) => bundle.match(/BEGIN CERTIFICATE/g)?.length;
  const first = write(undefined, 0);
  const made = certificateOf(first, names, at(0));
  assert.equal(made?.renewAtMillis, at(60));
  assert.equal(authorities(made.bundle), 1);
  assert.equal(certificateOf(first, names, at(61)), undefined);
  assert.equal(certificateOf(first, ['other.svc'], at(0)), undefined);
  assert.equal(certificateOf({ ...first, data: { ...first.data, 'tls.crt': 'AAAA' } }, names, at(0)), undefined);
  const second = certificateOf(write(first, 61), names, at(61));
  assert.equal(second?.bundle, made.bundle);
  assert.notEqual(second.cert, made.cert);
  // Both authorities are trusted until the first one ends.
  const late = write(first, 3400);
  const third = certificateOf(late, names, at(3400));
  assert.equal(authorities(third?.bundle ?? ''), 2);
  assert.ok(third?.bundle.endsWith(made.bundle));
  assert.equal(authorities(certificateOf(write(late, 3700), names, at(3700))?.bundle ?? ''), 1);
  // An authority without its key cannot issue.
  const stolen = { ...first, data: { ...first.data, 'ca.key': '', 'tls.crt': '' } };
  assert.equal(authorities(certificateOf(write(stolen, 0), names, at(0))?.bundle ?? ''), 2);
});

test('pods are always allowed, with a warning and an event if nothing is injected', async (t) => {
  const api = await startApi(t);
  const webhook = await start(t, api, 'a');
  await until(() => webhook.isReady);
  assert.deepEqual(await review(api, webhook, podOf({})), { uid: 'one', allowed: true });
  const nodejs = { 'instrumentation.opentelemetry.io/inject-nodejs': 'missing' };
  const missing = await review(api, webhook, podOf(nodejs));
  assert.deepEqual(missing, {
    uid: 'one',
    allowed: true,
    warnings: [
      'otelier: instrumentation.opentelemetry.io/inject-nodejs: expected an Instrumentation that exists, got shop/missing',
    ],
  });
  const events = () => api.writes.filter(({ path }) => path.endsWith('/events')).length;
  await until(() => events() === 1);
  await review(api, webhook, podOf(nodejs), { dryRun: true });
  assert.equal((await review(api, webhook, podOf(nodejs), { operation: 'UPDATE' })).warnings, undefined);
  const others = { resource: { group: 'apps', version: 'v1', resource: 'deployments' } };
  assert.equal((await review(api, webhook, podOf(nodejs), others)).warnings, undefined);
  const unsupported = await review(api, webhook, podOf({ 'instrumentation.opentelemetry.io/inject-dotnet': 'true' }));
  assert.match(unsupported.warnings?.[0] ?? '', /dotnet is not supported/);
  const asked = { 'instrumentation.opentelemetry.io/inject-nodejs': 'true' };
  const hostile: readonly unknown[] = [
    null,
    [],
    'text',
    { spec: null },
    podOf(asked, { containers: 'text' }),
    podOf(asked, { containers: [null] }),
    podOf(asked, { containers: [{ name: 1 }] }),
    podOf(asked, { containers: [{ name: 'a', env: {} }] }),
    podOf(asked, { containers: [{ name: 'a', env: [{ name: 'b', value: 1 }] }] }),
    podOf(asked, { containers: [{ name: 'a', image: {} }] }),
    podOf(asked, { initContainers: 7 }),
    podOf(asked, { volumes: [{}] }),
    { ...podOf(asked), metadata: { annotations: { a: 1 } } },
    { ...podOf(asked), metadata: { annotations: asked, ownerReferences: [{ kind: 'Job' }] } },
    { ...podOf(asked), metadata: { annotations: asked, ownerReferences: 'text' } },
  ];
  for (const object of hostile) {
    const { allowed, patch, warnings } = await review(api, webhook, object);
    assert.equal(allowed, true);
    assert.equal(patch, undefined, JSON.stringify(object));
    assert.equal(warnings?.length, 1, JSON.stringify(object));
  }
  assert.equal((await review(api, webhook, podOf(asked, { containers: [] }))).patch, undefined);
  assert.match(webhookMetrics(webhook), /^otelier_webhook_requests_total\{result="warned"\} 18$/m);
});

test('requests that are no reviews are refused, and the server stays available', async (t) => {
  const api = await startApi(t);
  const webhook = await start(t, api, 'a');
  await until(() => webhook.isReady);
  const status = async (body: string | Buffer, options = {}) =>
    (await send(api, webhook, body, options).catch(() => ({ status: 0 }))).status;
  assert.equal(await status('{}'), 400);
  assert.equal(await status(''), 400);
  assert.equal(await status('{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview"}'), 400);
  assert.equal(await status('[]'), 400);
  assert.equal(await status('null'), 400);
  assert.equal(await status(Buffer.from([0xff, 0xfe, 0x00])), 400);
  assert.equal(await status(`${'['.repeat(100_000)}`), 400);
  assert.equal(await status(reviewOf({}, { uid: 7 })), 400);
  assert.equal(await status(reviewOf({}, { namespace: {} })), 400);
  assert.equal(await status(reviewOf({}), { type: 'text/plain' }), 415);
  assert.equal(await status(reviewOf({}), { type: 'application/x-protobuf' }), 415);
  assert.equal(await status(reviewOf({}), { method: 'PUT' }), 405);
  assert.equal(await status('', { method: 'GET' }), 405);
  assert.equal(await status(reviewOf({}), { path: '/' }), 404);
  assert.equal(await status(reviewOf({}), { path: '/mutate-v1-pod/../healthz' }), 404);
  // The client may see the end of the connection before the response.
  assert.ok([0, 413].includes(await status(Buffer.alloc(9 << 20, 0x20))));
  assert.equal((await review(api, webhook, podOf({}))).allowed, true);
});

test('pods get a collector as a sidecar, beside an instrumentation', async (t) => {
  const api = await startApi(t);
  const config = {
    receivers: { otlp: { protocols: { http: { endpoint: 'localhost:4318' } } } },
    processors: { 'attributes/price': { actions: [{ key: 'price', value: '$$5', action: 'insert' }] } },
    exporters: { nop: {} },
    service: { pipelines: { traces: { receivers: ['otlp'], processors: ['attributes/price'], exporters: ['nop'] } } },
  };
  const sidecar = (name: string, spec: object) => {
    const metadata = { name, namespace: 'shop' };
    const base = { mode: 'sidecar', config, imagePullSecrets: [{ name: 'registry' }] };
    api.fake.set('/apis/otelier.dev/v1alpha1/collectors', { metadata, spec: { ...base, ...spec } });
  };
  sidecar('agent', { volumes: [{ name: 'certificates', secret: { secretName: 'a' } }] });
  sidecar('gateway', { mode: 'deployment' });
  sidecar('wrong', { config: { ...config, exporters: { nop: {}, debug: { verbosity: 'loud' } } } });
  api.fake.set('/apis/otelier.dev/v1alpha1/pipelines', {
    metadata: { name: 'audit', namespace: 'shop' },
    spec: { collectors: ['agent'], signal: 'logs', pipeline: { receivers: ['otlp'], exporters: ['nop'] } },
  });
  const webhook = await start(t, api, 'a');
  await until(() => webhook.isReady);
  const inject = async (annotations: object, spec: object = {}) => {
    const pod = podOf(annotations, spec);
    const { patch, warnings } = await review(api, webhook, pod);
    const operations = JSON.parse(Buffer.from(patch ?? '', 'base64').toString() || '[]') as PatchOperation[];
    return { spec: addedAt(operations, '/spec/initContainers'), operations, warnings };
  };
  const both = await inject({
    'sidecar.opentelemetry.io/inject': 'agent',
    'instrumentation.opentelemetry.io/inject-nodejs': 'true',
  });
  assert.equal(both.warnings, undefined);
  const [container, instrumentation] = both.spec as Container[];
  assert.equal(container?.name, 'otelier-sidecar');
  assert.equal(container?.['restartPolicy'], 'Always');
  assert.equal(instrumentation?.name, 'opentelemetry-auto-instrumentation-nodejs');
  const text = container?.env?.find(({ name }) => name === 'OTELIER_CONFIG')?.value ?? '';
  // Kubernetes makes one dollar of two.
  const read = JSON.parse(text.replaceAll('$$', '$')) as typeof config & { service: { pipelines: object } };
  assert.deepEqual(read.processors, config.processors);
  assert.deepEqual(Object.keys(read.service.pipelines), ['traces', 'logs/audit']);
  assert.deepEqual(addedAt(both.operations, '/metadata/labels'), { 'sidecar.opentelemetry.io/injected': 'shop.agent' });
  assert.deepEqual(addedAt(both.operations, '/spec/imagePullSecrets'), [{ name: 'registry' }]);
  const volumes = addedAt(both.operations, '/spec/volumes') as { name: string }[];
  assert.deepEqual(
    volumes.map(({ name }) => name),
    ['otelier-sidecar-tmp', 'otelier-sidecar-data', 'certificates', 'opentelemetry-auto-instrumentation-nodejs'],
  );
  const reasons = {
    gateway: /expected a Collector in mode sidecar, got shop\/gateway/,
    wrong: /the configuration of shop\/wrong is not valid: spec\.config\.exporters\.debug\.verbosity/,
    missing: /expected a Collector in mode sidecar, got shop\/missing/,
    true: /expected one Collector in mode sidecar in the namespace shop, got 2/,
  };
  for (const [value, reason] of Object.entries(reasons)) {
    const { operations, warnings } = await inject({ 'sidecar.opentelemetry.io/inject': value });
    assert.deepEqual(operations, []);
    assert.match(warnings?.[0] ?? '', reason);
  }
  const annotations = { 'sidecar.opentelemetry.io/inject': 'agent' };
  for (const name of ['otc-container', 'otelier-sidecar'])
    assert.deepEqual((await inject(annotations, { initContainers: [{ name }] })).operations, []);
});

function addedAt(operations: readonly PatchOperation[], path: string): unknown {
  const found = operations.find((operation) => operation.path === path);
  return found !== undefined && 'value' in found ? found.value : undefined;
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACCEPTED } from '@otelier/otlp';
import { formatConfigError } from '../config/config-error.ts';
import { loadConfig } from '../config/load.ts';
import { registry } from '../registry.generated.ts';
import { startGateway } from './gateway.testing.ts';

const insert = (value: string) => ({ actions: [{ key: 'by', value, action: 'insert' }] });

test('telemetry of a tenant passes only the pipelines for it, with their processors', async (t) => {
  const pipeline = (tenants: unknown, ...processors: string[]) => ({
    ...{ receivers: ['otlp'], processors, exporters: ['store'] },
    ...(tenants !== undefined && { tenants }),
  });
  const gateway = await startGateway(
    t,
    { trusted_proxies: ['127.0.0.1/32'] },
    {
      processors: {
        'attributes/acme': insert('acme'),
        'attributes/both': insert('both'),
        'attributes/rest': insert('rest'),
      },
      pipelines: {
        'logs/acme': pipeline(['acme'], 'attributes/acme'),
        'logs/both': pipeline(['umbra', 'wayne'], 'attributes/both'),
        logs: pipeline('others', 'attributes/rest'),
      },
    },
  );
  for (const [tenant, by] of [
    ['acme', 'acme'],
    ['umbra', 'both'],
    ['wayne', 'both'],
    ['stark', 'rest'],
  ] as const) {
    assert.deepEqual(await gateway.send(tenant), ACCEPTED);
    const { text } = await gateway.get('/api/v1/export?signal=logs', tenant);
    const found = [...text.matchAll(/"key":"by","value":\{"stringValue":"(\w+)"/g)].map(([, value]) => value);
    assert.deepEqual(found, [by, by, by], `${tenant}: ${text}`);
  }
});

test('telemetry of a tenant that no pipeline of the receiver accepts is refused with the reason', async (t) => {
  const gateway = await startGateway(
    t,
    { trusted_proxies: ['127.0.0.1/32'] },
    { pipelines: { logs: { receivers: ['otlp'], exporters: ['store'], tenants: ['acme'] } } },
  );
  assert.deepEqual(await gateway.send('acme'), ACCEPTED);
  const outcome = await gateway.send('umbra');
  assert.equal(outcome.kind, 'refused');
  assert.match(
    'reason' in outcome ? outcome.reason : '',
    /tenant: expected one whose telemetry a pipeline accepts here, got umbra/,
  );
  const { text } = await gateway.get('/api/v1/pipeline/ledger', 'acme');
  assert.doesNotMatch(text, /"balances":false/);
});

test('the tenants of pipelines are validated', async () => {
  const errorsOf = async (tenants: string) => {
    const text = `receivers: {otlp: {protocols: {http: }}}
exporters: {nop: }
service: {pipelines: {logs: {receivers: [otlp], exporters: [nop], tenants: ${tenants}}}}
`;
    const loaded = await loadConfig({ sources: [{ name: 'c.yaml', text }], environment: {}, registry });
    return loaded.ok ? [] : loaded.errors.map(formatConfigError);
  };
  assert.deepEqual(await errorsOf('[acme, acme]'), []);
  for (const [tenants, message] of [
    [
      'others',
      /service\.pipelines\.logs\.tenants: expected another pipeline of logs with a list of tenants besides "others"/,
    ],
    ['[]', /c\.yaml:3:\d+: service\.pipelines\.logs\.tenants: expected/],
    ['acme', /tenants: expected a list of tenants such as \[acme, umbra\], or others/],
    ['[ACME]', /tenants/],
  ] as const) {
    const errors = await errorsOf(tenants);
    assert.equal(errors.length, 1, errors.join('; '));
    assert.match(errors[0] ?? '', message);
  }
});

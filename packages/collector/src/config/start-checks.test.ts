import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createCertificates } from '@otelier/testkit/certificates';
import { registry } from '../registry.generated.ts';
import { formatConfigError } from './config-error.ts';
import { loadConfig } from './load.ts';

let directory = '';
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'otelier-checks-'));
});
after(() => rm(directory, { recursive: true, force: true }));

interface Parts {
  readonly receivers?: string;
  readonly exporters?: string;
  readonly extensions?: string;
}

/** Returns the errors of a configuration that uses all of its components in a traces pipeline and a logs pipeline. */
async function errorsOf({ receivers = '', exporters = 'nop: {}', extensions = '' }: Parts): Promise<string[]> {
  const ids = (part: string) => [...part.matchAll(/^([\w/]+):/gm)].map(([, id]) => id).join(', ');
  const section = (name: string, part: string) => `${name}:\n${part.replace(/^/gm, '  ')}\n`;
  const used = receivers === '' ? 'otlp: {protocols: {http: {endpoint: "127.0.0.1:0"}}}' : receivers;
  const pipeline = `{receivers: [${ids(used)}], exporters: [${ids(exporters)}]}`;
  const text = `${section('receivers', used)}${section('exporters', exporters)}${section('extensions', extensions)}service: {extensions: [${ids(extensions)}], pipelines: {traces: ${pipeline}, logs: ${pipeline}}}`;
  const loaded = await loadConfig({ sources: [{ name: 'c.yaml', text }], environment: {}, registry });
  return loaded.errors.map(formatConfigError).map((line) => line.replace(/^c\.yaml:\d+:\d+: /, ''));
}

test('reports an exporter without an endpoint for its signals', async () => {
  assert.deepEqual(await errorsOf({ exporters: 'otlp_http: {}' }), [
    'exporters.otlp_http.endpoint: expected a URL, or traces_endpoint and logs_endpoint, got nothing',
  ]);
  assert.deepEqual(await errorsOf({ exporters: 'otlp_http: {traces_endpoint: "http://a/t"}' }), [
    'exporters.otlp_http.endpoint: expected a URL, or logs_endpoint, got nothing',
  ]);
  assert.deepEqual(
    await errorsOf({ exporters: 'otlp_http: {traces_endpoint: "http://a/t", logs_endpoint: "http://a/l"}' }),
    [],
  );
});

test('reports a workbench that other machines could read without a token', async () => {
  for (const endpoint of ['0.0.0.0:4319', ':4319', '192.0.2.1:4319', '[::]:4319']) {
    const [line, ...others] = await errorsOf({ extensions: `workbench: {endpoint: "${endpoint}"}` });
    assert.match(line ?? '', /^extensions\.workbench\.endpoint: expected a token or a loopback address such as/);
    assert.deepEqual(others, []);
    const token = `workbench: {endpoint: "${endpoint}", token: "0123456789abcdef"}`;
    assert.deepEqual(await errorsOf({ extensions: token }), []);
    assert.deepEqual(
      await errorsOf({ extensions: `workbench: {endpoint: "${endpoint}", allow_unauthenticated: true}` }),
      [],
    );
  }
  assert.deepEqual(await errorsOf({ extensions: 'workbench: {endpoint: "unix:/tmp/x"}' }), [
    'extensions.workbench.endpoint: expected host:port, got "unix:/tmp/x"',
  ]);
});

test('reports the store of a workbench that no pipeline has', async () => {
  assert.deepEqual(await errorsOf({ extensions: 'workbench: {store: store}' }), [
    'extensions.workbench.store: expected no value, because no pipeline has a `store` or `clickhouse_store` exporter, got "store"',
  ]);
  const exporters = 'store/a: {directory: a}\nstore/b: {directory: b}';
  assert.deepEqual(await errorsOf({ exporters, extensions: 'workbench: {}' }), [
    'extensions.workbench.store: expected store/a or store/b, got nothing',
  ]);
  assert.deepEqual(await errorsOf({ exporters, extensions: 'workbench: {store: store/a}' }), []);
});

test('reports exporters that share a path with different settings', async () => {
  assert.deepEqual(await errorsOf({ exporters: 'file/a: {path: ./x}\nfile/b: {path: x, format: proto}' }), [
    'exporters.file/b.path: expected a path of its own, or the settings of "file/a", got "x" with other settings',
  ]);
  assert.deepEqual(await errorsOf({ exporters: 'store/a: {directory: x}\nstore/b: {directory: x, retention: 1h}' }), [
    'exporters.store/b.directory: expected a path of its own, or the settings of "store/a", got "x" with other settings',
  ]);
  assert.deepEqual(await errorsOf({ exporters: 'file/a: {path: x}\nfile/b: {path: x}\nfile/c: {path: y}' }), []);
});

test('reports components that listen on one address, at the later one', async () => {
  const http = (id: string, endpoint: string) => `${id}: {protocols: {http: {endpoint: "${endpoint}"}}}`;
  for (const [first, second, isConflict] of [
    ['127.0.0.1:4000', '127.0.0.1:4000', true],
    ['localhost:4000', '127.0.0.1:4000', true],
    ['0.0.0.0:4000', '127.0.0.1:4000', true],
    [':4000', '127.0.0.1:4000', true],
    ['[::]:4000', '0.0.0.0:4000', true],
    ['unix:/tmp/a', 'unix:///tmp/a', true],
    ['127.0.0.1:0', '127.0.0.1:0', false],
    ['127.0.0.1:4000', '127.0.0.2:4000', false],
    ['127.0.0.1:4000', '127.0.0.1:4001', false],
    ['0.0.0.0:4000', '[::1]:4000', false],
  ] as const) {
    const lines = await errorsOf({ receivers: `${http('otlp', first)}\n${http('otlp/2', second)}` });
    const expected = `receivers.otlp/2.protocols.http.endpoint: expected an address of its own, got "${second}", which receivers.otlp.protocols.http.endpoint uses`;
    assert.deepEqual(lines, isConflict ? [expected] : [], `${first} and ${second}`);
  }
  // Default addresses conflict too, and UDP ports are separate from TCP ports.
  assert.deepEqual(await errorsOf({ receivers: 'otlp: {}\notlp/2: {}' }), [
    'receivers.otlp/2.protocols.grpc.endpoint: expected an address of its own, got "127.0.0.1:4317", which receivers.otlp.protocols.grpc.endpoint uses',
    'receivers.otlp/2.protocols.http.endpoint: expected an address of its own, got "127.0.0.1:4318", which receivers.otlp.protocols.http.endpoint uses',
  ]);
  const udp = 'otlp_udp: {endpoint: "127.0.0.1:4318"}\notlp: {}';
  assert.deepEqual(await errorsOf({ receivers: udp, extensions: 'health_check: {endpoint: "127.0.0.1:4318"}' }), [
    'extensions.health_check.endpoint: expected an address of its own, got "127.0.0.1:4318", which receivers.otlp.protocols.http.endpoint uses',
  ]);
});

test('reports addresses that cannot be parsed in every component that listens', async () => {
  for (const [path, parts] of [
    ['receivers.otlp.protocols.grpc.endpoint', { receivers: 'otlp: {protocols: {grpc: {endpoint: "a:b"}}}' }],
    ['receivers.otlp.protocols.http.endpoint', { receivers: 'otlp: {protocols: {http: {endpoint: "a:b"}}}' }],
    ['receivers.otlp_websocket.endpoint', { receivers: 'otlp_websocket: {endpoint: "a:b"}' }],
    ['receivers.otlp_udp.endpoint', { receivers: 'otlp_udp: {endpoint: "a:b"}' }],
    ['extensions.health_check.endpoint', { extensions: 'health_check: {endpoint: "a:b"}' }],
    ['extensions.workbench.endpoint', { extensions: 'workbench: {endpoint: "a:b"}' }],
  ] as const) {
    const [line, ...others] = await errorsOf(parts);
    assert.match(
      line ?? '',
      new RegExp(`^${path}: expected host:port(, | or )\\[ipv6\\]:port( or unix:/path)?, got "a:b"$`),
    );
    assert.deepEqual(others, []);
  }
  const unix = 'otlp: {protocols: {grpc: {transport: unix, endpoint: "/tmp/otelier.sock"}}}';
  assert.deepEqual(await errorsOf({ receivers: unix }), []);
});

test('reads the files that the start reads', async () => {
  const key = join(directory, 'key.pem');
  await writeFile(key, 'no key');
  const missing = join(directory, 'missing.pem');
  const gone = `got ${missing}: there is no such file`;
  for (const [parts, ...expected] of [
    [
      { receivers: `otlp: {protocols: {http: {tls: {cert_file: "${missing}", key_file: "${missing}"}}}}` },
      `receivers.otlp.protocols.http.tls.cert_file: expected a readable file, ${gone}`,
    ],
    [
      { receivers: 'otlp_websocket: {tls: {}}' },
      'receivers.otlp_websocket.tls.cert_file: expected the certificate of this server, got nothing',
    ],
    [
      { exporters: `otlp_grpc: {endpoint: "a:1", tls: {ca_file: "${missing}"}}` },
      `exporters.otlp_grpc.tls.ca_file: expected a readable file, ${gone}`,
    ],
    [
      { exporters: `otlp_http: {endpoint: "https://a:1", tls: {cert_file: "${key}"}}` },
      'exporters.otlp_http.tls: expected cert_file and key_file together, got only one of them',
    ],
    [
      { exporters: `otlp_websocket: {endpoint: "wss://a:1", tls: {ca_file: "${key}"}}` },
      `exporters.otlp_websocket.tls.ca_file: expected certificates in PEM, got ${key}: no PEM block`,
    ],
    [
      { extensions: `bearer_token_auth: {filename: "${missing}"}` },
      `extensions.bearer_token_auth.filename: expected a readable file, ${gone}`,
    ],
    [
      { extensions: `basic_auth: {htpasswd: {file: "${missing}"}}` },
      `extensions.basic_auth.htpasswd.file: expected a readable file, ${gone}`,
    ],
    [
      { extensions: 'basic_auth: {htpasswd: {inline: "user"}}' },
      'extensions.basic_auth.htpasswd: entry 1: expected name:password, got neither',
    ],
  ] as const) {
    assert.deepEqual(await errorsOf(parts), expected);
  }
  // A client without TLS reads no files.
  const insecure = `otlp_grpc: {endpoint: "a:1", tls: {insecure: true, ca_file: "${missing}"}}`;
  assert.deepEqual(await errorsOf({ exporters: insecure }), []);
});

test('accepts certificates that the start accepts', async () => {
  const { server } = await createCertificates();
  const [cert, key] = [join(directory, 'cert.pem'), join(directory, 'server-key.pem')];
  await writeFile(cert, server.cert);
  await writeFile(key, server.key);
  const tls = `tls: {cert_file: "${cert}", key_file: "${key}"}`;
  assert.deepEqual(await errorsOf({ receivers: `otlp: {protocols: {grpc: {${tls}}}}` }), []);
});

test('reports an authenticator that is not an authentication extension of the service', async () => {
  const receivers = 'otlp: {protocols: {http: {auth: {authenticator: basic_auth}}}}';
  const path =
    'receivers.otlp.protocols.http.auth.authenticator: expected an authentication extension of service.extensions';
  assert.deepEqual(await errorsOf({ receivers }), [`${path} but it has none, got "basic_auth"`]);
  assert.deepEqual(await errorsOf({ receivers, extensions: 'bearer_token_auth: {token: x}' }), [
    `${path} (bearer_token_auth), got "basic_auth"`,
  ]);
  assert.deepEqual(await errorsOf({ receivers, extensions: 'basic_auth: {htpasswd: {inline: "a:b"}}' }), []);
});

test('reports wrong names of extensions beside other errors, but none of extensions with errors', async () => {
  const named = (id: string) => `receiver_creator: {watch_observers: [${id}]}
otlp: {protocols: {http: {auth: {authenticator: ${id}}, tls: {acme: ${id}}}}}`;
  const exporters = `kafka: {brokers: 1}
otlp_http: {endpoint: "http://a", sending_queue: {storage: other}}`;
  const extensions = `headers_setter: {headers: [{key: a, value: b}], additional_auth: other}
workbench: {auth: {authenticator: other}}
host_observer: {}`;
  const lines = await errorsOf({ receivers: named('other'), exporters, extensions });
  assert.match(lines.find((line) => line.startsWith('exporters.kafka')) ?? '', /brokers: expected/);
  assert.deepEqual(
    lines.filter((line) => line.includes('"other"')).map((line) => line.split(':')[0]),
    [
      'receivers.receiver_creator.watch_observers[0]',
      'receivers.otlp.protocols.http.auth.authenticator',
      'receivers.otlp.protocols.http.tls.acme',
      'exporters.otlp_http.sending_queue.storage',
      'extensions.headers_setter.additional_auth',
      'extensions.workbench.auth.authenticator',
    ],
  );
  const wrong = await errorsOf({ receivers: named('host_observer'), extensions: 'host_observer: {no_such: 1}' });
  assert.deepEqual(
    wrong.map((line) => line.split(':')[0]),
    ['extensions.host_observer.no_such'],
  );
});

test('warns about what has no effect', async () => {
  const text = `receivers: {otlp: {protocols: {grpc: {read_buffer_size: 1}}}, otlp/2: {}}
exporters: {nop: {}, nop/2: {}, file: {path: x, create_directory: true}}
extensions: {health_check: {}}
service:
  telemetry: {metrics: {level: none, address: x}, traces: {limits: {event_count_limit: 1}}}
  pipelines: {traces: {receivers: [otlp], exporters: [nop, file]}}`;
  const loaded = await loadConfig({ sources: [{ name: 'c.yaml', text }], environment: {}, registry });
  assert.ok(loaded.ok);
  assert.deepEqual(loaded.errors.map(formatConfigError), [
    'c.yaml:1:57: receivers.otlp.protocols.grpc.read_buffer_size: warning: no effect: buffers are sized automatically',
    'c.yaml:1:63: receivers.otlp/2: warning: no effect: no pipeline uses it',
    'c.yaml:2:22: exporters.nop/2: warning: no effect: no pipeline uses it',
    'c.yaml:3:14: extensions.health_check: warning: no effect: service.extensions does not list it',
    'c.yaml:5:47: service.telemetry.metrics.address: warning: no effect: set `readers`',
    'c.yaml:5:68: service.telemetry.traces.limits: warning: no effect: spans have few attributes and events',
  ]);
});

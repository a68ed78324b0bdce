/**
 * Sends known telemetry with the official SDKs for five languages, with telemetrygen, and through the real Collector
 * upstream and downstream of otelier, and compares every item. Also runs the query tests of Prometheus, compares the
 * responses to generated queries with a real Prometheus, and runs the official `pg` instrumentation with the official SDK
 * and the light SDK, and compares their spans.
 *
 *    npm run interop                       all
 *    npm run interop -- --only python,go   some of: javascript python go java rust telemetrygen collector pg instrumentation assertions fluent beats datadog elasticsearch clickhouse masking clickhouse-page identity-postgres kafka nats pull collectd s3 influxdb journald syslog promqltest rules alertmanager prometheus exchange allocator acme ocsp image engine helm jaeger-ui kubernetes operator injection
 *    npm run interop -- --only engine,helm,operator --record   also writes the objects that npm test reads
 *    npm run interop -- --only operator --count 20   with 20 collectors instead of 1,000
 *    npm run interop -- --peers DIR        directory of otelcol, telemetrygen, prometheus, victoria-metrics and jaeger-ui (default: "peers" in the directory for temporary files)
 *
 * To build Prometheus: `go mod download github.com/prometheus/prometheus@v0.315.1`, then in the directory of the module
 * `GOWORK=off go build -tags remove_all_sd -o DIR/prometheus ./cmd/prometheus`, and the same for `promtool`. VictoriaMetrics is compared with it if it is
 * there: `GOBIN=DIR go install github.com/VictoriaMetrics/VictoriaMetrics/app/victoria-metrics@v1.151.0`. `DIR/jaeger-ui` is the built UI
 * (`test/interop/jaeger-ui/run.ts`). `alertmanager` and `amtool` come from github.com/prometheus/alertmanager@v0.34.0
 * (`test/interop/alertmanager/observe.ts`). Requires Python, Go, Maven with a JDK and Cargo. A missing tool is an error.
 */

import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { freePorts } from '@otelier/testkit/servers/free-ports';
import { compareWithPebble } from './acme/compare.ts';
import { disagreements } from './alertmanager/agree.ts';
import { runAmtool } from './alertmanager/amtool.ts';
import { observeAlertmanager } from './alertmanager/observe.ts';
import { compareTestRunners } from './assertions/compare.ts';
import { compareBeatsClient } from './beats/client.ts';
import { type Comparison, compare, countItems, type Sent } from './check.ts';
import { compareWithClickHouse } from './clickhouse/compare.ts';
import { testPageOverClickHouse, testStoreOverClickHouse } from './clickhouse/store.ts';
import { compareWithCollectd } from './collectd/compare.ts';
import { type Collector, startCollector } from './collector.ts';
import { compareDatadogClients } from './datadog/compare.ts';
import { compareElasticClients } from './elasticsearch/clients.ts';
import { compareOpenSearchModes, compareWithOpenSearch } from './elasticsearch/server.ts';
import { testEngine } from './engine/compare.ts';
import { compareFluentSenders } from './fluent/senders.ts';
import { NODE, OTELIER, startGateway } from './gateway.ts';
import { testChart } from './helm/compare.ts';
import { testIdentityOverPostgres } from './identity/postgres.ts';
import { testImage } from './image/compare.ts';
import { compareWithInfluxDb } from './influxdb/compare.ts';
import { testInjection } from './injection/compare.ts';
import { compareInstrumentations } from './instrumentation/compare.ts';
import { compareWithJournalctl } from './journald/compare.ts';
import { compareWithKafka } from './kafka/compare.ts';
import { compareWithKubernetes } from './kubernetes/compare.ts';
import { compareWithNats } from './nats/compare.ts';
import { compareWithOpenssl } from './ocsp/compare.ts';
import { testOperator } from './operator/compare.ts';
import { comparePg } from './pg/compare.ts';
import { runToEnd, startServer } from './processes.ts';
import { compareWithPrometheus } from './prometheus/compare.ts';
import { exchangeWithPrometheus } from './prometheus/exchange.ts';
import { comparePromqltest } from './promqltest/upstream.ts';
import { comparePullReceivers } from './pull/compare.ts';
import { compareWithPromtool } from './rules/compare.ts';
import { testRuntimes } from './runtimes.ts';
import { compareWithS3 } from './s3/compare.ts';
import { type Protocol, SDKS, type Sdk } from './sdks.ts';
import { compareSyslogServers } from './syslog/compare.ts';
import { compareAllocation } from './target-allocator/compare.ts';

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    peers: { type: 'string', default: join(tmpdir(), 'peers') },
    count: { type: 'string', default: '1000' },
    record: { type: 'boolean', default: false },
  },
});
const COUNT = Number(options.count);
const only = options.only?.split(',');
const OTELCOL = join(options.peers, 'otelcol');
const TELEMETRYGEN = join(options.peers, 'telemetrygen');
const totals = { passed: 0, failed: 0 };

for (const sdk of SDKS) if (isWanted(sdk.name)) await testSdk(sdk);
if (isWanted('runtimes')) await testRuntimes(COUNT, report);
if (isWanted('telemetrygen')) await testTelemetrygen();
if (isWanted('collector')) await testCollector();
if (isWanted('pg')) report('the instrumentation of pg with the official and the light SDK', await comparePg());
if (isWanted('assertions')) report('assertions in node:test, Vitest and Jest', await compareTestRunners());
if (isWanted('instrumentation')) {
  await compareInstrumentations((server, compared) => report(`instrumentations with a real ${server}`, compared));
}
if (isWanted('fluent')) report('client libraries of the forward protocol', await compareFluentSenders());
if (isWanted('beats')) report('the Go client of the Lumberjack protocol', await compareBeatsClient());
if (isWanted('datadog')) report('the tracer and the API client of Datadog', await compareDatadogClients());
if (isWanted('elasticsearch')) {
  report('client libraries of Elasticsearch and OpenSearch', await compareElasticClients());
  report('a real OpenSearch', await compareWithOpenSearch());
  report('a real OpenSearch, in the mapping modes of its exporter', await compareOpenSearchModes());
}
if (isWanted('clickhouse')) {
  report('a real engine of ClickHouse', await compareWithClickHouse());
  report('the contract of Store over ClickHouse', await testStoreOverClickHouse('contract.ts'));
  report('queries over ClickHouse, compared with scans', await testStoreOverClickHouse('agreement.ts'));
}
if (isWanted('masking'))
  report('hidden attributes over ClickHouse and the embedded store', await testStoreOverClickHouse('masking.ts'));
if (isWanted('identity-postgres'))
  report('identities of several gateways in a real PostgreSQL', await testIdentityOverPostgres());
if (isWanted('clickhouse-page')) report('the page in a browser over ClickHouse', await testPageOverClickHouse());
if (isWanted('kafka')) await compareWithKafka((way, compared) => report(`a real Kafka broker, ${way}`, compared));
if (isWanted('nats')) await compareWithNats((way, compared) => report(`a real NATS server, ${way}`, compared));
if (isWanted('pull')) await comparePullReceivers((server, compared) => report(`metrics of a real ${server}`, compared));
if (isWanted('collectd')) report('the page of a real collectd', await compareWithCollectd());
if (isWanted('s3')) report('a server of S3 that verifies signatures', await compareWithS3());
if (isWanted('influxdb')) report('a real InfluxDB, there and back', await compareWithInfluxDb());
if (isWanted('journald')) report('entries that journalctl prints', await compareWithJournalctl());
if (isWanted('syslog')) await compareSyslogServers((way, compared) => report(way, compared));
if (isWanted('promqltest')) {
  report('the query tests of Prometheus', await comparePromqltest((text) => process.stdout.write(`${text}\n`)));
}
if (isWanted('rules')) {
  report(
    'rule files, their tests and templates, with promtool',
    await compareWithPromtool(join(options.peers, 'promtool')),
  );
}
if (isWanted('alertmanager')) {
  report(
    'routes, suppression, notifications and templates, with Alertmanager',
    await disagreements(await observeAlertmanager(options.peers)),
  );
  report('the API, with amtool', await runAmtool(join(options.peers, 'amtool')));
}
if (isWanted('prometheus')) {
  const log = (text: string): boolean => process.stdout.write(`${text}\n`);
  const compared = await compareWithPrometheus({ peers: options.peers, queryCount: COUNT, seed: 1 }, log);
  report('generated queries with a real Prometheus', compared);
}
if (isWanted('exchange')) {
  await exchangeWithPrometheus((way, compared) => report(`a real Prometheus, ${way}`, compared));
}
if (isWanted('allocator')) report('target_allocator with Collectors', await compareAllocation(options.peers));
if (isWanted('acme')) report('certificates of Pebble, over ACME', await compareWithPebble());
if (isWanted('ocsp')) report('OCSP responses of openssl, stapled', await compareWithOpenssl());
if (isWanted('image')) report('the image, in namespaces', await testImage((line) => process.stdout.write(`${line}\n`)));
if (isWanted('engine')) await testEngine(options.record, report, (line) => process.stdout.write(`${line}\n`));
if (isWanted('kubernetes')) {
  await compareWithKubernetes(options.peers, options.record, (way, compared) => report(way, compared));
}
if (isWanted('helm')) report('the Helm chart', await testChart(options.peers, options.record));
if (isWanted('operator'))
  await testOperator(options.peers, { count: COUNT, records: options.record }, (way, compared) =>
    report(way, compared),
  );
if (isWanted('injection')) {
  await testInjection(options.peers, options.record, (way, compared) => report(way, compared));
}
if (isWanted('jaeger-ui')) {
  const script = join(import.meta.dirname, 'jaeger-ui', 'run.ts');
  const { code, stdout, stderr } = await runToEnd([NODE, script, join(options.peers, 'jaeger-ui')]);
  const compared = stdout.split('\n').filter((line) => line.startsWith('✔')).length;
  report('the official Jaeger UI', { compared, mismatches: code === 0 ? [] : [stderr.trim()] });
}
process.stdout.write(`\n${totals.passed} passed, ${totals.failed} failed\n`);
process.exit(totals.failed === 0 && totals.passed > 0 ? 0 : 1);

function isWanted(name: string): boolean {
  return only === undefined || only.includes(name);
}

/** Tests all protocols of one SDK with one gateway. */
async function testSdk(sdk: Sdk): Promise<void> {
  const command = await sdk.prepare();
  const gateway = await startGateway();
  const runs: { protocol: Protocol; service: string; sent: Sent[] }[] = [];
  for (const protocol of sdk.protocols) {
    const service = `${sdk.name}-${protocol}`;
    runs.push({
      protocol,
      service,
      sent: await send(sdk, command, protocol, service, protocol === 'grpc' ? gateway.grpc : gateway.http),
    });
  }
  const { memory, store } = await gateway.stop();
  for (const { protocol, service, sent } of runs) {
    report(`${sdk.name}, ${protocol}, through memory`, compare(sent, service, memory));
    report(`${sdk.name}, ${protocol}, through the store`, compare(sent, service, store));
  }
}

async function send(
  sdk: Sdk,
  command: readonly string[],
  protocol: Protocol,
  service: string,
  port: number,
): Promise<Sent[]> {
  const endpoint = `${sdk.endpointIsUrl ? 'http://' : ''}127.0.0.1:${port}`;
  const { code, stdout, stderr } = await runToEnd(command, {
    INTEROP_PROTOCOL: protocol,
    INTEROP_ENDPOINT: endpoint,
    INTEROP_SERVICE: service,
    INTEROP_COUNT: String(COUNT),
  });
  if (code !== 0) throw new Error(`the program of ${sdk.name} failed over ${protocol}:\n${stderr}`);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Sent);
}

/** Counts the items, because telemetrygen reports only their number. */
async function testTelemetrygen(): Promise<void> {
  requireProgram(TELEMETRYGEN);
  const gateway = await startGateway();
  for (const transport of ['grpc', 'http'] as const) {
    for (const signal of ['traces', 'metrics', 'logs'] as const) {
      const endpoint = `127.0.0.1:${transport === 'grpc' ? gateway.grpc : gateway.http}`;
      const args = [
        signal,
        `--${signal}`,
        String(COUNT),
        '--otlp-insecure',
        '--otlp-endpoint',
        endpoint,
        '--service',
        `telemetrygen-${transport}`,
        '--workers',
        '1',
        '--rate',
        '0',
        ...(transport === 'http' ? ['--otlp-http'] : []),
      ];
      const { code, stderr } = await runToEnd([TELEMETRYGEN, ...args]);
      if (code !== 0) throw new Error(`telemetrygen ${args.join(' ')} failed:\n${stderr}`);
    }
  }
  const { memory, store } = await gateway.stop();
  for (const transport of ['grpc', 'http']) {
    for (const [way, requests] of [
      ['memory', memory],
      ['the store', store],
    ] as const) {
      const counts = countItems(requests, `telemetrygen-${transport}`);
      // telemetrygen creates two spans per trace.
      const expected = { spans: 2 * COUNT, logs: COUNT, metrics: COUNT };
      const mismatches =
        JSON.stringify(counts) === JSON.stringify(expected)
          ? []
          : [`expected ${JSON.stringify(expected)}, got ${JSON.stringify(counts)}`];
      report(`telemetrygen, ${transport}, through ${way}`, { compared: 4 * COUNT, mismatches });
    }
  }
}

/** Tests the Collector upstream and downstream of otelier over both protocols. */
async function testCollector(): Promise<void> {
  requireProgram(OTELCOL);
  const [sdk] = SDKS;
  if (sdk === undefined) return;
  const command = await sdk.prepare();
  for (const protocol of ['grpc', 'http/protobuf'] as const) {
    const gateway = await startGateway();
    const before = await startCollector(
      OTELCOL,
      exporterTo(protocol, protocol === 'grpc' ? gateway.grpc : gateway.http),
    );
    const sent = await send(sdk, command, protocol, 'before', protocol === 'grpc' ? before.grpc : before.http);
    await before.stop();
    const { memory, store } = await gateway.stop();
    report(`Collector → otelier, ${protocol}, through memory`, compare(sent, 'before', memory));
    report(`Collector → otelier, ${protocol}, through the store`, compare(sent, 'before', store));

    const behind = await startCollector(OTELCOL);
    const forwarder = await startForwarder(protocol, behind);
    const forwarded = await send(
      sdk,
      command,
      protocol,
      'behind',
      protocol === 'grpc' ? forwarder.grpc : forwarder.http,
    );
    await forwarder.stop();
    report(`otelier → Collector, ${protocol}`, compare(forwarded, 'behind', await behind.stop()));
  }
}

function exporterTo(protocol: 'grpc' | 'http/protobuf', port: number): string {
  return protocol === 'grpc'
    ? `otlp_grpc: {endpoint: "127.0.0.1:${port}", tls: {insecure: true}}`
    : `otlp_http: {endpoint: "http://127.0.0.1:${port}"}`;
}

/** Starts an otelier process that only batches and forwards. */
async function startForwarder(protocol: 'grpc' | 'http/protobuf', collector: Collector) {
  const directory = await mkdtemp(join(tmpdir(), 'otelier-interop-'));
  const [grpc = 0, http = 0] = await freePorts(2);
  const exporter = exporterTo(protocol, protocol === 'grpc' ? collector.grpc : collector.http);
  const id = exporter.slice(0, exporter.indexOf(':'));
  const pipelines = ['traces', 'metrics', 'logs'].map(
    (signal) => `    ${signal}: {receivers: [otlp], processors: [batch], exporters: [${id}]}`,
  );
  const config = `receivers: {otlp: {protocols: {grpc: {endpoint: "127.0.0.1:${grpc}"}, http: {endpoint: "127.0.0.1:${http}"}}}}
processors: {batch: {}}
exporters: {${exporter}}
service:
  telemetry: {logs: {level: warn}}
  pipelines:
${pipelines.join('\n')}
`;
  await writeFile(join(directory, 'otelier.yaml'), config);
  const server = await startServer([NODE, OTELIER, '--config', join(directory, 'otelier.yaml')], [grpc, http]);
  return {
    grpc,
    http,
    stop: async () => {
      await server.stop();
      await rm(directory, { recursive: true });
    },
  };
}

function requireProgram(path: string): void {
  if (!existsSync(path))
    throw new Error(`${path} is missing: build the peers first, or set their directory with --peers`);
}

function report(what: string, { compared, mismatches, note }: Comparison): void {
  totals[mismatches.length === 0 ? 'passed' : 'failed'] += 1;
  process.stdout.write(
    `${mismatches.length === 0 ? '✔' : '✖'} ${what}: ${compared} compared, ${mismatches.length} differ${note === undefined ? '' : `, ${note}`}\n`,
  );
  for (const mismatch of mismatches.slice(0, 5)) process.stdout.write(`    ${mismatch}\n`);
}

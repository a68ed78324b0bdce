/**
 * Records what SDKs from before June 2024 send, for `packages/collector/src/senders/broken-telemetry.test.ts`:
 *   node test/interop/senders/record.ts
 * Installs them from npm and PyPI. The time of the spans is that of the recording.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { NODE } from '../gateway.ts';
import { runStep } from '../processes.ts';

const DIRECTORY = join(import.meta.dirname, '..', '.build', 'senders');
const OUTPUT = join(import.meta.dirname, '../../../packages/collector/src/senders/old-sdks.testing.json');

interface Sender {
  readonly service: string;
  readonly version: string;
  /** Installs the SDK and returns the command of a program that sends a span to the URL. */
  prepare(): Promise<(url: string) => readonly string[]>;
}

const JAVASCRIPT = `
const { BasicTracerProvider, SimpleSpanProcessor } = require('@opentelemetry/sdk-trace-base');
const { OTLPTraceExporter } = require('@opentelemetry/exporter-trace-otlp-proto');
const { Resource } = require('@opentelemetry/resources');
const resource = Resource.default().merge(new Resource({ 'service.name': 'old-nodejs', 'service.instance.id': '1' }));
const provider = new BasicTracerProvider({ resource });
provider.addSpanProcessor(new SimpleSpanProcessor(new OTLPTraceExporter({ url: process.argv[2] })));
provider.getTracer('app').startSpan('work').end();
provider.shutdown();
`;

const PYTHON = `
import sys
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
provider = TracerProvider(resource=Resource.create({"service.name": "old-python", "service.instance.id": "1"}))
provider.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter(endpoint=sys.argv[1])))
provider.get_tracer("app").start_span("work").end()
provider.shutdown()
`;

const SENDERS: readonly Sender[] = [
  {
    service: 'old-nodejs',
    version: '1.9.1',
    async prepare() {
      const packages = [
        '@opentelemetry/api@1.4.1',
        '@opentelemetry/sdk-trace-base@1.9.1',
        '@opentelemetry/resources@1.9.1',
        '@opentelemetry/exporter-trace-otlp-proto@0.35.1',
      ];
      writeFileSync(join(DIRECTORY, 'package.json'), '{ "private": true }\n');
      writeFileSync(join(DIRECTORY, 'main.cjs'), JAVASCRIPT);
      await runStep(['npm', 'install', '--no-audit', '--no-fund', '--loglevel=error', ...packages], DIRECTORY);
      return (url) => [NODE, join(DIRECTORY, 'main.cjs'), url];
    },
  },
  {
    service: 'old-python',
    version: '1.20.0',
    async prepare() {
      const python = join(DIRECTORY, 'python', 'bin', 'python');
      writeFileSync(join(DIRECTORY, 'main.py'), PYTHON);
      await runStep(['python3', '-m', 'venv', join(DIRECTORY, 'python')]);
      const packages = ['opentelemetry-sdk==1.20.0', 'opentelemetry-exporter-otlp-proto-http==1.20.0'];
      await runStep([python, '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages]);
      return (url) => [python, join(DIRECTORY, 'main.py'), url];
    },
  },
];

mkdirSync(DIRECTORY, { recursive: true });
const recorded = [];
for (const { service, version, prepare } of SENDERS) {
  const command = await prepare();
  let request: Readonly<Record<string, string | undefined>> | undefined;
  const server = createServer(async (incoming, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const { 'user-agent': userAgent = '', 'content-type': contentType } = incoming.headers;
    request = { userAgent, contentType, body: Buffer.concat(chunks).toString('base64') };
    response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  await runStep(command(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`));
  server.closeAllConnections();
  server.close();
  if (request === undefined) throw new Error(`${service} has sent nothing`);
  recorded.push({ service, version, ...request });
}
writeFileSync(OUTPUT, `${JSON.stringify(recorded, undefined, 2)}\n`);

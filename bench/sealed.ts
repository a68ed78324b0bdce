/**
 * Compares the CPU time for routing, sampling and counting spans with a sealed attribute with that for the same spans
 * in plain, interleaved in one process of otelier.
 *
 *     node bench/sealed.ts [rounds] [seconds]
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { requestFromJson } from '@otelier/otlp';
import { createRequestSealer, generateKeyPair } from '@otelier/sdk/seal';
import { startGateway, withLifetime } from '../test/e2e/gateway.ts';
import { cpuSecondsOf } from './pinned.ts';

const { positionals } = parseArgs({ allowPositionals: true });
const [rounds = 6, seconds = 2] = positionals.map(Number);
const SPANS = 1000;
const IN_FLIGHT = 4;
const TARGET = 0.9;

const CONFIG = {
  receivers: { otlp: { protocols: { http: { endpoint: '127.0.0.1:0' } } } },
  processors: { probabilistic_sampler: { sampling_percentage: 50 } },
  connectors: {
    count: {},
    routing: {
      default_pipelines: ['traces/others'],
      table: [{ context: 'resource', condition: 'attributes["service.name"] == "shop"', pipelines: ['traces/shop'] }],
    },
  },
  exporters: { nop: {} },
  service: {
    telemetry: { metrics: { level: 'none' } },
    pipelines: {
      traces: { receivers: ['otlp'], exporters: ['routing', 'count'] },
      'traces/shop': { receivers: ['routing'], processors: ['probabilistic_sampler'], exporters: ['nop'] },
      'traces/others': { receivers: ['routing'], exporters: ['nop'] },
      metrics: { receivers: ['count'], exporters: ['nop'] },
    },
  },
};

function plainRequest(): Uint8Array {
  const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
  const hex = (value: number, size: number): string =>
    (value * 2_654_435_761).toString(16).padStart(size, '7').slice(0, size);
  const spans = Array.from({ length: SPANS }, (_, i) => ({
    traceId: hex(i + 1, 32),
    spanId: hex(i + 1, 16),
    name: `GET /api/products/${i % 20}`,
    kind: 2,
    startTimeUnixNano: `${1_700_000_000_000_000_000n + BigInt(i)}`,
    endTimeUnixNano: `${1_700_000_000_100_000_000n + BigInt(i)}`,
    attributes: [
      text('http.request.method', 'GET'),
      text('http.route', '/api/products/{id}'),
      text('url.full', `https://shop.example.com/api/products/${i}?ref=mail`),
      text('user_agent.original', 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36'),
      text('server.address', 'shop.example.com'),
      text('enduser.id', `user-${i}@example.com`),
      text('client.address', `10.0.${i % 250}.${i % 199}`),
      { key: 'http.response.status_code', value: { intValue: '200' } },
    ],
  }));
  const resource = { attributes: [text('service.name', 'shop'), text('service.version', '1.4.2')] };
  const made = requestFromJson('traces', JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans }] }] }));
  if (!made.ok) throw new Error('the request is invalid');
  return made.bytes;
}

await withLifetime(async (lifetime) => {
  const directory = mkdtempSync(join(tmpdir(), 'sealed-'));
  lifetime.after(async () => rmSync(directory, { recursive: true }));
  const file = join(directory, 'config.yaml');
  writeFileSync(file, JSON.stringify(CONFIG));
  const gateway = await startGateway(lifetime, { file });
  const plain = plainRequest();
  const { publicKey } = await generateKeyPair();
  const sealer = await createRequestSealer({ recipients: [publicKey], attributes: ['enduser.id'] });
  const sealed = await sealer.seal('traces', plain);
  process.stdout.write(
    `bytes per span: plain ${Math.round(plain.length / SPANS)}, sealed ${Math.round(sealed.length / SPANS)}\n`,
  );
  const agent = new Agent({ keepAlive: true, maxSockets: IN_FLIGHT });
  const pid = gateway.child.pid ?? 0;

  /** Sends requests for some time and returns the number of spans per second of CPU time. */
  const rate = async (body: Uint8Array, forSeconds: number): Promise<number> => {
    const before = await cpuSecondsOf(pid);
    const end = performance.now() + forSeconds * 1000;
    let sent = 0;
    const worker = async (): Promise<void> => {
      while (performance.now() < end) {
        await post(`${gateway.http}/v1/traces`, agent, body);
        sent += SPANS;
      }
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
    return sent / ((await cpuSecondsOf(pid)) - before);
  };

  for (const body of [plain, sealed, plain, sealed]) await rate(body, 1);
  const ratios: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? [plain, sealed] : [sealed, plain];
    const rates = new Map<Uint8Array, number>();
    for (const body of order) rates.set(body, await rate(body, seconds));
    const [inPlain = 0, inSealed = 0] = [rates.get(plain), rates.get(sealed)];
    ratios.push(inSealed / inPlain);
    process.stdout.write(
      `plain ${Math.round(inPlain).toLocaleString('en')}, sealed ${Math.round(inSealed).toLocaleString('en')} spans per CPU-second: ${(inSealed / inPlain).toFixed(2)} x\n`,
    );
  }
  agent.destroy();
  ratios.sort((a, b) => a - b);
  const median = ratios[ratios.length >> 1] ?? 0;
  process.stdout.write(`median ${median.toFixed(2)} x, target >= ${TARGET}\n`);
  if (median < TARGET) process.exitCode = 1;
});

function post(url: string, agent: Agent, body: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/x-protobuf', 'content-length': body.length };
    request(url, { method: 'POST', agent, headers }, (response) => {
      response.resume().on('end', () => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(`status ${response.statusCode}`));
      });
    })
      .on('error', reject)
      .end(body);
  });
}

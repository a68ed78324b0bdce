import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { requestToJson } from '@otelier/otlp';
import { type ComponentBench, createComponentBench } from '@otelier/testkit/component-bench';
import { prometheus } from '../prometheus.ts';

/** A target of a test, whose page can be changed. */
export interface TestTarget {
  /** `host:port`. */
  readonly address: string;
  page: string | Uint8Array;
  contentType: string;
  /** Overrides the response. */
  respond: ((request: IncomingMessage, response: ServerResponse) => void) | undefined;
  readonly requests: IncomingMessage[];
  close(): Promise<void>;
}

/** Serves a page on a free port. */
export async function startTarget(
  page: string | Uint8Array,
  contentType = 'text/plain; version=0.0.4',
): Promise<TestTarget> {
  const server = createServer((request, response) => {
    target.requests.push(request);
    if (target.respond !== undefined) target.respond(request, response);
    else response.writeHead(200, { 'content-type': target.contentType }).end(target.page);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const target: TestTarget = {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    page,
    contentType,
    respond: undefined,
    requests: [],
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return target;
}

/** A bench that scrapes one target, whose scrapes happen when the test asks for them. */
export interface ScrapeBench {
  readonly bench: ComponentBench;
  /** Advances the clock to the next scrape, and returns the points of its request. */
  scrape(): Promise<ShownPoint[]>;
  close(): Promise<void>;
}

/** Starts a receiver with one job, whose options are given as in configuration files. */
export async function startScraping(
  target: TestTarget,
  job: Readonly<Record<string, unknown>> = {},
  options: Readonly<Record<string, unknown>> = {},
  global: Readonly<Record<string, unknown>> = {},
): Promise<ScrapeBench> {
  const scrapeConfig = { job_name: 'shop', static_configs: [{ targets: [target.address] }], ...job };
  const config = {
    config: { global: { scrape_interval: '15s', ...global }, scrape_configs: [scrapeConfig] },
    ...options,
  };
  const bench = await createComponentBench(prometheus, { config });
  await bench.start();
  let seen = target.requests.length;
  let received = 0;
  return {
    bench,
    async scrape() {
      // Smaller than the timeout, so that no request is aborted.
      while (target.requests.length <= seen) await bench.clock.advance(100);
      seen = target.requests.length;
      received += 1;
      while (bench.received.length < received) await new Promise((resolve) => setImmediate(resolve));
      return pointsOf(bench.received.at(-1)?.parts ?? []);
    },
    async close() {
      await bench.close();
      await target.close();
    },
  };
}

/** A data point of a test, in short. */
export interface ShownPoint {
  readonly name: string;
  readonly kind: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly resource: Readonly<Record<string, unknown>>;
  readonly scope: string;
  readonly value: unknown;
  readonly timeMillis: number;
  readonly startMillis: number;
  readonly isStale: boolean;
  /** The point as OTLP/JSON. */
  readonly json: Readonly<Record<string, unknown>>;
}

interface AttributeJson {
  readonly key: string;
  readonly value?: { readonly stringValue?: string };
}

/** Returns the data points of requests. */
export function pointsOf(parts: readonly Uint8Array[]): ShownPoint[] {
  const points: ShownPoint[] = [];
  const map = (list: readonly AttributeJson[] = []) =>
    Object.fromEntries(list.map(({ key, value }) => [key, value?.stringValue]));
  for (const part of parts) {
    const { resourceMetrics } = JSON.parse(requestToJson('metrics', part));
    for (const { resource, scopeMetrics } of resourceMetrics) {
      for (const { scope, metrics } of scopeMetrics) {
        for (const { name, description: _, unit: __, metadata: ___, ...data } of metrics) {
          const [[kind, { dataPoints }]] = Object.entries(data) as [
            [string, { dataPoints: Record<string, unknown>[] }],
          ];
          for (const json of dataPoints) {
            points.push({
              name,
              kind,
              attributes: map(json['attributes'] as AttributeJson[] | undefined),
              resource: map(resource.attributes),
              scope: scope?.name ?? '',
              value: json['asDouble'] ?? json['count'],
              timeMillis: Number(BigInt(json['timeUnixNano'] as string) / 1_000_000n),
              startMillis: Number(BigInt((json['startTimeUnixNano'] as string | undefined) ?? 0) / 1_000_000n),
              isStale: json['flags'] === 1,
              json,
            });
          }
        }
      }
    }
  }
  return points;
}

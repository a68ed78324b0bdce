/**
 * Measures what the observation of senders adds to an ingested request, without sockets: `node senders.bench.ts`. Prints
 * the CPU time per request with and without it, in interleaved rounds.
 */
import { ACCEPTED } from '@otelier/otlp';
import { encodeRequest } from '@otelier/testkit/request-codec';
import { systemClock } from '@otelier/transport/clock';
import type { ComponentContext } from '../component/contract.ts';
import { createIngestHandler } from '../component/ingest-handler.ts';
import { createAdmissions } from '../service/admission.ts';
import { SenderMonitor } from './sender-monitor.ts';

const ROUNDS = 15;
const REQUESTS = 2000;

const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });

for (const spans of [1, 20, 100, 500]) {
  const request = encodeRequest('traces', {
    resourceSpans: [
      {
        resource: {
          attributes: [
            'service.name',
            'service.version',
            'service.instance.id',
            'host.name',
            'telemetry.sdk.name',
            'os.type',
            'process.command',
          ].map((key) => text(key, `value of ${key}`)),
        },
        scopeSpans: [
          {
            scope: { name: 'http' },
            spans: Array.from({ length: spans }, (_, index) => ({
              traceId: '1234567890abcdef'.repeat(2),
              spanId: index.toString(16).padStart(16, '1'),
              name: 'GET /cart',
              kind: 2,
              startTimeUnixNano: '1700000000000000000',
              endTimeUnixNano: '1700000000010000000',
              attributes: ['http.request.method', 'url.path', 'http.route', 'server.address'].map((key) =>
                text(key, 'value'),
              ),
            })),
          },
        ],
      },
    ],
  });
  const handlers = [undefined, new SenderMonitor({ clock: systemClock })].map((senders) =>
    createIngestHandler(
      { traces: { consume: () => ACCEPTED } },
      false,
      {
        id: 'otlp',
        admission: createAdmissions().receivers,
        clock: systemClock,
        host: { share: async () => undefined },
        dropRule: () => ({ parts: () => undefined }),
      } as unknown as ComponentContext,
      senders,
    ),
  );
  const totals = [0, 0];
  for (let round = 0; round < ROUNDS + 2; round++) {
    for (const [index, handler] of handlers.entries()) {
      const before = process.threadCpuUsage();
      for (let count = 0; count < REQUESTS; count++) {
        await handler.export({
          ...{ signal: 'traces', encoding: 'protobuf', headers: { 'user-agent': 'bench' }, subject: undefined },
          ...{ body: request.slice(), transport: 'http', peer: '127.0.0.1' },
        });
      }
      const { user, system } = process.threadCpuUsage(before);
      if (round >= 2) totals[index] = (totals[index] ?? 0) + user + system;
    }
  }
  const [without = 0, with_ = 0] = totals.map((micros) => micros / ROUNDS / REQUESTS);
  console.log(
    `${spans} spans: ${without.toFixed(2)} µs without, ${with_.toFixed(2)} µs with (+${(with_ - without).toFixed(2)} µs, ${((with_ / without - 1) * 100).toFixed(1)} %)`,
  );
}

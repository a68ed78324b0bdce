import { setImmediate as turn } from 'node:timers/promises';
import type { TestApi } from '@otelier/testkit/memory-api';
import type { ReadRequest } from './requests.ts';
import { OTHER, OWN, telemetryOf } from './telemetry.ts';

/** Requests of live tails, which do not end. */
export const TAILS: readonly ReadRequest[] = [
  { area: 'GET /api/v1/logs/tail', path: '/api/v1/logs/tail', query: {} },
  { area: 'GET /api/v1/logs/tail', path: '/api/v1/logs/tail', query: { text: 'payment' } },
];

/** Turns of the event loop in which a tail shows what was published. */
const TURNS = 20;

/** Publishes log records of all tenants while a tail is open, and returns what it has shown. */
export async function readTail(server: TestApi, response: Response): Promise<string> {
  const reader = response.body?.getReader();
  if (reader === undefined) return '';
  let text = '';
  const reading = (async () => {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      text += Buffer.from(value).toString();
    }
  })();
  await turn();
  for (const tenant of [OTHER, 'default', OWN]) {
    const logs = telemetryOf(tenant).find(({ signal }) => signal === 'logs');
    if (logs !== undefined) server.publish(logs);
  }
  for (let i = 0; i < TURNS; i++) await turn();
  await reader.cancel();
  await reading;
  return text;
}

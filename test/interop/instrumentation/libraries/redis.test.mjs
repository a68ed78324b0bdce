// Runs the instrumentation of `redis` with a real client and server: `REDIS_PORT=6379 node --test redis.test.mjs`. Records
// what the client publishes, which `packages/sdk/src/instrumentation/database/redis.test.ts` replays.

import { subscribe } from 'node:diagnostics_channel';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { createClient } from '@redis/client';
import { checkRedis } from '../../../../packages/sdk/src/instrumentation/database/redis.testing.ts';

const EVENTS = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'];

test('redis: commands, pipelines, transactions and errors', async (t) => {
  const events = [];
  const ids = new Map();
  for (const channel of ['node-redis:command', 'node-redis:batch'])
    for (const event of EVENTS)
      subscribe(`tracing:${channel}:${event}`, (message) => {
        if (!ids.has(message)) ids.set(message, ids.size);
        const { result, error, clientId: _, ...rest } = message;
        const errors = Array.isArray(result) ? result.map((each) => (each instanceof Error ? textOf(each) : null)) : [];
        events.push({
          channel,
          event,
          id: ids.get(message),
          message: { ...rest, serverPort: 6379 },
          ...(error && { error: textOf(error) }),
          ...(errors.some((each) => each !== null) && { errors }),
        });
      });
  await checkRedis(
    t,
    async () => {
      const client = createClient({ socket: { port: Number(process.env.REDIS_PORT) }, database: 1 });
      client.on('error', () => {});
      await client.connect();
      try {
        await client.flushDb();
        await client.set('secret-key', 'secret');
        await client.get('secret-key');
        await client.multi().incr('secret-counter').incr('secret-counter').exec();
        await client.multi().get('secret-key').get('secret-counter').execAsPipeline();
        await client.lPush('secret-key', 'secret').catch(() => {});
        await client
          .multi()
          .set('secret-key', 'x')
          .lPush('secret-key', 'secret')
          .exec()
          .catch(() => {});
        await client.ping();
      } finally {
        client.destroy();
      }
      await client.get('secret-key').catch(() => {});
    },
    Number(process.env.REDIS_PORT),
  );
  const file = new URL('../../../../packages/sdk/src/instrumentation/database/recordings/redis.json', import.meta.url);
  if (process.env.RECORD === 'true') writeFileSync(file, `${JSON.stringify(events)}\n`);
});

function textOf({ message }) {
  return message;
}

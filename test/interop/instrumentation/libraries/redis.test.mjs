// Runs the instrumentation of `redis` with a real client and server: `REDIS_PORT=6379 node --test redis.test.mjs`. Records
// what the client publishes, which `packages/sdk/src/instrumentation/database/redis.test.ts` replays.

import assert from 'node:assert/strict';
import { subscribe } from 'node:diagnostics_channel';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { createClient } from '@redis/client';
import { checkRedis } from '../../../../packages/sdk/src/instrumentation/database/redis.testing.ts';
import { instrumentRedis } from '../../../../packages/sdk/src/instrumentation/database/redis.ts';
import { NUMBER, SECRET } from '../../../../packages/sdk/src/instrumentation/database/sql/literals.testing.ts';
import { startRecorder } from '../../../../packages/sdk/src/instrumentation/subject.testing.ts';
import { COUNT, checkSpans } from '../literals.testing.ts';
import { namesWithoutCode } from './without-code.ts';

const port = Number(process.env.REDIS_PORT);

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
      const client = createClient({ socket: { port }, database: 1 });
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
    port,
  );
  const file = new URL('../../../../packages/sdk/src/instrumentation/database/recordings/redis.json', import.meta.url);
  if (process.env.RECORD === 'true') writeFileSync(file, `${JSON.stringify(events)}\n`);
});

test('redis: no literal of 500 commands remains in its spans', async (t) => {
  const client = createClient({ socket: { port } });
  client.on('error', () => {});
  await client.connect();
  t.after(() => client.destroy());
  await client.flushDb();
  const recorder = startRecorder(t);
  t.after(instrumentRedis(recorder.options));
  const kinds = [
    (i) => client.set(`${SECRET}:${i}`, NUMBER),
    (i) => client.rPush(`list ${i % 5}`, [SECRET, `'${SECRET}'`]),
    (i) => client.get(`list ${i % 5}`),
    () => client.sendCommand(['no-such-command', SECRET, `"${SECRET}`]),
    () => client.eval(`return redis.call('GET', '${SECRET}', '${NUMBER}')`),
  ];
  for (let i = 0; i < COUNT; i++) await kinds[i % kinds.length](i).catch(() => {});
  await checkSpans(recorder, COUNT);
});

test('redis: a program without a change has spans of its commands', async (t) => {
  const names = await namesWithoutCode(
    t,
    `import { createClient } from '@redis/client';
    const client = createClient({ socket: { port: ${port} } });
    await client.connect();
    await client.get('a');
    client.destroy();`,
  );
  assert.deepEqual(names, ['GET 0']);
});

function textOf({ message }) {
  return message;
}

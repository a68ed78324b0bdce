import { channel as channelOf } from 'node:diagnostics_channel';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { checkRedis } from './redis.testing.ts';

interface Recorded {
  readonly channel: string;
  readonly event: string;
  readonly id: number;
  readonly message: object;
  /** The message of an error. */
  readonly error?: string;
  /** The messages of errors among the results of a transaction. */
  readonly errors?: readonly (string | null)[];
}

test('redis: commands, pipelines, transactions and errors have spans, from what a real client has published', async (t) => {
  const recorded = JSON.parse(
    readFileSync(new URL('recordings/redis.json', import.meta.url), 'utf8'),
  ) as readonly Recorded[];
  const messages = new Map<number, object>();
  await checkRedis(
    t,
    async () => {
      for (const { channel, event, id, message, error, errors } of recorded) {
        const shared = messages.get(id) ?? message;
        messages.set(id, shared);
        if (error !== undefined) Object.assign(shared, { error: new Error(error) });
        if (errors !== undefined) Object.assign(shared, { result: errors.map((each) => each && new Error(each)) });
        channelOf(`tracing:${channel}:${event}`).publish(shared);
      }
    },
    6379,
  );
});

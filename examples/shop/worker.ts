/** Packs orders. It continues the trace of each order, which it finds in the message. */
import { context, propagation, type Span, SpanKind, trace } from '@opentelemetry/api';
import { Redis } from 'ioredis';
import pg from 'pg';
import { ready, setting } from './service.ts';

const pool = new pg.Pool({ connectionString: setting('DATABASE_URL'), max: 2 });
const redis = new Redis(setting('REDIS_URL'));
const tracer = trace.getTracer('shop');

let isOpen = true;
ready(() => {
  isOpen = false;
});
for (;;) {
  const [, message] = (await redis.blpop('packing', 1)) ?? [];
  if (message === undefined) {
    if (isOpen) continue;
    break;
  }
  const { id, headers } = JSON.parse(message) as { id: number; headers: Record<string, string> };
  const parent = propagation.extract(context.active(), headers);
  await tracer.startActiveSpan('pack order', { kind: SpanKind.CONSUMER }, parent, async (span: Span) => {
    await pool.query('UPDATE orders SET is_packed = true WHERE id = $1', [id]);
    span.end();
  });
}
redis.disconnect();
await pool.end();

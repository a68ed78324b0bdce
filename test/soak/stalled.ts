/**
 * Measures the memory use and event loop delay of an application that ends a million spans while its endpoint accepts
 * connections but never responds.
 *
 *    node test/soak/stalled.ts --spans 1000000 --seconds 20
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { createClient, TracerProvider } from '@otelier/sdk';

const { values } = parseArgs({
  options: {
    spans: { type: 'string', default: '1000000' },
    seconds: { type: 'string', default: '20' },
  },
});
const spans = Number(values.spans);
const millis = Number(values.seconds) * 1_000;
const TURN_MILLIS = 5;
const MIB = 1024 * 1024;

const sink = spawn(process.execPath, [
  '-e',
  `require('node:net').createServer({ pauseOnConnect: true }, (socket) => socket.on('error', () => {}))
    .listen(0, '127.0.0.1', function () { console.log(this.address().port); });`,
]);
const [port] = await once(sink.stdout, 'data');
const lines: string[] = [];
const client = createClient({
  endpoint: `http://127.0.0.1:${String(port).trim()}`,
  resource: { 'service.name': 'shop' },
  log: (line) => lines.push(line),
});
const tracer = new TracerProvider({ client }).getTracer('stalled');
const before = process.memoryUsage.rss();
const delays = monitorEventLoopDelay({ resolution: 1 });
delays.enable();
const { ended, peak } = await run();
delays.disable();

const { queuedItems = 0, queuedBytes = 0, droppedItems } = client.health.traces ?? {};
const lost = Object.values(droppedItems ?? {}).reduce((sum, count) => sum + count, 0);
const report = {
  spans: ended,
  rssGrowthMib: Number(((peak - before) / MIB).toFixed(1)),
  loopDelayP99Millis: Number((delays.percentile(99) / 1e6).toFixed(2)),
  loopDelayMaxMillis: Number((delays.max / 1e6).toFixed(2)),
  queuedItems,
  queuedBytes,
  lost,
  lines: lines.length,
};
process.stdout.write(`${JSON.stringify(report)}\n`);
sink.kill();
const isWithin = report.rssGrowthMib <= 64 && report.loopDelayP99Millis < 10 && lost + queuedItems === ended;
process.exit(isWithin ? 0 : 1);

/** Ends the spans in slices of a few milliseconds, as a busy application does. */
function run(): Promise<{ ended: number; peak: number }> {
  const start = performance.now();
  let ended = 0;
  let peak = before;
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      const due = Math.min(spans, Math.ceil((spans * (performance.now() - start)) / millis));
      for (; ended < due; ended++) endSpan(ended);
      peak = Math.max(peak, process.memoryUsage.rss());
      if (ended < spans) return;
      clearInterval(timer);
      resolve({ ended, peak });
    }, TURN_MILLIS);
  });
}

function endSpan(i: number): void {
  const span = tracer.startSpan('GET /cart', { kind: 1 });
  span.setAttribute('http.request.method', 'GET');
  span.setAttribute('url.path', '/cart/items');
  span.setAttribute('http.response.status_code', 200);
  span.setAttribute('server.address', 'shop.example.com');
  span.setAttribute('server.port', 8080);
  span.setAttribute('user_agent.original', 'Mozilla/5.0 (X11; Linux x86_64)');
  span.setAttribute('app.cart.total', 12.5);
  span.setAttribute('app.user.premium', true);
  span.setAttribute('app.user.id', `user-${i}`);
  span.setAttribute('network.protocol.version', '1.1');
  span.end();
}

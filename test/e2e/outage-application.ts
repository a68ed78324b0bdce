/**
 * An application for `outage.ts`. It ends numbered spans and prints the number up to which all spans have been buffered
 * or sent.
 */
import { createClient, openDiskBuffer, TracerProvider } from '@otelier/sdk';

const { OUTAGE_NAME: name = '', OUTAGE_DIRECTORY: directory = '', OUTAGE_CLIENT: options = '{}' } = process.env;
const client = createClient({ ...JSON.parse(options), buffer: await openDiskBuffer({ directory }), log: () => {} });
const provider = new TracerProvider({ client });
const tracer = provider.getTracer('outage');
const SPANS_A_FLUSH = 20;
let ended = 0;
let isStopping = false;

process.on('SIGTERM', () => {
  isStopping = true;
});
while (!isStopping) {
  for (let i = 0; i < SPANS_A_FLUSH; i++) tracer.startSpan(`${name} ${ended++}`).end();
  const { kind } = await provider.forceFlush();
  if (kind !== 'timed_out') say(kind, ended);
  await new Promise((resolve) => setTimeout(resolve, 10));
}
tracer.startSpan(`${name} ${ended++}`).end();
const { kind } = await provider.shutdown();
say(kind, ended);

function say(kind: string, count: number): void {
  process.stdout.write(`${kind} ${count}\n`);
}

/**
 * The process under test: a real receiver in a real service, listening on real sockets. It reports to its parent what
 * it received and how long its event loop was blocked. Arguments: receiver type, and its configuration as JSON.
 */
import { ACCEPTED, type Batch } from '@otelier/otlp';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { systemClock } from '@otelier/transport/clock';
import { registry } from '../../../packages/collector/src/registry.generated.ts';
import { BlockWatch } from './blocks.ts';
import type { ForwardedBatch, FromServer, ToServer } from './messages.ts';

const [type = '', config = '{}'] = process.argv.slice(2);
const definition = await registry.receiver[type]?.load();
if (definition === undefined) throw new Error(`unknown receiver "${type}"`);
const bench = await createComponentBench(definition, { config: JSON.parse(config), clock: systemClock });

let taken: ForwardedBatch[] = [];
bench.response = (batch) => {
  if (taken.length === 0) setImmediate(tellTaken);
  taken.push({ signal: batch.signal, id: idOf(batch), bytes: Buffer.concat(batch.parts) });
  bench.received.length = 0;
  return ACCEPTED;
};
await bench.start();
const watch = new BlockWatch();
tell({ kind: 'listening', addresses: bench.service.host.endpoints().map(({ address }) => address) });

process.on('message', (message: ToServer) => {
  switch (message.kind) {
    case 'flush':
      tellTaken();
      tell({ kind: 'flushed', longestBlockMillis: watch.longest().ownMillis });
      break;
    case 'report':
      tell({
        kind: 'report',
        longestBlock: watch.longest(),
        peakMegabytes: process.resourceUsage().maxRSS / 1000,
        errors: bench.logs.filter(({ level }) => Number(level) >= 50).map((line) => JSON.stringify(line)),
      });
      break;
    case 'stop':
      process.exit(0);
  }
});

// The parent has exited, perhaps because it was killed.
process.on('disconnect', () => process.exit(0));

function tellTaken(): void {
  if (taken.length > 0) tell({ kind: 'taken', taken });
  taken = [];
}

function tell(message: FromServer): void {
  process.send?.(message);
}

/** Returns the request ID, for receivers that preserve headers. */
function idOf({ context }: Batch): string | undefined {
  return context.metadata['x-fuzz-id']?.[0];
}

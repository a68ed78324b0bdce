import type { DryRunReport } from '@otelier/query';
import { startThread } from '@otelier/store/thread';
import type { Clock } from '@otelier/transport';
import { errorMessage } from '../../../component/error-message.ts';
import type { Host } from '../../../component/host.ts';
import type { ServiceConfig } from '../../../config/model.ts';
import { originOf } from '../../../workers/create-worker-pool.ts';
import { DraftError, DryRunBusyError } from '../errors.ts';
import { captureAtReceivers } from './capture.ts';
import type { DryRunResult, DryRunTask } from './protocol.ts';

/** What a dry run needs. */
export interface DryRunOptions {
  readonly host: Pick<Host, 'graph' | 'subscribe'>;
  readonly clock: Clock;
  readonly registry?: URL;
  running(): ServiceConfig;
}

/** What is observed at most: enough to compare, and little for a process that receives much. */
const MAX_ITEMS = 20_000;
const MAX_BYTES = 16 << 20;
/** Time that everything may take, less than that of a request, and memory of the comparison. */
const TOTAL_MILLIS = 28_000;
const HEAP = { maxOldGenerationSizeMb: 384, maxYoungGenerationSizeMb: 32 };

const OWN_REGISTRY = import.meta.url.endsWith('.ts')
  ? '../../../registry.generated.ts'
  : '../../../registry.generated.js';

let isRunning = false;

/**
 * Observes telemetry at the receivers for some time, then runs the processors and connectors of the running configuration
 * and of a draft on it, in a thread of its own and without effects outside. Rejects with a `DryRunBusyError` while another
 * dry run is in progress, and with a `DraftError` if a configuration does not start or takes too long.
 */
export async function dryRun(
  draft: ServiceConfig,
  observedMillis: number,
  signal: AbortSignal,
  { host, clock, registry, running }: DryRunOptions,
): Promise<DryRunReport> {
  if (isRunning) throw new DryRunBusyError('another dry run is in progress; try again when it has ended');
  isRunning = true;
  try {
    const limits = { millis: observedMillis, items: MAX_ITEMS, bytes: MAX_BYTES };
    const capture = await captureAtReceivers(host, clock, limits, signal);
    signal.throwIfAborted();
    const task = {
      registry: (registry ?? new URL(OWN_REGISTRY, import.meta.url)).href,
      now: originOf(running()),
      draft: originOf(draft),
      capture,
    };
    return await inThread(task, clock, TOTAL_MILLIS - capture.durationMillis);
  } finally {
    isRunning = false;
  }
}

async function inThread(task: DryRunTask, clock: Clock, workMillis: number): Promise<DryRunReport> {
  const worker = startThread(import.meta.url, '../../../dry-run/thread', {
    name: 'otelier dry run',
    workerData: task,
    resourceLimits: HEAP,
  });
  const ended = Promise.withResolvers<DryRunResult>();
  const stopTimer = clock.setTimeout(() => {
    const seconds = Math.round(workMillis / 1000);
    ended.reject(new DraftError(`text: expected the dry run to end within ${seconds} s, got no end`));
  }, workMillis);
  worker.once('message', ended.resolve);
  worker.once('error', (error) =>
    ended.reject(new DraftError(`text: the dry run failed: ${errorMessage(error)}`, { cause: error })),
  );
  worker.once('exit', () => ended.reject(new DraftError('text: the dry run ended without a result')));
  try {
    const result = await ended.promise;
    if (result.kind === 'report') return result.report;
    const which = result.side === 'now' ? 'the running configuration' : 'the draft';
    throw new DraftError(`text: ${which} could not be run: ${result.message}`);
  } finally {
    stopTimer();
    await worker.terminate();
  }
}

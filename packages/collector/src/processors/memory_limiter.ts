import type { Batch, Outcome } from '@otelier/otlp';
import { passOwned } from '../component/contract.ts';
import { defineProcessor } from '../component/define.ts';
import { formatByteSize } from '../component/units.ts';
import { memoryLimiterConfig, softLimit } from './memory_limiter/config.ts';

/** Retry delay for clients. Memory is freed by the next one or two garbage collections. */
const RETRY_AFTER_MILLIS = 2000;

export const memoryLimiter = defineProcessor({
  summary: 'Refuses telemetry with a retryable error while the process uses too much memory.',
  stability: 'beta',
  signals: ['traces', 'metrics', 'logs', 'profiles'],
  config: memoryLimiterConfig,
  examples: [
    { title: 'A limit in MiB', config: { check_interval: '1s', limit_mib: 1500, spike_limit_mib: 300 } },
    { title: 'A percentage of the memory', config: { limit_percentage: 80, spike_limit_percentage: 20 } },
  ],
  describe: (config) => `limit ${formatByteSize(softLimit(config))}`,
  create(config, next, { clock, host, logger, reportStatus, dropRule }) {
    const limitBytes = softLimit(config);
    let usedBytes = 0;
    let isExceeded = false;
    let cancel = () => {};

    const setExceeded = (exceeded: boolean) => {
      isExceeded = exceeded;
      reportStatus(exceeded ? 'refusing telemetry, memory usage is above the limit' : undefined);
      if (exceeded) logger.warn({ usedBytes, limitBytes }, 'memory usage above the limit, refusing telemetry');
      else logger.info({ usedBytes, limitBytes }, 'memory usage below the limit, accepting telemetry');
    };
    const check = () => {
      usedBytes = host.memoryInUse();
      const exceeded = usedBytes > limitBytes;
      if (exceeded !== isExceeded) setExceeded(exceeded);
      cancel = clock.setTimeout(check, config.checkInterval);
    };
    const refused = dropRule({
      reason: 'memory_limit',
      rule: 'memory usage above the limit',
      path: [],
      isReturned: true,
    });
    const rejection = ({ parts }: Batch): Outcome => {
      const reason = `memory usage of ${formatByteSize(usedBytes)} is above the limit of ${formatByteSize(limitBytes)}`;
      refused.parts(parts, reason);
      return { kind: 'retry', afterMillis: RETRY_AFTER_MILLIS, reason };
    };

    return {
      async start() {
        check();
      },
      consume: (batch) => (isExceeded ? rejection(batch) : next.consume(batch)),
      consumeOwned: (batch) => (isExceeded ? rejection(batch) : passOwned(next, batch)),
      async shutdown() {
        cancel();
      },
    };
  },
});

import { totalmem } from 'node:os';
import type { Check, CheckContext } from '../check.ts';
import type { CheckFinding } from '../finding.ts';

const FULL_SHARE = 0.9;

/** Reports memory limits that do not fit the machine, and telemetry that is rejected because of them. */
export const memory: Check = {
  id: 'memory',
  isLive: false,
  run: (context) => [...limit(context), ...rejected(context), ...resident(context)],
};

/** Returns the memory that the process can have: that of its container, or of the machine. */
function availableBytes(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
}

function limit({ config }: CheckContext): CheckFinding[] {
  const { memoryLimitBytes } = config.service;
  const available = availableBytes();
  if (memoryLimitBytes === undefined || memoryLimitBytes < available) return [];
  return [
    {
      severity: 'error',
      subject: 'service.memory.limit',
      message: `the limit for telemetry in flight is ${memoryLimitBytes.toLocaleString('en')} bytes, the memory of the machine or container ${available.toLocaleString('en')} bytes`,
      remedy: 'Lower `service.memory.limit` to less than half of the memory, or remove it.',
    },
  ];
}

function rejected({ live }: CheckContext): CheckFinding[] {
  const [first, last] = [live?.graphs[0]?.admission, live?.graphs.at(-1)?.admission];
  if (first === undefined || last === undefined) return [];
  const requests = last.refusedRequests - first.refusedRequests;
  if (requests <= 0) return [];
  return [
    {
      severity: 'error',
      subject: 'service.memory.limit',
      message: `${requests.toLocaleString('en')} requests were rejected as retryable while observed: ${last.inFlightBytes.toLocaleString('en')} of ${last.limitBytes.toLocaleString('en')} bytes are in flight`,
      remedy:
        '`otelier top` shows which component is slow. Raise `service.memory.limit` if there is memory left, or reduce the telemetry.',
    },
  ];
}

function resident({ live }: CheckContext): CheckFinding[] {
  const rss = live?.graphs.at(-1)?.process.rssBytes ?? 0;
  const available = availableBytes();
  if (rss < available * FULL_SHARE) return [];
  return [
    {
      severity: 'error',
      subject: 'process',
      message: `the process uses ${rss.toLocaleString('en')} of ${available.toLocaleString('en')} bytes of memory`,
      remedy: 'Give the process more memory, or lower `service.memory.limit`.',
    },
  ];
}

import { readdirSync, readFileSync } from 'node:fs';
import { liveCheck } from '../check.ts';
import type { CheckFinding } from '../finding.ts';

const FULL_SHARE = 0.8;
const MIN_LIMIT = 1024;

/** Reports a low limit of file descriptors, and a process that is close to it. Linux only. */
export const descriptors = liveCheck('file-descriptors', (): readonly CheckFinding[] => {
  const limit = descriptorLimit();
  if (limit === undefined) return [];
  const used = readdirSync('/proc/self/fd').length;
  if (used < limit * FULL_SHARE && limit >= MIN_LIMIT) return [];
  return [
    {
      severity: used >= limit * FULL_SHARE ? 'error' : 'warning',
      subject: 'process',
      message: `${used} of ${limit} file descriptors are in use; each connection needs one`,
      remedy: 'Raise the limit: `ulimit -n 65536`, or `LimitNOFILE=65536` in systemd.',
    },
  ];
});

function descriptorLimit(): number | undefined {
  if (process.platform !== 'linux') return undefined;
  const limit = Number(/^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]);
  return Number.isNaN(limit) ? undefined : limit;
}

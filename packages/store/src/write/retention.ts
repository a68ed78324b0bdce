import type { DataFile } from './files.ts';

/** How long and how much is kept. */
export interface RetentionLimits {
  readonly retentionMillis: number;
  readonly maxBytes: number;
}

/** A file that must go, and why. */
export interface Expired {
  readonly file: DataFile;
  readonly reason: 'age' | 'size';
}

/** Files whose newest row is too old; and of the others the oldest, until the rest fits. */
export function expiredFiles(
  files: Iterable<DataFile>,
  limits: RetentionLimits,
  nowMillis: number,
): readonly Expired[] {
  const byAge = [...files].sort((a, b) => newestMillis(a) - newestMillis(b));
  const expired: Expired[] = [];
  let bytes = byAge.reduce((sum, file) => sum + file.bytes, 0);
  for (const file of byAge) {
    const tooOld = newestMillis(file) < nowMillis - limits.retentionMillis;
    if (!tooOld && bytes <= limits.maxBytes) break;
    expired.push({ file, reason: tooOld ? 'age' : 'size' });
    bytes -= file.bytes;
  }
  return expired;
}

/** Rows that claim to be of the future are as old as their file. */
function newestMillis({ maxTime, footer }: DataFile): number {
  return Math.min(Number(maxTime / 1_000_000n), footer.writtenMillis);
}

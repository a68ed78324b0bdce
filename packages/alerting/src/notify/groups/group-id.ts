import { createHash } from 'node:crypto';

/** Returns the ID of a group, which names its file. */
export function groupIdOf(groupKey: string, receiver: string): string {
  return createHash('sha256').update(`${receiver}\0${groupKey}`).digest('hex').slice(0, 32);
}

import { shareDescriptors } from '@otelier/transport';

/** Returns how many connections each of `workers` threads, and the main thread, may have. */
export function shareOfConnections(workers: number): number {
  return Math.max(1, Math.floor(shareDescriptors().connections / (workers + 1)));
}

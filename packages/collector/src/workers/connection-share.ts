import { shareDescriptors } from '@otelier/transport/descriptor-limit';

/** Returns the maximum number of connections for each of `workers` threads and for the main thread. */
export function shareOfConnections(workers: number): number {
  return Math.max(1, Math.floor(shareDescriptors().connections / (workers + 1)));
}

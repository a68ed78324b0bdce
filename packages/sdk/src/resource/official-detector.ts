import type { Attributes } from '../attributes/attribute-list.ts';
import type { OfficialDetector } from './detection.ts';

/** What a detector of opentelemetry-js finds, when all of it is there; a promise that rejects adds nothing. */
export async function detectedBy(detector: OfficialDetector): Promise<Attributes> {
  const entries = Object.entries(detector.detect().attributes ?? {});
  const values = await Promise.allSettled(entries.map(([, value]) => value));
  return Object.fromEntries(
    entries.map(([key], i) => {
      const result = values[i];
      return [key, result?.status === 'fulfilled' ? result.value : undefined];
    }),
  );
}

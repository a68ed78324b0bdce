import type { JsonValue } from '@otelier/query';
import type { KeptHistory } from '../../../packages/collector/src/history/history-file.ts';

/** Returns a history that belongs to a number. */
export function historyOf(round: number): KeptHistory {
  const ring = (size: number) =>
    Array.from({ length: size }, (_, at) => ({
      millis: at * 5000,
      sample: new Map([
        ['cpu', round],
        [`queue exporter ${at % 3}`, at / 7],
      ]),
    }));
  return {
    rings: [ring(round), ring(2)],
    reloads: [{ atMillis: round, result: 'applied', trigger: 'api', components: ['processors/batch'] }],
  };
}

/** Returns the content of a document in a revision. */
export function contentOf(id: number, revision: number): JsonValue {
  return { id, revision, panels: Array.from({ length: 1 + ((id + revision) % 40) }, (_, at) => `panel ${at} é`) };
}

import { join } from 'node:path';
import { openStateFile } from '@otelier/journal';
import type { ProcessHistory } from '@otelier/query';
import { z } from '../component/schema.ts';
import type { Sample } from './series-ring.ts';

/** What is kept of a history: samples by ring, and reloads. */
export interface KeptHistory {
  readonly rings: readonly (readonly { readonly millis: number; readonly sample: Sample }[])[];
  readonly reloads: ProcessHistory['reloads'];
}

/** The file of a history in the directory of a store. */
export interface HistoryFile {
  /** Returns what was kept; `undefined` if there is nothing, or nothing that can be read. */
  read(): KeptHistory | undefined;
  write(history: KeptHistory): Promise<void>;
}

const FILE = 'process-history.json';

const stored = z.object({
  version: z.literal(1),
  names: z.array(z.string().max(300)).max(200),
  /** For each ring, rows of a time and the values by name. */
  rings: z.array(z.array(z.array(z.number().nullable()).max(201)).max(5_000)).max(5),
  reloads: z
    .array(
      z.object({
        atMillis: z.number(),
        result: z.enum(['applied', 'rolled_back', 'unchanged']),
        trigger: z.string().max(50),
        components: z.array(z.string().max(300)).max(1_000),
      }),
    )
    .max(500),
});

/** Returns the file in a directory. A damaged one is reported and replaced. */
export function historyFile(directory: string, warn: (message: string) => void): HistoryFile {
  const file = openStateFile(join(directory, FILE), warn);
  return {
    read() {
      const bytes = file.value;
      if (bytes === undefined) return undefined;
      try {
        const { names, rings, reloads } = stored.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
        return {
          reloads,
          rings: rings.map((rows) =>
            rows.flatMap(([millis, ...values]) => {
              if (millis === null || millis === undefined) return [];
              const sample = new Map<string, number>();
              for (const [index, value] of values.entries()) if (value !== null) sample.set(names[index] ?? '', value);
              return [{ millis, sample }];
            }),
          ),
        };
      } catch {
        warn(`${FILE}: expected a history of the process, got something else; a new one begins`);
        return undefined;
      }
    },
    async write({ rings, reloads }) {
      const names = [...new Set(rings.flat().flatMap(({ sample }) => [...sample.keys()]))];
      const content = {
        version: 1,
        names,
        rings: rings.map((samples) =>
          samples.map(({ millis, sample }) => [millis, ...names.map((name) => sample.get(name) ?? null)]),
        ),
        reloads,
      };
      await file.write(Buffer.from(JSON.stringify(content)));
    },
  };
}

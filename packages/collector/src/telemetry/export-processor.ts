import { ignored, z } from '../component/schema.ts';

const integer = (value: number) => z.int().min(1).prefault(value);

/** Returns the field for one of the processors that send telemetry of the process: either `batch` or `simple`. */
export function exportProcessor<Exporter extends z.ZodType>(
  items: { readonly one: string; readonly many: string },
  delayMillis: number,
  exporter: Exporter,
) {
  const { one, many } = items;
  const plural = `${many.charAt(0).toUpperCase()}${many.slice(1)}`;
  return z
    .object({
      batch: z
        .object({
          scheduleDelay: integer(delayMillis).describe(`Longest time that a ${one} waits, in milliseconds.`),
          maxQueueSize: integer(2_048).describe(`${plural} that wait at most. Further ones are dropped.`),
          maxExportBatchSize: integer(512).describe(`${plural} in a request at most.`),
          exportTimeout: ignored('`timeout` of the exporter limits a request', { schema: z.int() }),
          exporter,
        })
        .optional()
        .describe(`Sends ${many} in batches.`),
      simple: z.object({ exporter }).optional().describe(`Sends ${many} at once, those of the same moment together.`),
    })
    .refine(({ batch, simple }) => (batch === undefined) !== (simple === undefined), {
      error: 'expected either batch or simple',
    });
}

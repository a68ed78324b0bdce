import { z } from '@hono/zod-openapi';

const nanos = z.string().optional();

/** Where telemetry is in relation to a range in which a query found nothing. */
export const nearestData = z
  .object({
    inRange: z.boolean().openapi({ description: 'Whether the range has telemetry, none of which matches.' }),
    beforeNanos: nanos.openapi({ description: 'Time of the last item before the range.' }),
    afterNanos: nanos.openapi({ description: 'Time of the first item after the range.' }),
  })
  .openapi('NearestData', { description: 'Where telemetry is, if nothing was found.' });

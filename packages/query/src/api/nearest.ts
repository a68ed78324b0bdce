import { z } from '@hono/zod-openapi';
import { nanos } from './nanos.ts';

/** Where telemetry is in relation to a range in which a query found nothing. */
export const nearestData = z
  .object({
    inRange: z.boolean().openapi({ description: 'Whether the range has telemetry, none of which matches.' }),
    beforeNanos: nanos.optional().openapi({ description: 'Time of the last item before the range.' }),
    afterNanos: nanos.optional().openapi({ description: 'Time of the first item after the range.' }),
  })
  .openapi('NearestData', { description: 'Where telemetry is, if nothing was found.' });

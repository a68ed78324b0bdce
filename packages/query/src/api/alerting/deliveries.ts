import { z } from '@hono/zod-openapi';

const millis = z.number().openapi({ description: 'Milliseconds since the epoch.' });

/** A notification that is attempted again. */
const pendingDelivery = z.strictObject({
  id: z.string().openapi({ description: 'Identifies the notification through all attempts.' }),
  integration: z.string().openapi({ example: 'team/webhook[0]' }),
  groupKey: z.string(),
  alerts: z.int().openapi({ description: 'Number of alerts.' }),
  attempts: z.int(),
  lastError: z.string().optional(),
  enqueuedAtMs: millis,
  nextAttemptAtMs: millis.optional().openapi({ description: 'Missing while an attempt runs.' }),
  tenant: z.string().openapi({ description: 'The tenant that owns the alerts.' }),
  isOutcomeUnknown: z
    .boolean()
    .openapi({ description: 'Whether an earlier attempt may have been delivered, so that the next one is marked.' }),
});

/** A notification that its receiver refused. */
const failedDelivery = z.strictObject({
  integration: z.string(),
  groupKey: z.string(),
  alerts: z.int(),
  error: z.string(),
  failedAtMs: millis,
  tenant: z.string(),
});

/** Notifications that are not delivered. */
export const deliveriesReport = z
  .strictObject({ pending: z.array(pendingDelivery), failed: z.array(failedDelivery) })
  .openapi('Deliveries');

export type DeliveriesReport = z.infer<typeof deliveriesReport>;

import { z } from '@hono/zod-openapi';

const count = z.number().int().min(0);

const release = z
  .object({
    service: z.string(),
    version: z.string(),
    timeMillis: z.number().openapi({ description: 'Start of the step in which the version was first seen.' }),
  })
  .openapi('Release');

const part = z
  .object({
    name: z.string(),
    version: z.string().openapi({ description: 'The latest version. Empty if it is not known.' }),
    items: count.openapi({ description: 'Spans, log records and streams of metrics.' }),
    requests: count.openapi({ description: 'Server and consumer spans.' }),
    errors: count,
    steps: z.array(z.number()).openapi({ description: 'Items in each step.' }),
  })
  .openapi('PartOfService');

const axis = {
  timesMillis: z
    .array(z.number())
    .openapi({ description: 'Start of each step, in milliseconds since the Unix epoch.' }),
  stepMillis: z.number(),
};

const isComplete = z
  .boolean()
  .openapi({ description: 'False if there are too many different resources to count, so that nothing is returned.' });

export const serviceDetailResponse = z
  .object({
    ...axis,
    isComplete,
    versions: z.array(part),
    instances: z.array(part).openapi({
      description: 'By `service.instance.id`, `k8s.pod.name`, `container.id` or `host.name`, most requests first.',
    }),
    instanceCount: count.openapi({ description: 'Number of instances, including those that are not listed.' }),
    attributes: z
      .array(
        z
          .object({
            key: z.string(),
            values: z.array(z.object({ value: z.string(), count })),
            distinct: count.openapi({ description: 'Number of different values.' }),
          })
          .openapi('ResourceAttribute'),
      )
      .openapi({ description: 'Attributes of the resources.' }),
    releases: z.array(release),
  })
  .openapi('ServiceDetailResponse');

export const releasesResponse = z
  .object({ isComplete, stepMillis: z.number(), releases: z.array(release).openapi({ description: 'Oldest first.' }) })
  .openapi('ReleasesResponse');

import { duration, z } from '../../component/schema.ts';
import { apiConfigFields } from '../../kubernetes/server/config.ts';

const WATCH_TYPES = ['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR'] as const;

/** The configuration schema of `k8s_objects`. */
export const objectsConfig = z.object({
  ...apiConfigFields,
  objects: z
    .array(
      z.object({
        name: z.string().min(1).describe('Plural of the resource type, such as `pods`.'),
        group: z.string().optional().describe('API group. Default: the first one that has the type.'),
        mode: z
          .enum(['pull', 'watch'])
          .prefault('pull')
          .describe('`pull` reads all objects at an interval, `watch` their changes.'),
        namespaces: z.array(z.string()).prefault([]).describe('Namespaces to read. Default: all.'),
        labelSelector: z.string().prefault('').describe('Label selector.'),
        fieldSelector: z.string().prefault('').describe('Field selector.'),
        interval: duration()
          .refine((millis) => millis > 0, { error: 'expected a duration above 0' })
          .prefault('1h')
          .describe('Interval of `pull`.'),
        resourceVersion: z
          .string()
          .regex(/^\d*$/, { error: 'expected a resource version such as "1"' })
          .prefault('')
          .describe('Version after which changes are read. Default: the current one.'),
        excludeWatchType: z.array(z.enum(WATCH_TYPES)).prefault([]).describe('Types of changes that are left out.'),
      }),
    )
    .min(1)
    .describe('What is read.'),
});

/** The parsed configuration. */
export type ObjectsConfig = z.output<typeof objectsConfig>;

import { duration, z } from '../../component/schema.ts';
import { apiConfigFields } from '../../kubernetes/server/config.ts';

const PHASES = ['Pending', 'Running', 'Succeeded', 'Failed', 'Unknown'] as const;

/** The options of `k8s_observer`. */
export const observerConfig = z.object({
  ...apiConfigFields,
  node: z
    .string()
    .prefault('')
    .describe('Name of the only node whose pods and which itself are observed. Default: all nodes.'),
  namespaces: z
    .array(z.string().min(1))
    .prefault([])
    .describe('Namespaces whose pods, services and ingresses are observed. Default: all.'),
  observePods: z.boolean().prefault(true).describe('Whether to observe pods, their containers and their ports.'),
  observeNodes: z.boolean().prefault(false).describe('Whether to observe nodes.'),
  observeServices: z.boolean().prefault(false).describe('Whether to observe services.'),
  observeIngresses: z.boolean().prefault(false).describe('Whether to observe the paths of ingresses.'),
  observePodPhases: z
    .array(z.enum(PHASES))
    .prefault(['Running'])
    .describe('Phases of pods that are observed. Init containers run in the phase `Pending`.'),
  observeInitContainers: z.boolean().prefault(false).describe('Whether to observe the init containers of pods.'),
  containerTerminatedTtl: duration()
    .prefault('15m')
    .describe('Time for which containers stay observed after they have ended, so that their last logs are read.'),
});

/** The parsed options. */
export type ObserverConfig = z.output<typeof observerConfig>;

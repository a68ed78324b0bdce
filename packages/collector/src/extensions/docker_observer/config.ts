import { clientTlsField } from '../../component/fields/client.ts';
import { duration, z } from '../../component/schema.ts';
import { daemonFields } from '../../receivers/docker_stats/daemon-fields.ts';

/** The options of `docker_observer`. */
export const observerConfig = z.object({
  ...daemonFields('reported'),
  timeout: duration()
    .refine((millis) => millis > 0, { error: 'expected a duration above 0' })
    .prefault('5s')
    .describe('Time after which a reading has failed.'),
  cacheSyncInterval: duration()
    .refine((millis) => millis > 0, { error: 'expected a duration above 0' })
    .prefault('1h')
    .describe(
      'Interval at which all containers are read again. Changes between are read from the events of the daemon.',
    ),
  useHostnameIfPresent: z
    .boolean()
    .prefault(false)
    .describe('Whether the host of an endpoint is the hostname of its container, instead of its address.'),
  useHostBindings: z
    .boolean()
    .prefault(false)
    .describe('Whether the host and port of an endpoint are those of the host that it is bound to.'),
  ignoreNonHostBindings: z
    .boolean()
    .prefault(false)
    .describe('Whether to leave out ports that are not bound to the host.'),
  includeAllContainers: z
    .boolean()
    .prefault(false)
    .describe('Whether to report each container also without a port (`port == 0`).'),
  tls: clientTlsField().unwrap().optional().describe('TLS settings, for a daemon with TLS.'),
});

/** The parsed options. */
export type ObserverConfig = z.output<typeof observerConfig>;

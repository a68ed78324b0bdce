import { defineExtension } from '../component/define.ts';
import { duration, z } from '../component/schema.ts';
import { HostObserver } from './host_observer/observer.ts';

export const hostObserver = defineExtension({
  summary: 'Observes the listening sockets of a Linux host for `receiver_creator`.',
  stability: 'alpha',
  observesEndpoints: true,
  config: z.object({
    refreshInterval: duration()
      .refine((millis) => millis > 0, { error: 'expected a duration above 0' })
      .prefault('10s')
      .describe('Interval at which the sockets are read.'),
  }),
  examples: [
    { title: 'TCP and UDP sockets of the host', config: {} },
    { title: 'Changes within two seconds', config: { refresh_interval: '2s' } },
  ],
  create({ refreshInterval }, context) {
    const observer = new HostObserver(refreshInterval, context);
    return {
      offers: observer.endpoints,
      start: async () => observer.start(),
      shutdown: () => observer.stop(),
    };
  },
});

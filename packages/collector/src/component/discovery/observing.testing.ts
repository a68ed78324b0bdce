import { defineReceiver } from '../define.ts';
import { z } from '../schema.ts';
import type { ObservedEndpoint } from './endpoint.ts';
import { observedBy } from './observers.ts';

/** Returns a receiver that records the endpoints of an observer, and their changes as `+id`, `-id`. */
export function recordingReceiver(observer: string) {
  const endpoints = new Map<string, ObservedEndpoint>();
  const changes: string[] = [];
  const definition = defineReceiver({
    summary: 'Records endpoints.',
    stability: 'development',
    runsIn: 'main',
    signals: ['logs'],
    config: z.object({}),
    examples: [],
    create: (_config, _next, { host }) => ({
      async start() {
        observedBy(observer, host).observe({
          set(endpoint) {
            endpoints.set(endpoint.id, endpoint);
            changes.push(`+${endpoint.id}`);
          },
          removed(id) {
            endpoints.delete(id);
            changes.push(`-${id}`);
          },
        });
      },
    }),
  });
  return { definition, endpoints, changes };
}

import { requestToJson } from '@otelier/otlp';
import { defineProcessor } from '../component/define.ts';
import { checkServer } from '../component/fields/server.ts';
import { remoteTapConfig } from './remote_tap/config.ts';
import { openTapServer, type TapServer } from './remote_tap/server.ts';

export const remoteTap = defineProcessor({
  summary: 'Sends a sample of the telemetry that passes through to WebSocket clients, as OTLP/JSON.',
  stability: 'alpha',
  signals: ['traces', 'metrics', 'logs'],
  aliases: ['remotetap'],
  config: remoteTapConfig,
  examples: [{ title: 'Five batches per second, on another port', config: { endpoint: 'localhost:12002', limit: 5 } }],
  describe: ({ endpoint, limit }) => `${endpoint}, ${limit}/s`,
  check: (config, use) => checkServer(config, [], use),
  listens: ({ endpoint }) => [{ path: ['endpoint'], endpoint }],
  create(config, next, context) {
    let release = async (): Promise<void> => {};
    let tap: TapServer | undefined;
    return {
      consume(batch) {
        if (tap?.isWanted()) for (const part of batch.parts) tap.send(requestToJson(batch.signal, part));
        return next.consume(batch);
      },
      async start() {
        const lease = await context.host.share(`remote_tap:${context.id}`, () => openTapServer(config, context));
        release = () => lease.release();
        tap = lease.value;
      },
      shutdown: () => release(),
    };
  },
});

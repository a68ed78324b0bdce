import type { Clock } from '@otelier/transport';
import { defineExtension } from '../component/define.ts';
import { listenEndpoint } from '../component/fields/listen.ts';
import { createHttpExtension, type Page } from '../component/http/http-extension.ts';
import { ignored, z } from '../component/schema.ts';
import { heapProfile } from '../profiling/heap-profile.ts';
import { cpuProfileAsPprof } from '../profiling/pprof-profile.ts';
import { profileThreads } from '../profiling/threads.ts';
import { ProfilerBusyError } from '../profiling/turn.ts';

const DEFAULT_SECONDS = 30;
const MAX_SECONDS = 300;
const NO_FRACTION = 'JavaScript has no blocking and no mutexes to profile';

export const pprof = defineExtension({
  summary: 'Serves CPU and heap profiles of the process in the format of `go tool pprof`.',
  stability: 'beta',
  config: z.object({
    endpoint: listenEndpoint()
      .prefault('localhost:1777')
      .describe(
        'Address to listen on: `host:port` or `unix:/path`. Profiles contain the names of functions and files in the program.',
      ),
    blockProfileFraction: ignored(NO_FRACTION, { effective: 0 }),
    mutexProfileFraction: ignored(NO_FRACTION, { effective: 0 }),
    saveToFile: ignored('request `/debug/pprof/profile` instead, while the process runs', { effective: '' }),
  }),
  examples: [{ title: 'On another port', config: { endpoint: '127.0.0.1:1888' } }],
  describe: ({ endpoint }) => endpoint,
  listens: ({ endpoint }) => [{ path: ['endpoint'], endpoint }],
  create({ endpoint }, { clock, logger }) {
    const page = async (make: () => Promise<Uint8Array>): Promise<Page> => {
      try {
        return { type: 'application/octet-stream', body: await make() };
      } catch (error) {
        if (error instanceof ProfilerBusyError) return { status: 503, body: `${error.message}\n` };
        throw error;
      }
    };
    return createHttpExtension({
      endpoint,
      name: 'pprof',
      logger,
      async respond({ pathname, searchParams }, abort) {
        if (pathname === '/debug/pprof/heap') return page(() => heapProfile(clock));
        if (pathname !== '/debug/pprof/profile')
          return {
            status: pathname === '/debug/pprof/' ? 200 : 404,
            body: '/debug/pprof/profile?seconds=30\n/debug/pprof/heap\n',
          };
        const seconds = Number(searchParams.get('seconds') ?? DEFAULT_SECONDS);
        if (!(seconds > 0 && seconds <= MAX_SECONDS))
          return {
            status: 400,
            body: `seconds: expected a number above 0 and at most ${MAX_SECONDS}, got "${searchParams.get('seconds')}"\n`,
          };
        return page(() => cpuProfile(seconds, clock, abort));
      },
    });
  },
});

/** Average CPU sampling interval. */
const SAMPLING_MICROS = 1000;

/** Profiles the CPU usage of all threads for a given time. Ends early if `abort` aborts. */
async function cpuProfile(seconds: number, clock: Clock, abort: AbortSignal): Promise<Uint8Array> {
  const profile = await profileThreads({ millis: seconds * 1000, intervalMicros: SAMPLING_MICROS, clock, abort });
  return await cpuProfileAsPprof(profile.threads, { ...profile, intervalMicros: SAMPLING_MICROS });
}

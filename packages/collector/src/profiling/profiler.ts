import type { PipelineGraph, Profiler } from '@otelier/query';
import type { Clock } from '@otelier/transport';
import { takeTurn } from './turn.ts';

/** Creates a profiler of this process. Its modules are loaded when it is used. */
export function createProfiler(graph: () => PipelineGraph, clock: Clock): Profiler {
  return {
    async cpu({ seconds, intervalMicros, detail }, signal) {
      const [{ profileThreads }, { attribute }] = await Promise.all([import('./threads.ts'), import('./attribute.ts')]);
      const before = graph();
      const profile = await profileThreads({ millis: seconds * 1000, intervalMicros, clock, abort: signal });
      const { usage, threadMillis } = attribute(profile.threads, before, graph());
      return {
        startedMillis: profile.startedMillis,
        durationMillis: profile.durationMillis,
        usage,
        threads: profile.threads.map((thread, index) => ({
          name: thread.name,
          cpuMillis: threadMillis[index] ?? 0,
          ...(detail && { profile: thread.profile }),
        })),
        missingThreads: [...profile.missingThreads],
      };
    },
    async flame(request, signal) {
      return await (await import('./flame-profile.ts')).flameProfile(request, graph, clock, signal);
    },
    heap() {
      const end = takeTurn();
      let reader: AsyncIterator<Uint8Array> | undefined;
      return new ReadableStream({
        async pull(controller) {
          reader ??= (await import('./heap-snapshot.ts')).heapSnapshot();
          const { done, value } = await reader.next();
          if (done !== true) return controller.enqueue(value);
          end();
          controller.close();
        },
        async cancel() {
          end();
          await reader?.return?.();
        },
      });
    },
  };
}

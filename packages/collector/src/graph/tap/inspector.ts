import type { PipelineInspector } from '@otelier/query';
import type { Clock } from '@otelier/transport';
import type { Host } from '../../component/host.ts';
import { openTap } from './live-tap.ts';
import { TapError } from './selector.ts';

/** Creates the inspector of a running service. */
export function createInspector(host: Host, clock: Clock): PipelineInspector {
  return {
    ledger: () => host.ledger(),
    drops: (traceId) => host.drops(traceId),
    tap(request, listener) {
      try {
        return { kind: 'open', stop: openTap(host, clock, request, listener) };
      } catch (error) {
        if (error instanceof TapError) return { kind: 'invalid', reason: error.message };
        throw error;
      }
    },
  };
}

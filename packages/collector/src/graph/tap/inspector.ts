import type { OpenedTap, PipelineInspector, TapRequest } from '@otelier/query';
import type { Clock } from '@otelier/transport';
import type { Logger } from 'pino';
import type { Host } from '../../component/host.ts';
import { openItemTap } from './item-tap.ts';
import { openTap } from './live-tap.ts';
import { TapError } from './selector.ts';

/** Creates the inspector of a running service. Its logger tells who saw values in plain text. */
export function createInspector(host: Host, clock: Clock, logger: Pick<Logger, 'warn'>): PipelineInspector {
  const open = (place: object, { isMasked, client }: TapAccess, start: () => () => void): OpenedTap => {
    try {
      const stop = start();
      if (!isMasked) logger.warn({ ...place, client }, 'tap opened without masking: values are shown in plain text');
      return { kind: 'open', stop };
    } catch (error) {
      if (error instanceof TapError) return { kind: 'invalid', reason: error.message };
      throw error;
    }
  };
  return {
    ledger: () => host.ledger(),
    drops: (traceId) => host.drops(traceId),
    senders: () => host.senders(),
    tap: (request, listener) => open({ at: request.at }, request, () => openTap(host, clock, request, listener)),
    tapItems: (request, listener) =>
      open({ edges: request.edges }, request, () => openItemTap(host, clock, request, listener)),
  };
}

type TapAccess = Pick<TapRequest, 'isMasked' | 'client'>;

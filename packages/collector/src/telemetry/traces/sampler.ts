import type { SpanIdentity } from '@otelier/otlp';
import type { SamplerConfig, SimpleSamplerConfig } from './traces-config.ts';

/** Decides whether to record a span. */
export type Sampler = (traceId: string, parent: SpanIdentity | undefined, isRemote: boolean) => boolean;

/** Creates the sampler of `service.telemetry.traces.sampler`. */
export function createSampler({ parentBased, jaegerRemote: _, ...simple }: SamplerConfig): Sampler {
  if (Object.values(simple).some((value) => value !== undefined)) return createSimple(simple);
  const root = createSimple(parentBased?.root ?? {});
  const remoteSampled = createSimple(parentBased?.remoteParentSampled ?? {});
  const remoteNotSampled = createSimple(parentBased?.remoteParentNotSampled ?? OFF);
  const localSampled = createSimple(parentBased?.localParentSampled ?? {});
  const localNotSampled = createSimple(parentBased?.localParentNotSampled ?? OFF);
  return (traceId, parent, isRemote) => {
    if (parent === undefined) return root(traceId);
    if (isRemote) return (parent.isSampled ? remoteSampled : remoteNotSampled)(traceId);
    return (parent.isSampled ? localSampled : localNotSampled)(traceId);
  };
}

const OFF: SimpleSamplerConfig = { alwaysOff: {} };

function createSimple({ alwaysOff, traceIdRatioBased }: SimpleSamplerConfig): (traceId: string) => boolean {
  if (alwaysOff !== undefined) return () => false;
  if (traceIdRatioBased === undefined) return () => true;
  const { ratio } = traceIdRatioBased;
  if (ratio >= 1) return () => true;
  // The comparison of the Go SDK, so that processes with the same ratio sample the same traces.
  const bound = BigInt(Math.floor(ratio * 2 ** 63));
  return (traceId) => BigInt(`0x${traceId.slice(16)}`) >> 1n < bound;
}

import {
  MESSAGES,
  type MessageDescriptor,
  normalizeRequest,
  requestToJson,
  SIGNAL_NAMES,
  type Signal,
} from '@otelier/otlp';
import { arbitraryRequest } from '@otelier/testkit/otlp/arbitrary-request';
import { everyFieldRequest } from '@otelier/testkit/otlp/every-field-request';
import { createRandom, type Random } from '@otelier/testkit/otlp/random';
import { encodeUnusually } from '@otelier/testkit/otlp/unusual-encoding';
import { encodeRequest, type RequestJson } from '@otelier/testkit/request-codec';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import fc from 'fast-check';
import { parseTree, type WireNode } from './mutate/wire-tree.ts';

/** A valid request to mutate. */
export interface Seed {
  readonly signal: Signal;
  readonly message: MessageDescriptor;
  readonly bytes: Uint8Array;
  readonly tree: readonly WireNode[];
}

/** Each signal's request message, with the fields that both otelier and the oracle parse. */
export const REQUESTS: Readonly<Record<Signal, MessageDescriptor>> = {
  traces: MESSAGES.ExportTraceServiceRequest,
  metrics: MESSAGES.ExportMetricsServiceRequest,
  logs: MESSAGES.ExportLogsServiceRequest,
  profiles: MESSAGES.ExportProfilesServiceRequest,
};

/** Maximum request size. Larger requests are slower but do not increase coverage. */
const MAX_BYTES = 4_000;
const OF_EACH_KIND = 40;

/**
 * Creates requests for each signal: random ones, ones with every field, and ones with unusual encodings. The same seed
 * creates the same requests.
 */
export function createCorpus(seed: number): readonly Seed[] {
  return SIGNAL_NAMES.flatMap((signal) => {
    const message = REQUESTS[signal];
    const plain = signal === 'profiles' ? profilesRequests() : describedRequests(signal, seed);
    const unusual = plain.slice(0, OF_EACH_KIND).map((bytes, i) => encodeUnusually(message, bytes, createRandom(i)));
    return [...plain, ...unusual]
      .filter((bytes) => bytes.length <= MAX_BYTES)
      .map((bytes) => ({ signal, message, bytes, tree: parseTree(message, bytes) }));
  });
}

/** A valid OTLP/JSON request to mutate. */
export interface JsonSeed {
  readonly signal: Signal;
  readonly text: string;
}

/** Creates the same corpus as OTLP/JSON. */
export function createJsonCorpus(seed: number): readonly JsonSeed[] {
  return createCorpus(seed).flatMap(({ signal, bytes }) => {
    if (signal === 'profiles') return [];
    const normalized = normalizeRequest(signal, bytes);
    return normalized.ok ? [{ signal, text: requestToJson(signal, normalized.bytes) }] : [];
  });
}

function describedRequests<S extends keyof RequestJson>(signal: S, seed: number): readonly Uint8Array[] {
  const byChance = fc.sample(arbitraryRequest(signal), { seed, numRuns: OF_EACH_KIND });
  const full = Array.from({ length: 4 }, (_, i) => everyFieldRequest(signal, seed + i, { stringIndexes: true }));
  return [...byChance, ...full].map((request) => encodeRequest(signal, request));
}

/** Returns profiles requests. Profiles are forwarded without parsing; only the path to each profile is read. */
function profilesRequests(): readonly Uint8Array[] {
  return [1, 2, 5].flatMap((items) => sampleBatch('profiles', items).parts);
}

/** Creates a small, valid traces request that differs from all others. */
export function markedRequest(random: Random): Uint8Array {
  const name = Array.from({ length: 4 }, () => random(2 ** 30).toString(36)).join('-');
  return encodeRequest('traces', { resourceSpans: [{ scopeSpans: [{ spans: [{ name }] }] }] });
}

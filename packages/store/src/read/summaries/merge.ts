import { type FileOpener, PLAIN_FILES } from '../../parquet/file-bytes.ts';
import { SummaryReader } from '../../summaries/decode.ts';
import { RecentCache } from '../shared/recent-cache.ts';
import { isTail } from '../shared/tail.ts';
import { mergeErrors } from './merge-errors.ts';
import { mergeRequests } from './merge-requests.ts';
import { mergeVolumes } from './merge-volumes.ts';
import { MergedParts } from './merged-parts.ts';
import { checkGroups, type OpenSummary, stepOfCell } from './open-summary.ts';
import type {
  ServiceItems,
  SeverityItems,
  SummaryPart,
  SummaryRequest,
  SummaryResult,
  SummarySource,
} from './protocol.ts';
import { groupSources, type SourceGroup } from './source-groups.ts';

/** Maximum size of cached summaries, in bytes. */
const CACHE_BYTES = 12 << 20;
/** Maximum size of cached results of groups, in array elements. Most of them have four bytes. */
const CACHED_ELEMENTS = 3_000_000;

/** The merged summaries of a group of files, with the first step of their rows. */
interface GroupPart {
  readonly firstStep: number;
  readonly part: SummaryPart;
}

/**
 * Merges summaries. The results of groups of files in `data/`, which never change, stay in memory: while data arrives and a
 * range moves, most queries differ from the previous one only in the newest and the oldest group and in the snapshots of
 * pending rows.
 */
export class SummaryMerger {
  readonly #cache: RecentCache<Uint8Array>;
  readonly #groups = new RecentCache<GroupPart>(CACHED_ELEMENTS);
  readonly #files: FileOpener;

  constructor(cacheBytes = CACHE_BYTES, files: FileOpener = PLAIN_FILES) {
    this.#cache = new RecentCache(cacheBytes);
    this.#files = files;
  }

  /** Merges the summaries that a request names. */
  merge(request: SummaryRequest): SummaryResult {
    const damaged: string[] = [];
    const merged = new MergedParts(request.steps);
    for (const group of groupSources(request)) {
      const { firstStep, part } = this.#group(request, group, damaged);
      merged.add(part, group.firstStep - firstStep);
    }
    return { damaged, parts: [merged.result] };
  }

  #group(request: SummaryRequest, { key, sources, firstStep }: SourceGroup, damaged: string[]): GroupPart {
    const known = key === undefined ? undefined : this.#groups.get(key);
    if (known !== undefined) return known;
    const before = damaged.length;
    const found = { firstStep, part: this.#merge({ ...request, sources }, damaged) };
    if (key === undefined || damaged.length > before) return found;
    this.#groups.set(key, found, elementsOf(found.part) + Math.ceil(key.length / 4));
    return found;
  }

  #merge(request: SummaryRequest, damaged: string[]): SummaryPart {
    const open: OpenSummary[] = [];
    for (const source of request.sources) {
      try {
        const { skip, minTime } = source;
        open.push({ reader: new SummaryReader(this.#read(source)), skip: new Set(skip), minTime });
      } catch {
        this.#cache.delete(source.path);
        damaged.push(source.path);
      }
    }
    switch (request.kind) {
      case 'services':
        return { services: mergeServices(open, request) };
      case 'requests':
        return { requests: mergeRequests(open, request) };
      case 'errors':
        return { errors: mergeErrors(open, request) };
      case 'severities':
        return { severities: mergeSeverities(open, request) };
      case 'volumes':
        return { volumes: mergeVolumes(open, request) };
    }
  }

  #read({ path, offset, length }: SummarySource): Uint8Array {
    const cached = this.#cache.get(path);
    if (cached !== undefined) return cached;
    const bytes = Buffer.allocUnsafeSlow(length);
    const file = this.#files.open(path);
    try {
      if (file.read(bytes, offset) < length) throw new Error('the file is too short');
    } finally {
      file.close();
    }
    if (!isTail(path)) this.#cache.set(path, bytes, length);
    return bytes;
  }
}

/** Returns the approximate size of a result. */
function elementsOf({ services, requests, errors, severities, volumes }: SummaryPart): number {
  const arrays = (requests?.stats.length ?? 0) + (requests?.buckets.length ?? 0);
  const objects = (services?.length ?? 0) + (severities?.length ?? 0) + (volumes?.length ?? 0);
  return arrays + objects * 10 + (errors ?? []).reduce((sum, { steps }) => sum + steps.length + 20, 0);
}

function mergeServices(summaries: readonly OpenSummary[], request: SummaryRequest): readonly ServiceItems[] {
  const merged = new Map<string, { -readonly [Key in keyof ServiceItems]: ServiceItems[Key] }>();
  for (const summary of summaries) {
    const { strings, cellSeconds } = summary.reader;
    const stepOf = stepOfCell(summary, request);
    for (const { cell, service, version, items, serving, lastOffset } of summary.reader.services()) {
      const name = strings[service] ?? '';
      if (stepOf(cell) === undefined || (request.service !== undefined && name !== request.service)) continue;
      const label = version === 0 ? undefined : strings[version - 1];
      const lastSeen = BigInt(cell) * BigInt(cellSeconds) * 1_000_000_000n + BigInt(lastOffset);
      const key = JSON.stringify([name, label]);
      const known = merged.get(key);
      if (known === undefined) {
        merged.set(key, { service: name, version: label, items, serving, lastSeen });
        checkGroups(merged.size);
        continue;
      }
      known.items += items;
      known.serving ||= serving;
      if (lastSeen > known.lastSeen) known.lastSeen = lastSeen;
    }
  }
  return [...merged.values()];
}

function mergeSeverities(summaries: readonly OpenSummary[], request: SummaryRequest): readonly SeverityItems[] {
  const merged = new Map<string, { -readonly [Key in keyof SeverityItems]: SeverityItems[Key] }>();
  for (const summary of summaries) {
    const { reader } = summary;
    const stepOf = stepOfCell(summary, request);
    reader.services();
    for (const { cell, service, level, count } of reader.severities()) {
      const step = stepOf(cell);
      const name = reader.strings[service] ?? '';
      if (step === undefined || (request.service !== undefined && name !== request.service)) continue;
      const key = JSON.stringify([name, level, step]);
      const known = merged.get(key);
      if (known !== undefined) known.count += count;
      else merged.set(key, { service: name, level, step, count });
      checkGroups(merged.size);
    }
  }
  return [...merged.values()];
}

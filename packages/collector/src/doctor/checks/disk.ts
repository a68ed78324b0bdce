import { existsSync, statfsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { DoctorReport } from '@otelier/query';
import type { ConfiguredComponent, ServiceConfig } from '../../config/model.ts';
import type { Check, LiveProcess } from '../check.ts';
import type { CheckFinding } from '../finding.ts';

/** Free space below which writing fails soon. */
const MIN_FREE_BYTES = 256_000_000;
const FULL_SHARE = 0.9;

/** A directory that a component writes, with its limits. */
interface Place {
  readonly subject: string;
  readonly directory: string;
  readonly sizeBytes: number;
  /** Size of what is not in a file yet. */
  readonly journalBytes: number;
  readonly maxBytes: number | undefined;
  readonly oldestMillis: number | undefined;
  readonly retentionMillis: number | undefined;
}

/** Reports disks that are nearly full or smaller than the limits of stores and queues, and stores near their limit. */
export const disk: Check = {
  id: 'disk',
  isLive: false,
  async run({ config, live, nowMillis }) {
    const places = await distinctPlaces(config, live);
    return places.flatMap((place) => [...spaceFindings(place), ...limitFindings(place, nowMillis)]);
  },
};

/** Returns the directories that components write, with their sizes and limits. */
export async function listDisks(config: ServiceConfig, live: LiveProcess | undefined): Promise<DoctorReport['disks']> {
  const places = await distinctPlaces(config, live);
  return places.map(({ subject, directory, sizeBytes, journalBytes, maxBytes, oldestMillis, retentionMillis }) => ({
    subject,
    sizeBytes: sizeBytes + journalBytes,
    freeBytes: freeBytesOf(directory),
    ...(maxBytes !== undefined && { maxBytes }),
    ...(oldestMillis !== undefined && { oldestMillis }),
    ...(retentionMillis !== undefined && { retentionMillis }),
  }));
}

async function distinctPlaces(config: ServiceConfig, live: LiveProcess | undefined): Promise<readonly Place[]> {
  const places = await Promise.all(placesOf(config).map((component) => placeOf(component, live)));
  return [...new Map(places.map((place) => [place.directory, place])).values()];
}

function freeBytesOf(directory: string): number {
  const { bavail, bsize } = statfsSync(existing(directory));
  return bavail * bsize;
}

/** Returns the components that write a directory. */
function placesOf({ exporters, extensions }: ServiceConfig): ConfiguredComponent[] {
  return [...exporters.values(), ...extensions.values()].filter(
    ({ config }) => typeof config['directory'] === 'string' && config['readOnly'] !== true,
  );
}

async function placeOf({ id, kind, config }: ConfiguredComponent, live: LiveProcess | undefined): Promise<Place> {
  const directory = resolve(String(config['directory']));
  const stats = kind === 'exporter' ? await live?.stores.get(id)?.stats() : undefined;
  return {
    subject: `${kind}s/${id}: ${String(config['directory'])}`,
    directory,
    sizeBytes: stats?.sizeBytes ?? (await sizeOf(directory)),
    journalBytes: stats?.journalBytes ?? 0,
    maxBytes: numberOf(config['maxSize']),
    oldestMillis: stats?.oldest === undefined ? undefined : Number(stats.oldest / 1_000_000n),
    retentionMillis: numberOf(config['retention']) ?? longestAge(config['retention']),
  };
}

function spaceFindings({ subject, directory, sizeBytes, maxBytes }: Place): CheckFinding[] {
  const free = freeBytesOf(directory);
  const remedy = 'Free space, use another disk, or lower `max_size`.';
  if (free < MIN_FREE_BYTES)
    return [{ severity: 'error', subject, message: `the disk has only ${text(free)} free`, remedy }];
  const growth = (maxBytes ?? 0) - sizeBytes;
  if (growth <= free) return [];
  const message = `the disk has ${text(free)} free, and the directory may grow by ${text(growth)} to its limit of ${text(maxBytes ?? 0)}`;
  return [{ severity: 'warning', subject, message, remedy }];
}

function limitFindings(place: Place, nowMillis: number): CheckFinding[] {
  const { subject, sizeBytes, maxBytes = 0, oldestMillis, retentionMillis = 0 } = place;
  if (sizeBytes < maxBytes * FULL_SHARE || oldestMillis === undefined) return [];
  const ageMillis = nowMillis - oldestMillis;
  if (retentionMillis > 0 && ageMillis > retentionMillis * FULL_SHARE) return [];
  const kept = retentionMillis > 0 ? `a retention of ${hours(retentionMillis)}` : 'no retention';
  return [
    {
      severity: 'warning',
      subject,
      message: `the store has ${text(sizeBytes)} of at most ${text(maxBytes)}: with ${kept} configured, telemetry is removed at an age of ${hours(ageMillis)}`,
      remedy: 'Raise `max_size`, lower `retention`, or reduce the telemetry (`otelier simulate`).',
    },
  ];
}

async function sizeOf(directory: string): Promise<number> {
  if (!existsSync(directory)) return 0;
  let bytes = 0;
  for (const name of await readdir(directory, { recursive: true })) {
    const file = await stat(join(directory, name)).catch(() => undefined);
    if (file?.isFile()) bytes += file.size;
  }
  return bytes;
}

/** Returns the nearest directory that exists. */
function existing(directory: string): string {
  return existsSync(directory) || dirname(directory) === directory ? directory : existing(dirname(directory));
}

const DEFAULT_AGE_MILLIS = 168 * 3_600_000;

/** Returns the longest age of limits by signal. */
function longestAge(retention: unknown): number | undefined {
  if (typeof retention !== 'object' || retention === null) return undefined;
  const ages = Object.values(retention).map((limits) => numberOf(limits?.maxAge) ?? DEFAULT_AGE_MILLIS);
  return ages.includes(0) ? 0 : Math.max(DEFAULT_AGE_MILLIS, ...ages);
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function text(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.round(bytes / 1e6)} MB`;
}

function hours(millis: number): string {
  return `${(millis / 3_600_000).toFixed(millis < 36_000_000 ? 1 : 0)} h`;
}

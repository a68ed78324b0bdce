import type { Reading, ReadingAttributes, ReadingGroup } from '../../scraping/reading.ts';
import type { NameFilter } from '../filter.ts';
import { PAGE_BYTES, TICKS_PER_SECOND } from '../proc-files.ts';
import type { ScrapeContext, Scraper } from '../reading.ts';
import { ProcessIdentity } from './process-identity.ts';

/** Which processes are reported, and with which resource attributes. */
export interface ProcessOptions {
  readonly isWanted: NameFilter;
  /** Age from which on a process is reported. */
  readonly delayMillis: number;
  isAttribute(name: string): boolean;
}

interface CpuTimes {
  readonly millis: number;
  readonly seconds: Readonly<Record<string, number>>;
}

/** Creates the scraper of processes, each of which is a resource. */
export function createProcessScraper(context: ScrapeContext, options: ProcessOptions): Scraper {
  const { files, clock } = context;
  const identity = new ProcessIdentity(files);
  let before = new Map<number, CpuTimes>();
  return async () => {
    const host = {
      bootMillis: await files.bootMillis(),
      processors: await files.processorCount(),
      memoryBytes: ((await files.numbers('/proc/meminfo')).get('MemTotal') ?? 0) * 1024,
    };
    const times = new Map<number, CpuTimes>();
    const groups: ReadingGroup[] = [];
    for (const pid of await files.processIds()) {
      try {
        const stat = parseStat(await files.text(`/proc/${pid}/stat`));
        const name = await identity.name(pid, stat.command);
        const startMillis = host.bootMillis + (stat.at(22) / TICKS_PER_SECOND) * 1000;
        const ageMillis = clock.now() - startMillis;
        if (!options.isWanted(name) || ageMillis < options.delayMillis) continue;
        const seconds = {
          user: stat.at(14) / TICKS_PER_SECOND,
          system: stat.at(15) / TICKS_PER_SECOND,
          wait: stat.at(42) / TICKS_PER_SECOND,
        };
        const now = { millis: clock.monotonic(), seconds };
        const readings = [
          ...cpuReadings(now, before.get(pid), host.processors),
          ...memoryReadings(stat, host.memoryBytes),
          ...(await furtherReadings(context, pid)),
          { metric: 'process.uptime', value: ageMillis / 1000 },
        ];
        times.set(pid, now);
        const resource: ReadingAttributes = await identity.attributes(pid, stat.at(4), name, options.isAttribute);
        groups.push({ resource, startMillis, readings });
      } catch (error) {
        // A process may end while it is read.
        if (!GONE.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
      }
    }
    before = times;
    return groups;
  };
}

const GONE: ReadonlySet<string> = new Set(['ENOENT', 'ESRCH', 'EACCES']);

interface Stat {
  readonly command: string;
  /** Returns a field by its number in `proc(5)`. */
  at(field: number): number;
}

function parseStat(text: string): Stat {
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  const fields = text.slice(close + 2).split(' ');
  return { command: text.slice(open + 1, close), at: (field) => Number(fields[field - 3] ?? 0) };
}

function cpuReadings(now: CpuTimes, before: CpuTimes | undefined, processors: number): Reading[] {
  const times = Object.entries(now.seconds).map(([state, value]) => ({
    metric: 'process.cpu.time',
    value,
    attributes: { state },
  }));
  if (before === undefined) return times;
  const elapsed = ((now.millis - before.millis) / 1000) * Math.max(1, processors);
  const utilization = Object.entries(now.seconds).map(([state, value]) => ({
    metric: 'process.cpu.utilization',
    value: elapsed <= 0 ? 0 : Math.max(0, value - (before.seconds[state] ?? 0)) / elapsed,
    attributes: { state },
  }));
  return [...times, ...utilization];
}

function memoryReadings(stat: Stat, totalBytes: number): Reading[] {
  const resident = stat.at(24) * PAGE_BYTES;
  const faults = (type: string, value: number): Reading => ({
    metric: 'process.paging.faults',
    value,
    attributes: { type },
  });
  return [
    { metric: 'process.memory.usage', value: resident },
    { metric: 'process.memory.virtual', value: stat.at(23) },
    { metric: 'process.memory.utilization', value: totalBytes === 0 ? 0 : (100 * resident) / totalBytes },
    faults('major', stat.at(12)),
    faults('minor', stat.at(10)),
    { metric: 'process.threads', value: stat.at(20) },
  ];
}

/** Reads the files that only some metrics need. Those of other users are often not readable. */
async function furtherReadings({ files, isEnabled }: ScrapeContext, pid: number): Promise<Reading[]> {
  const readings: Reading[] = [];
  const direction = (metric: string, read: number, write: number): void => {
    readings.push({ metric, value: read, attributes: { direction: 'read' } });
    readings.push({ metric, value: write, attributes: { direction: 'write' } });
  };
  if (isEnabled('process.disk.io') || isEnabled('process.disk.operations')) {
    const io = numbersOf(await files.optional(`/proc/${pid}/io`));
    if (io !== undefined) {
      direction('process.disk.io', io.get('rchar') ?? 0, io.get('wchar') ?? 0);
      direction('process.disk.operations', io.get('syscr') ?? 0, io.get('syscw') ?? 0);
    }
  }
  if (isEnabled('process.context_switches') || isEnabled('process.signals_pending')) {
    const status = numbersOf(await files.optional(`/proc/${pid}/status`)) ?? new Map<string, number>();
    for (const [type, name] of SWITCHES) {
      const value = status.get(`${name}_ctxt_switches`) ?? 0;
      readings.push({ metric: 'process.context_switches', value, attributes: { type } });
    }
    readings.push({ metric: 'process.signals_pending', value: status.get('SigQ') ?? 0 });
  }
  if (isEnabled('process.open_file_descriptors')) {
    const names = await files.names(`/proc/${pid}/fd`).catch(() => undefined);
    if (names !== undefined) readings.push({ metric: 'process.open_file_descriptors', value: names.length });
  }
  return readings;
}

const SWITCHES = [
  ['involuntary', 'nonvoluntary'],
  ['voluntary', 'voluntary'],
] as const;

/** Reads lines such as `rchar: 12`. Of `3/100`, the first number counts. */
function numbersOf(text: string | undefined): Map<string, number> | undefined {
  if (text === undefined) return undefined;
  const entries = text.split('\n').map((line) => line.split(/:\s*/));
  return new Map(entries.map(([name = '', value = '']) => [name, Number.parseInt(value, 10)]));
}

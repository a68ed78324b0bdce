import type { Reading } from '../../scraping/reading.ts';
import { TICKS_PER_SECOND } from '../proc-files.ts';
import { hostGroup, type ScrapeContext, type Scraper } from '../reading.ts';

/** States in the order of `/proc/stat`. */
const STATES = ['user', 'nice', 'system', 'idle', 'wait', 'interrupt', 'softirq', 'steal'];

/** Creates the scraper of processor times. */
export function createCpuScraper(context: ScrapeContext): Scraper {
  const { files, isEnabled } = context;
  let before = new Map<string, readonly number[]>();
  return async () => {
    const times = await readTimes(context);
    const readings: Reading[] = [];
    for (const [cpu, values] of times) {
      for (const [index, state] of STATES.entries())
        readings.push({ metric: 'system.cpu.time', value: values[index] ?? 0, attributes: { cpu, state } });
      readings.push(...utilization(cpu, before.get(cpu), values));
    }
    before = times;
    readings.push({ metric: 'system.cpu.logical.count', value: times.size });
    if (isEnabled('system.cpu.physical.count') || isEnabled('system.cpu.frequency'))
      readings.push(...processors(await files.text('/proc/cpuinfo')));
    return hostGroup(context, readings);
  };
}

async function readTimes({ files }: ScrapeContext): Promise<Map<string, readonly number[]>> {
  const lines = (await files.lines('/proc/stat')).filter((line) => /^cpu\d/.test(line));
  return new Map(
    lines.map((line) => {
      const [cpu = '', ...ticks] = line.split(/\s+/);
      return [cpu, ticks.slice(0, STATES.length).map((one) => Number(one) / TICKS_PER_SECOND)];
    }),
  );
}

function utilization(cpu: string, before: readonly number[] | undefined, now: readonly number[]): Reading[] {
  if (before === undefined) return [];
  const deltas = now.map((value, index) => Math.max(0, value - (before[index] ?? 0)));
  const total = deltas.reduce((sum, one) => sum + one, 0);
  return STATES.map((state, index) => ({
    metric: 'system.cpu.utilization',
    value: total === 0 ? 0 : (deltas[index] ?? 0) / total,
    attributes: { cpu, state },
  }));
}

function processors(text: string): Reading[] {
  const cores = new Set<string>();
  const readings: Reading[] = [];
  for (const block of text.split('\n\n')) {
    const field = (name: string): string | undefined => new RegExp(`^${name}\\s*:\\s*(.*)$`, 'm').exec(block)?.[1];
    const processor = field('processor');
    if (processor === undefined) continue;
    cores.add(`${field('physical id') ?? processor}/${field('core id') ?? processor}`);
    const frequency = Number(field('cpu MHz') ?? Number.NaN) * 1e6;
    if (!Number.isNaN(frequency))
      readings.push({ metric: 'system.cpu.frequency', value: frequency, attributes: { cpu: `cpu${processor}` } });
  }
  return [...readings, { metric: 'system.cpu.physical.count', value: cores.size }];
}

import type { Reading, ReadingAttributes } from '../scraping/reading.ts';
import type { ReportFailure } from '../scraping/scraping-receiver.ts';

type Field = readonly [metric: string, attributes?: ReadingAttributes, factor?: number];

/** Lines of the page, with their metrics. */
const FIELDS: ReadonlyMap<string, Field> = new Map<string, Field>([
  ['ServerUptimeSeconds', ['apache.uptime']],
  ['ConnsTotal', ['apache.current_connections']],
  ['BusyWorkers', ['apache.workers', { state: 'busy' }]],
  ['IdleWorkers', ['apache.workers', { state: 'idle' }]],
  ['Total Accesses', ['apache.requests']],
  ['Total kBytes', ['apache.traffic', {}, 1024]],
  ['CPUChildrenSystem', ['apache.cpu.time', { level: 'children', mode: 'system' }]],
  ['CPUChildrenUser', ['apache.cpu.time', { level: 'children', mode: 'user' }]],
  ['CPUSystem', ['apache.cpu.time', { level: 'self', mode: 'system' }]],
  ['CPUUser', ['apache.cpu.time', { level: 'self', mode: 'user' }]],
  ['CPULoad', ['apache.cpu.load']],
  ['Load1', ['apache.load.1']],
  ['Load5', ['apache.load.5']],
  ['Load15', ['apache.load.15']],
  ['Total Duration', ['apache.request.time']],
]);

const WORKER_STATES: ReadonlyMap<string, string> = new Map([
  ['_', 'waiting'],
  ['S', 'starting'],
  ['R', 'reading'],
  ['W', 'sending'],
  ['K', 'keepalive'],
  ['D', 'dnslookup'],
  ['C', 'closing'],
  ['L', 'logging'],
  ['G', 'finishing'],
  ['I', 'idle_cleanup'],
  ['.', 'open'],
]);

/** Parses the page of `mod_status` for programs. Throws if it is another one. */
export function parseServerStatus(page: string, fail: ReportFailure): readonly Reading[] {
  const readings = new Map<string, Reading>();
  for (const line of page.split('\n')) {
    const separator = line.indexOf(': ');
    if (separator < 0) continue;
    const name = line.slice(0, separator);
    const text = line.slice(separator + 2).trim();
    if (name === 'Scoreboard')
      for (const [state, value] of countStates(text))
        readings.set(`Scoreboard ${state}`, { metric: 'apache.scoreboard', value, attributes: { state } });
    const field = FIELDS.get(name);
    if (field === undefined) continue;
    const [metric, attributes = {}, factor = 1] = field;
    const value = text === '' ? Number.NaN : Number(text) * factor;
    // A name that comes twice has its last value.
    if (Number.isFinite(value)) readings.set(name, { metric, value, attributes });
    else fail(`${name}: expected a number, got ${JSON.stringify(text.slice(0, 40))}`);
  }
  if (readings.size > 0) return [...readings.values()];
  throw new Error(`expected the page of mod_status, got ${JSON.stringify(page.slice(0, 60))}`);
}

function countStates(scoreboard: string): ReadonlyMap<string, number> {
  const counts = new Map([...WORKER_STATES.values()].map((state) => [state, 0]));
  for (const letter of scoreboard) {
    const state = WORKER_STATES.get(letter) ?? 'unknown';
    counts.set(state, (counts.get(state) ?? 0) + 1);
  }
  return counts;
}

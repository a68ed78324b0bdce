import type { Reading } from '../../scraping/reading.ts';
import type { NameFilter } from '../filter.ts';
import { hostGroup, type ScrapeContext, type Scraper } from '../reading.ts';

/** The states of connections by their numbers in `/proc/net/tcp`. */
const STATES: Readonly<Record<string, string>> = {
  '01': 'ESTABLISHED',
  '02': 'SYN_SENT',
  '03': 'SYN_RECV',
  '04': 'FIN_WAIT1',
  '05': 'FIN_WAIT2',
  '06': 'TIME_WAIT',
  '07': 'CLOSE',
  '08': 'CLOSE_WAIT',
  '09': 'LAST_ACK',
  '0A': 'LISTEN',
  '0B': 'CLOSING',
};

/** Creates the scraper of network interfaces and connections. */
export function createNetworkScraper(context: ScrapeContext, isWanted: NameFilter): Scraper {
  const { files, isEnabled } = context;
  return async () => {
    const lines = (await files.lines('/proc/net/dev')).slice(2);
    const readings = lines.flatMap((line) => interfaceReadings(line, isWanted));
    if (isEnabled('system.network.connections')) readings.push(...(await connections(context)));
    for (const [metric, file] of CONNTRACK) {
      const text = isEnabled(metric) ? await files.optional(`/proc/sys/net/netfilter/nf_conntrack_${file}`) : undefined;
      if (text !== undefined) readings.push({ metric, value: Number(text) });
    }
    return hostGroup(context, readings);
  };
}

const CONNTRACK = [
  ['system.network.conntrack.count', 'count'],
  ['system.network.conntrack.max', 'max'],
] as const;

/** Metrics with the columns for received and sent. */
const COLUMNS = [
  ['system.network.packets', 1, 9],
  ['system.network.dropped', 3, 11],
  ['system.network.errors', 2, 10],
  ['system.network.io', 0, 8],
] as const;

function interfaceReadings(line: string, isWanted: NameFilter): Reading[] {
  const colon = line.lastIndexOf(':');
  const device = line.slice(0, colon).trim();
  if (colon < 0 || !isWanted(device)) return [];
  const numbers = line
    .slice(colon + 1)
    .trim()
    .split(/\s+/)
    .map(Number);
  return COLUMNS.flatMap(([metric, received, sent]) => [
    { metric, value: numbers[sent] ?? 0, attributes: { device, direction: 'transmit' } },
    { metric, value: numbers[received] ?? 0, attributes: { device, direction: 'receive' } },
  ]);
}

async function connections({ files }: ScrapeContext): Promise<Reading[]> {
  const counts = new Map(Object.values(STATES).map((state) => [state, 0]));
  const seen = new Set<string>();
  for (const file of ['tcp', 'tcp6']) {
    const text = (await files.optional(`/proc/net/${file}`)) ?? '';
    for (const line of text.split('\n').slice(1)) {
      const [, local = '', remote = '', number = ''] = line.trim().split(/\s+/);
      const state = STATES[number];
      const key = `${local} ${remote} ${number}`;
      if (state === undefined || seen.has(key)) continue;
      seen.add(key);
      counts.set(state, (counts.get(state) ?? 0) + 1);
    }
  }
  return [...counts].map(([state, value]) => ({
    metric: 'system.network.connections',
    value,
    attributes: { protocol: 'tcp', state },
  }));
}

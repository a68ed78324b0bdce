import type { Reading } from '../scraping/reading.ts';

const PAGE =
  /^Active connections: (\d+)\s+server accepts handled requests(?: request_time)?\s+(\d+) (\d+) (\d+)[^\n]*\s+Reading: (\d+) Writing: (\d+) Waiting: (\d+)\s*$/;

/** Parses the page of the module `stub_status`. Throws if it is another one. */
export function parseStubStatus(page: string): readonly Reading[] {
  const match = PAGE.exec(page);
  if (match === null) throw new Error(`expected the page of stub_status, got ${JSON.stringify(page.slice(0, 60))}`);
  const [active = 0, accepted = 0, handled = 0, requests = 0, ...states] = match.slice(1).map(Number);
  const [reading = 0, writing = 0, waiting = 0] = states;
  const connections = Object.entries({ active, reading, writing, waiting });
  return [
    { metric: 'nginx.requests', value: requests },
    { metric: 'nginx.connections_accepted', value: accepted },
    { metric: 'nginx.connections_handled', value: handled },
    ...connections.map(([state, value]) => ({
      metric: 'nginx.connections_current',
      value,
      attributes: { state },
    })),
  ];
}

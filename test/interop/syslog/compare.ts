import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { type ComponentBench, createComponentBench } from '@otelier/testkit';
import { createCertificates } from '@otelier/testkit/certificates';
import { systemClock } from '@otelier/transport';
import { syslog as exporter } from '../../../packages/collector/src/exporters/syslog.ts';
import { portOf } from '../../../packages/collector/src/receivers/log_stream/read-records.testing.ts';
import { syslog as receiver } from '../../../packages/collector/src/receivers/syslog.ts';
import type { Comparison } from '../check.ts';
import { batchesOfMessages, expectedOf, fileLineOf, lineOf, MESSAGES, receivedMessages } from './messages.ts';
import { type StartServer, type SyslogServer, startRsyslog, startSyslogNg, WAYS, type Way } from './servers.ts';

const SERVERS: Readonly<Record<string, StartServer>> = { rsyslog: startRsyslog, 'syslog-ng': startSyslogNg };
const WAIT_MILLIS = 10_000;
const INDICES = Array.from({ length: MESSAGES }, (_, index) => index);

/** Receives messages from real servers and sends messages to them, in every way, and compares each of them. */
export async function compareSyslogServers(report: (way: string, compared: Comparison) => void): Promise<void> {
  const certificates = await createCertificates();
  for (const [name, startServer] of Object.entries(SERVERS)) {
    const receivers = await Promise.all(WAYS.map(startReceiver));
    const server = await startServer(receivers.map(portOf), certificates);
    try {
      await relay(server.relayPort);
      for (const [index, way] of WAYS.entries()) {
        const bench = receivers[index];
        if (bench !== undefined) report(`${name} → otelier, ${way.name}`, await compareReceived(bench, way));
      }
      for (const [index, way] of WAYS.entries()) {
        // Its TLS needs a driver for the whole server, which would be that of the other inputs as well.
        if (name === 'rsyslog' && way.network === 'tls') continue;
        report(`otelier → ${name}, ${way.name}`, await compareWritten(server, index, way));
      }
    } finally {
      await server.stop();
      for (const bench of receivers) await bench.close();
    }
  }
}

async function startReceiver({ protocol, network, octets }: Way): Promise<ComponentBench> {
  const { server } = await createCertificates();
  const tls = network === 'tls' ? { tls: { cert_pem: server.cert, key_pem: server.key } } : {};
  const listen = { listen_address: '127.0.0.1:0', ...tls };
  const bench = await createComponentBench(receiver, {
    clock: systemClock,
    config: { protocol, enable_octet_counting: octets, [network === 'udp' ? 'udp' : 'tcp']: listen },
  });
  await bench.start();
  return bench;
}

/** Sends the messages to a server, in pieces that receivers of datagrams can keep. */
async function relay(port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  for (const index of INDICES) {
    socket.write(lineOf(index));
    if (index % 20 === 19) await setTimeout(20);
  }
  await new Promise<void>((resolve) => socket.end(() => resolve()));
}

async function compareReceived(bench: ComponentBench, { protocol }: Way): Promise<Comparison> {
  const expected = INDICES.map((index) => expectedOf(index, protocol));
  return compareTexts(expected, () => receivedMessages(bench, protocol));
}

async function compareWritten(server: SyslogServer, index: number, way: Way): Promise<Comparison> {
  const { protocol, network, octets } = way;
  const linesIn = () => (existsSync(server.file) ? readFileSync(server.file, 'utf8').split('\n').slice(0, -1) : []);
  const before = linesIn().length;
  const { ca } = await createCertificates();
  const bench = await createComponentBench(exporter, {
    clock: systemClock,
    config: {
      endpoint: '127.0.0.1',
      port: server.ports[index],
      network: network === 'udp' ? 'udp' : 'tcp',
      protocol,
      enable_octet_counting: octets && protocol === 'rfc5424',
      tls: network === 'tls' ? { ca_pem: ca.cert } : { insecure: true },
      sending_queue: { enabled: false },
    },
  });
  try {
    await bench.start();
    for (const batch of batchesOfMessages()) {
      const outcome = await bench.send(batch);
      if (outcome.kind !== 'accepted') return { compared: 0, mismatches: [`${way.name}: ${JSON.stringify(outcome)}`] };
      // The server must read datagrams before the memory of its socket is full.
      if (network === 'udp') await setTimeout(50);
    }
  } finally {
    await bench.close();
  }
  const lines = () =>
    linesIn()
      .slice(before)
      .map((line) => normalize(line, protocol));
  return compareTexts(
    INDICES.map((each) => fileLineOf(each, protocol)),
    lines,
  );
}

/** Removes what the servers write differently: nothing for a missing field, and the space before a message. */
function normalize(line: string, protocol: Way['protocol']): string {
  const [pri, host, program, pid, id, data = '', ...message] = line.split('|');
  const dash = (field: string | undefined) => (field === undefined || field === '' ? '-' : field);
  // Older messages have no structured data, and their process is a part of the tag.
  const rest = protocol === 'rfc5424' ? [pid, id, data] : ['-', '-', '-'];
  return [pri, host, program, ...rest.map(dash), message.join('|').trimStart()].join('|');
}

async function compareTexts(expected: readonly string[], read: () => readonly string[]): Promise<Comparison> {
  for (const end = performance.now() + WAIT_MILLIS; read().length < expected.length && performance.now() < end; )
    await setTimeout(50);
  const left = new Map<string, number>();
  for (const text of read()) left.set(text, (left.get(text) ?? 0) + 1);
  const mismatches: string[] = [];
  for (const text of expected) {
    const count = left.get(text) ?? 0;
    if (count === 0) mismatches.push(`missing: ${text}`);
    else if (count === 1) left.delete(text);
    else left.set(text, count - 1);
  }
  for (const text of left.keys()) mismatches.push(`unexpected: ${text}`);
  return { compared: expected.length, mismatches };
}

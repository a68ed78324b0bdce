/**
 * Benchmarks the cost per span from a UDP client through the kernel to a server in the same process, with requests of
 * 100 spans. Run: node packages/transport/src/udp/udp.bench.ts
 */
import { ACCEPTED } from '@otelier/otlp';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import { createUdpClient, type UdpClientOptions } from './client.ts';
import { createUdpServer } from './server.ts';

const SPANS = 100;
const SECONDS = 1.5;
const { parts, sizeBytes } = sampleBatch('traces', SPANS);

const CASES: Readonly<Record<string, Partial<UdpClientOptions>>> = {
  'as it comes': {},
  'one datagram a message': { maxFragments: 1 },
  'one datagram a message, gzip': { maxFragments: 1, compression: 'gzip' },
  zstd: { compression: 'zstd' },
  'parity of 4': { fec: { groupSize: 4 } },
  twice: { repeat: 2 },
  'shared key': { sharedKey: 'secret' },
  'datagrams of 60 kB': { maxDatagramBytes: 60_000 },
};

console.log(`${SPANS} spans, ${sizeBytes} bytes a request`);
for (const [name, options] of Object.entries(CASES)) {
  const admission = { grow: () => true, release() {} };
  const server = await createUdpServer(
    { endpoint: '127.0.0.1:0', maxBytesPerSecond: 0, maxDatagramsPerSecond: 0, ...options },
    {
      admit: () => admission,
      export: () => ACCEPTED,
    },
  );
  const client = createUdpClient({
    endpoint: server.address,
    // A socket reads 32 datagrams per event loop turn.
    pace: { bytesPerSecond: 2 ** 30, burstBytes: 40_000 },
    ...options,
  });
  const before = process.cpuUsage();
  const end = performance.now() + SECONDS * 1000;
  let sent = 0;
  while (performance.now() < end) {
    await client.export('traces', parts);
    sent += SPANS;
  }
  const cpu = process.cpuUsage(before);
  const cpuSeconds = (cpu.user + cpu.system) / 1e6;
  const { datagrams, reported } = client.stats();
  const rate = Math.round(sent / cpuSeconds / 1000);
  console.log(
    `${name}: ${rate} k spans a CPU-second, ${(datagrams / (sent / SPANS)).toFixed(1)} datagrams a request, ` +
      `${((cpuSeconds * 1e6) / datagrams).toFixed(1)} µs a datagram, ${((100 * reported.lost) / datagrams).toFixed(2)} % lost`,
  );
  await client.shutdown();
  await server.shutdown(0);
}

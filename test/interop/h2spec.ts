/**
 * Tests the gRPC port with h2spec, a conformance test suite for HTTP/2.
 *
 *    node test/interop/h2spec.ts                  the server
 *    node test/interop/h2spec.ts --strict         with the stricter tests of RFC 7540
 *    node test/interop/h2spec.ts --peers DIR      directory of h2spec (default: "peers" in the directory for temporary files)
 *
 * All tests must pass except those in `EXCEPTIONS`, which lists the reasons. Those must fail, so that the list remains
 * accurate.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { SIGNALS } from '@otelier/otlp';
import { startGateway } from './gateway.ts';
import { runToEnd } from './processes.ts';

/** Tests that are known to fail, as `section: title`, each with the reason. */
const EXCEPTIONS: Readonly<Record<string, string>> = {};

const { values: options } = parseArgs({
  options: {
    peers: { type: 'string', default: join(tmpdir(), 'peers') },
    strict: { type: 'boolean', default: false },
  },
});

const directory = await mkdtemp(join(tmpdir(), 'otelier-h2spec-'));
const gateway = await startGateway();
const report = join(directory, 'report.xml');
await runToEnd([
  join(options.peers, 'h2spec'),
  ...['-h', '127.0.0.1', '-p', String(gateway.grpc), '-P', `/${SIGNALS.traces.grpcService}/Export`],
  ...['-j', report, ...(options.strict ? ['--strict'] : [])],
]);
await gateway.stop();
const { passed, failed } = readReport(await readFile(report, 'utf8'));
await rm(directory, { recursive: true });

const unexpected = failed.filter((name) => EXCEPTIONS[name] === undefined);
const outdated = Object.keys(EXCEPTIONS).filter((name) => passed.includes(name));
for (const name of unexpected) process.stdout.write(`✖ ${name}\n`);
for (const name of outdated) process.stdout.write(`passes, take it out of the list: ${name}\n`);
process.stdout.write(`h2spec: ${passed.length} of ${passed.length + failed.length} passed\n`);
process.exit(passed.length > 0 && unexpected.length === 0 && outdated.length === 0 ? 0 : 1);

/** Returns the names of the passed and failed tests in a JUnit report. */
function readReport(xml: string): { readonly passed: readonly string[]; readonly failed: readonly string[] } {
  const cases = [...xml.matchAll(/<testcase package="([^"]*)" classname="([^"]*)"[^>]*?(\/>|>(.*?)<\/testcase>)/gs)];
  const named = cases.map(([, section, title, , content = '']) => ({
    name: `${section}: ${title}`,
    isPassed: !/<(failure|error|skipped)/.test(content),
  }));
  return {
    passed: named.filter(({ isPassed }) => isPassed).map(({ name }) => name),
    failed: named.filter(({ isPassed }) => !isPassed).map(({ name }) => name),
  };
}

/**
 * Runs an application with a disk buffer against an endpoint that is down for a minute, killing it with SIGKILL and
 * restarting it. All spans that were reported as buffered must arrive in order, and only the request in flight when the
 * application is killed may arrive twice.
 *
 *    node test/soak/outage.ts --seconds 60
 */
import { parseArgs } from 'node:util';
import { runOutage } from '../e2e/outage.ts';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '60' } } });
const report = await runOutage(Number(values.seconds) * 1_000);
process.stdout.write(`${JSON.stringify(report)}\n`);
process.exit(report.lost === 0 && report.outOfOrder === 0 && report.duplicated <= report.maxInRequest ? 0 : 1);

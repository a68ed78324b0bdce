/**
 * An endpoint that is down for a minute while an application with a disk buffer is killed with -9 and restarted: whatever
 * the application was told is kept must come, in order, and at most the request on its way at a kill may come twice.
 *
 *     node test/soak/outage.ts --seconds 60
 */
import { parseArgs } from 'node:util';
import { runOutage } from '../e2e/outage.ts';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '60' } } });
const report = await runOutage(Number(values.seconds) * 1_000);
process.stdout.write(`${JSON.stringify(report)}\n`);
process.exit(report.lost === 0 && report.outOfOrder === 0 && report.doubled <= report.maxInRequest ? 0 : 1);

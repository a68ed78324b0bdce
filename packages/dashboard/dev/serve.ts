/**
 * Serves the simulated shop on port 4319: `npm run dev -w @otelier/dashboard`. Run `npx vite` alongside for a page that
 * reloads on changes.
 */
import { startFixtureServer } from './fixture-server.ts';

const server = await startFixtureServer({
  port: Number(process.env['PORT'] ?? 4319),
  empty: process.argv.includes('--empty'),
});
if (process.argv.includes('--large')) server.shop.addLargeTrace(100_000, '1'.repeat(32), Date.now() - 120_000);
process.stdout.write(`${server.url} serves the page and a simulated shop\n`);

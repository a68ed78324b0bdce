/** `npm run dev -w @otelier/dashboard`: the simulated shop on 4319; run `npx vite` beside it for a page that reloads itself. */
import { startFixtureServer } from './fixture-server.ts';

const server = await startFixtureServer({
  port: Number(process.env['PORT'] ?? 4319),
  empty: process.argv.includes('--empty'),
});
if (process.argv.includes('--large')) server.shop.addLargeTrace(100_000, '1'.repeat(32), Date.now() - 120_000);
process.stdout.write(`${server.url} serves the page and a simulated shop\n`);

/**
 * Serves the schema files in `data/schemas` as an HTTP proxy, so that the URLs in telemetry do not depend on its port.
 * Prints the port, and exits with its parent.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

const FILES: Readonly<Record<string, string>> = {
  'http://schemas.test/conv/1.3.0': '1.3.0.yaml',
  'http://schemas.test/registry/2.0.0': 'manifest.yaml',
  'http://schemas.test/resolved.yaml': 'resolved.yaml',
};

const server = createServer(({ url = '' }, response) => {
  const file = FILES[url];
  response.statusCode = file === undefined ? 404 : 200;
  response.end(file === undefined ? '' : readFileSync(join(import.meta.dirname, 'data', 'schemas', file)));
});
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
process.stdin.resume().on('end', () => process.exit());

/** A worker of a page under test, which uses the page's client. Bundled by `browser.test.ts`. */
import { type ClientPort, remoteClient, span } from '../browser.ts';

// The file is compiled with the types of pages, not workers.
const scope = globalThis as unknown as ClientPort;
const client = remoteClient(scope, { resource: { 'service.name': 'worker' } });

globalThis.addEventListener('message', async ({ data }) => {
  if (typeof data !== 'string') return;
  client.record(span('recorded'));
  const outcome = await client.send(span(data));
  scope.postMessage({ outcome, flushed: await client.flush(), sentItems: client.health.traces?.sentItems }, []);
});

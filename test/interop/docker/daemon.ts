import { type RecordingHttpServer, startRecordingHttpServer } from '@otelier/testkit';
import type { FakeContainer } from './containers.ts';

/** Serves the documented API of Docker for containers on a Unix socket. */
export function startFakeDaemon(socket: string, containers: readonly FakeContainer[]): Promise<RecordingHttpServer> {
  return startRecordingHttpServer(
    ({ url }) => {
      const path = url.replace(/^\/v\d+\.\d+/, '').replace(/\?.*/, '');
      if (path === '/containers/json') return { body: JSON.stringify(containers.map(listed)) };
      const [, id, what] = /^\/containers\/([^/]+)\/(json|stats)$/.exec(path) ?? [];
      const container = containers.find(({ inspected }) => inspected['Id'] === id);
      if (path === '/events') return { body: '' };
      if (container === undefined) return { status: 404, body: '{"message":"No such container"}' };
      return { body: what === 'json' ? JSON.stringify(container.inspected) : container.stats };
    },
    { socket },
  );
}

function listed({ inspected }: FakeContainer): object {
  const { Image } = inspected['Config'] as { readonly Image: string };
  return { Id: inspected['Id'], Names: [inspected['Name']], Image, State: 'running', Labels: {} };
}

/** What modules of the user that define components import from `otelier`. The server is a third of what this loads. */
export { createHttpServer } from '@otelier/transport/http-server';
export * from './definitions.ts';

import { createRequire } from 'node:module';

/**
 * Node's HTTP module. An `import` of it also evaluates its getters for browser APIs, which load the `fetch` client: 4
 * MB of memory that a gateway does not need.
 */
export const http = createRequire(import.meta.url)('node:http') as typeof import('node:http');

/**
 * The global `page` of a page under test: the browser build, the API, the buffer contract and a client. Bundled by
 * `browser.test.ts`.
 */
import * as api from '@opentelemetry/api';
import * as sdk from './browser.ts';
import { BUFFER_CONTRACT } from './buffer/contract.testing.ts';

const page = { api, sdk, BUFFER_CONTRACT, client: undefined as sdk.Client | undefined };
Object.assign(globalThis, { page });

/** The type of the global variable `page`. */
export type PageUnderTest = typeof page;

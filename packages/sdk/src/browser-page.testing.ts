/** What a page under test has: the library as pages get it, the API, the contract of buffers, and room for a client. Bundled by `browser.test.ts`. */
import * as api from '@opentelemetry/api';
import * as sdk from './browser.ts';
import { BUFFER_CONTRACT } from './buffer/contract.testing.ts';

const page = { api, sdk, BUFFER_CONTRACT, client: undefined as sdk.Client | undefined };
Object.assign(globalThis, { page });

/** The global variable `page`. */
export type PageUnderTest = typeof page;

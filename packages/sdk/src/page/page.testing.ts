/** The global `pageSdk` of a page under test. Bundled by `page.test.ts`. */
import * as pageSdk from './index.ts';

Object.assign(globalThis, { pageSdk });

/** The type of the global variable `pageSdk`. */
export type PageSdk = typeof pageSdk;

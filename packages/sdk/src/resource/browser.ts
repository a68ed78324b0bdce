import type { Attributes } from '../attributes/attribute-list.ts';
import { known } from './known.ts';
import { telemetrySdk } from './telemetry-sdk.ts';

/** What is known of a page, and where the rest is looked up. */
export interface BrowserDetectionOptions {
  /** What is known already, as the name of the service, which a page cannot find out; counts more than what is found. */
  readonly attributes?: Attributes;
  /** Default that of the page. */
  readonly navigator?: BrowserNavigator;
}

/** What is looked at of a `Navigator`; browsers without User-Agent Client Hints have no `userAgentData`. */
export interface BrowserNavigator {
  readonly language?: string;
  readonly userAgent?: string;
  readonly userAgentData?: {
    readonly brands: readonly { readonly brand: string; readonly version: string }[];
    readonly mobile: boolean;
    readonly platform: string;
  };
}

/**
 * What a page can find out of its browser, as attributes for `resource` of a client or provider: `browser.*`, and `user_agent.original` where the browser
 * has no User-Agent Client Hints (semantic conventions, "Browser"); and which SDK it is.
 */
export function detectResource(options: BrowserDetectionOptions = {}): Attributes {
  const { navigator = (globalThis.navigator ?? {}) as BrowserNavigator, attributes } = options;
  const { language, userAgent, userAgentData } = navigator;
  return known({
    ...telemetrySdk('webjs'),
    'browser.brands': userAgentData?.brands.map(({ brand, version }) => `${brand} ${version}`),
    'browser.language': language,
    'browser.mobile': userAgentData?.mobile,
    'browser.platform': userAgentData?.platform,
    'user_agent.original': userAgentData === undefined ? userAgent : undefined,
    ...attributes,
  });
}

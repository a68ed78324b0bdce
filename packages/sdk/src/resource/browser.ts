import type { Attributes } from '../attributes/attribute-list.ts';
import { telemetrySdk, withoutUndefined } from './detection.ts';

/** Options for browser detection. */
export interface BrowserDetectionOptions {
  /** Attributes that override detected ones, such as the service name. */
  readonly attributes?: Attributes;
  /** Default: the page's `navigator`. */
  readonly navigator?: BrowserNavigator;
}

/** The part of `Navigator` that detection reads. Browsers without User-Agent Client Hints have no `userAgentData`. */
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
 * Detects the browser. Returns attributes for the `resource` of a client or provider: `browser.*`,
 * `user_agent.original` if the browser does not support User-Agent Client Hints (semantic conventions, "Browser"), and
 * the SDK.
 */
export function detectResource(options: BrowserDetectionOptions = {}): Attributes {
  const { navigator = (globalThis.navigator ?? {}) as BrowserNavigator, attributes } = options;
  const { language, userAgent, userAgentData } = navigator;
  return withoutUndefined({
    ...telemetrySdk('webjs'),
    'browser.brands': userAgentData?.brands.map(({ brand, version }) => `${brand} ${version}`),
    'browser.language': language,
    'browser.mobile': userAgentData?.mobile,
    'browser.platform': userAgentData?.platform,
    'user_agent.original': userAgentData === undefined ? userAgent : undefined,
    ...attributes,
  });
}

import type { LabelSet } from '../matching/labels.ts';
import type { Matcher } from '../matching/matcher.ts';
import type { TimeInterval } from '../routing/time-interval.ts';

/** A configuration in Alertmanager's form, with all defaults. Times are in milliseconds. */
export interface AlertmanagerConfig {
  /** After this time without an update, an alert without an end is resolved. */
  readonly resolveTimeoutMillis: number;
  readonly route: RouteConfig;
  readonly receivers: readonly ReceiverConfig[];
  readonly inhibitRules: readonly InhibitRule[];
  readonly timeIntervals: ReadonlyMap<string, readonly TimeInterval[]>;
  /** Paths and globs of files that define templates. */
  readonly templates: readonly string[];
  /** The configuration as YAML, with `<secret>` in place of each secret. */
  readonly original: string;
}

/** A node of the routing tree; what is missing is inherited. */
export interface RouteConfig {
  readonly receiver: string | undefined;
  readonly groupBy: readonly string[] | 'all' | undefined;
  readonly groupWaitMillis: number | undefined;
  readonly groupIntervalMillis: number | undefined;
  readonly repeatIntervalMillis: number | undefined;
  readonly matchers: readonly Matcher[];
  readonly muteTimeIntervals: readonly string[];
  readonly activeTimeIntervals: readonly string[];
  readonly isContinued: boolean;
  readonly labels: LabelSet;
  readonly routes: readonly RouteConfig[];
}

/** Alerts that match `source` suppress those that match `target` if the labels `equal` have the same values. */
export interface InhibitRule {
  readonly name: string;
  readonly source: readonly Matcher[];
  readonly target: readonly Matcher[];
  readonly equal: readonly string[];
}

/** A named list of integrations. */
export interface ReceiverConfig {
  readonly name: string;
  readonly labels: LabelSet;
  readonly integrations: readonly IntegrationConfig[];
}

/** A way to send notifications. `index` counts the integrations of a kind in a receiver. */
export type IntegrationConfig = { readonly index: number } & IntegrationSettings;

/** The settings of an integration. */
export type IntegrationSettings = { readonly sendsResolved: boolean } & (
  | WebhookConfig
  | SlackConfig
  | PagerdutyConfig
  | TeamsConfig
  | EmailConfig
);

/** A secret, or a file that contains it and is read for each request. */
export type SecretSource = { readonly value: string } | { readonly file: string };

/** How an HTTP client authenticates and encrypts. */
export interface HttpConfig {
  readonly authorization:
    | { readonly type: string; readonly credentials: SecretSource | undefined }
    | { readonly type: 'basic'; readonly username: SecretSource; readonly password: SecretSource }
    | undefined;
  readonly tls: TlsConfig;
  readonly followsRedirects: boolean;
  readonly proxyUrl: string | undefined;
  readonly headers: Readonly<Record<string, readonly SecretSource[]>>;
}

/** Certificates of a client, each as PEM or as a file. */
export interface TlsConfig {
  readonly ca?: SecretSource;
  readonly cert?: SecretSource;
  readonly key?: SecretSource;
  readonly serverName?: string;
  readonly isVerified: boolean;
  readonly minVersion?: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';
  readonly maxVersion?: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';
}

interface HttpIntegration {
  readonly http: HttpConfig;
  /** Maximum time of a request; 0 means the default. */
  readonly timeoutMillis: number;
}

export interface WebhookConfig extends HttpIntegration {
  readonly kind: 'webhook';
  /** May be a template. */
  readonly url: SecretSource;
  /** Maximum number of alerts in a notification; 0 means all. */
  readonly maxAlerts: number;
  /** Replaces the payload; its texts are templates. */
  readonly payload: unknown;
}

/** Templates of the texts of a Slack message, by the names of Slack's API. */
export type SlackTexts = Readonly<
  Record<
    | 'channel'
    | 'username'
    | 'color'
    | 'title'
    | 'titleLink'
    | 'pretext'
    | 'text'
    | 'messageText'
    | 'footer'
    | 'fallback'
    | 'callbackId'
    | 'iconEmoji'
    | 'iconUrl'
    | 'imageUrl'
    | 'thumbUrl',
    string
  >
>;

export interface SlackConfig extends HttpIntegration {
  readonly kind: 'slack';
  readonly url: SecretSource;
  readonly texts: SlackTexts;
  readonly fields: readonly { readonly title: string; readonly value: string; readonly isShort: boolean }[];
  readonly actions: readonly Readonly<Record<string, unknown>>[];
  readonly linkNames: boolean;
  readonly mrkdwnIn: readonly string[];
}

export interface PagerdutyConfig extends HttpIntegration {
  readonly kind: 'pagerduty';
  readonly url: string;
  /** The routing key of the Events API v2. */
  readonly routingKey: SecretSource;
  readonly texts: Readonly<
    Record<'client' | 'clientUrl' | 'description' | 'source' | 'severity' | 'class' | 'component' | 'group', string>
  >;
  readonly details: Readonly<Record<string, unknown>>;
  readonly images: readonly Readonly<Record<'src' | 'alt' | 'href', string>>[];
  readonly links: readonly Readonly<Record<'href' | 'text', string>>[];
}

export interface TeamsConfig extends HttpIntegration {
  readonly kind: 'msteamsv2';
  readonly url: SecretSource;
  readonly title: string;
  readonly text: string;
}

export interface EmailConfig {
  readonly kind: 'email';
  readonly to: string;
  readonly from: string;
  readonly hello: string;
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password: SecretSource | undefined;
  /** Secret for CRAM-MD5. */
  readonly secret: SecretSource | undefined;
  readonly identity: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly html: string;
  readonly text: string;
  /** Whether the connection must be encrypted by STARTTLS or from the start. */
  readonly requiresTls: boolean;
  /** Whether the connection is encrypted from the start. */
  readonly isImplicitTls: boolean;
  readonly tls: TlsConfig;
  /** Whether mails of a group are one thread, and whether each day has its own. */
  readonly thread: 'none' | 'group' | 'day';
}

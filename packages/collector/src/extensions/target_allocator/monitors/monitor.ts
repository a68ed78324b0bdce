import type { KubernetesObject } from '../../../kubernetes/resource.ts';

/** A reference to a key of a secret or config map, which are not read. */
type Reference = object;

/** A selector of labels, as Kubernetes has it. */
export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>> | undefined;
  readonly matchExpressions?:
    | readonly {
        readonly key: string;
        readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
        readonly values?: readonly string[] | undefined;
      }[]
    | undefined;
}

/** A relabeling rule of a monitor. */
export interface MonitorRule {
  readonly sourceLabels?: readonly string[];
  readonly separator?: string;
  readonly targetLabel?: string;
  readonly regex?: string;
  readonly modulus?: number;
  readonly replacement?: string;
  readonly action?: string;
}

/** An endpoint of a monitor: one job. */
export interface MonitorEndpoint {
  readonly port?: string;
  /** Only of pod monitors. */
  readonly portNumber?: number;
  readonly targetPort?: string | number;
  readonly path?: string;
  readonly scheme?: string;
  readonly params?: Readonly<Record<string, readonly string[]>>;
  readonly interval?: string;
  readonly scrapeTimeout?: string;
  readonly honorLabels?: boolean;
  readonly honorTimestamps?: boolean;
  readonly trackTimestampsStaleness?: boolean;
  readonly followRedirects?: boolean;
  readonly enableHttp2?: boolean;
  readonly filterRunning?: boolean;
  readonly relabelings?: readonly MonitorRule[];
  readonly metricRelabelings?: readonly MonitorRule[];
  readonly proxyUrl?: string;
  readonly noProxy?: string;
  readonly proxyFromEnvironment?: boolean;
  readonly proxyConnectHeader?: object;
  readonly bearerTokenFile?: string;
  readonly bearerTokenSecret?: { readonly name?: string };
  readonly basicAuth?: Reference;
  readonly oauth2?: Reference;
  readonly authorization?: { readonly type?: string; readonly credentials?: Reference };
  readonly tlsConfig?: {
    readonly ca?: { readonly secret?: Reference; readonly configMap?: Reference };
    readonly cert?: { readonly secret?: Reference; readonly configMap?: Reference };
    readonly keySecret?: Reference;
    readonly caFile?: string;
    readonly certFile?: string;
    readonly keyFile?: string;
    readonly serverName?: string;
    readonly insecureSkipVerify?: boolean;
    readonly minVersion?: string;
    readonly maxVersion?: string;
  };
}

/** What service monitors and pod monitors have in common. */
export interface MonitorSpec {
  readonly jobLabel?: string;
  /** Only of service monitors. */
  readonly targetLabels?: readonly string[];
  readonly podTargetLabels?: readonly string[];
  readonly selector?: LabelSelector;
  readonly selectorMechanism?: string;
  readonly namespaceSelector?: { readonly any?: boolean; readonly matchNames?: readonly string[] };
  readonly attachMetadata?: { readonly node?: boolean };
  readonly scrapeClass?: string;
  readonly sampleLimit?: number;
  readonly targetLimit?: number;
  readonly labelLimit?: number;
  readonly labelNameLengthLimit?: number;
  readonly labelValueLengthLimit?: number;
  readonly keepDroppedTargets?: number;
  readonly bodySizeLimit?: string;
  readonly scrapeProtocols?: readonly string[];
  readonly fallbackScrapeProtocol?: string;
  readonly nativeHistogramBucketLimit?: number;
  readonly nativeHistogramMinBucketFactor?: string | number;
  readonly scrapeClassicHistograms?: boolean;
  readonly convertClassicHistogramsToNHCB?: boolean;
  /** The endpoints of a service monitor. */
  readonly endpoints?: readonly MonitorEndpoint[];
  /** The endpoints of a pod monitor. */
  readonly podMetricsEndpoints?: readonly MonitorEndpoint[];
}

/** The kinds of monitors of the Prometheus operator. */
export type MonitorKind = 'ServiceMonitor' | 'PodMonitor';

/** An object of `monitoring.coreos.com/v1` that tells which services or pods are scraped. */
export interface Monitor extends KubernetesObject {
  readonly kind: MonitorKind;
  readonly spec: MonitorSpec;
}

/** Returns the endpoints of a monitor. */
export function endpointsOf({ kind, spec }: Monitor): readonly MonitorEndpoint[] {
  return (kind === 'ServiceMonitor' ? spec.endpoints : spec.podMetricsEndpoints) ?? [];
}

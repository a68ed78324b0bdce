import { defined } from '../../component/defined.ts';

/** A selector of labels. */
interface Selector {
  readonly matchLabels?: object;
  readonly matchExpressions?: readonly object[];
}

/** The monitors that an allocator reads. */
export interface PrometheusCr {
  readonly enabled: boolean;
  readonly scrapeInterval?: string;
  readonly serviceMonitorSelector?: Selector;
  readonly podMonitorSelector?: Selector;
  readonly serviceMonitorNamespaceSelector?: Selector;
  readonly podMonitorNamespaceSelector?: Selector;
  readonly allowNamespaces?: readonly string[];
  readonly denyNamespaces?: readonly string[];
  readonly allowFiles?: boolean;
}

/** Returns the configuration of the extension for monitors. */
export function prometheusCrConfig(monitors: PrometheusCr): object {
  return defined({
    enabled: monitors.enabled,
    scrape_interval: monitors.scrapeInterval,
    service_monitor_selector: selectorConfig(monitors.serviceMonitorSelector),
    pod_monitor_selector: selectorConfig(monitors.podMonitorSelector),
    service_monitor_namespace_selector: selectorConfig(monitors.serviceMonitorNamespaceSelector),
    pod_monitor_namespace_selector: selectorConfig(monitors.podMonitorNamespaceSelector),
    allow_namespaces: monitors.allowNamespaces,
    deny_namespaces: monitors.denyNamespaces,
    allow_files: monitors.allowFiles,
  });
}

function selectorConfig(selector: Selector | undefined): object | undefined {
  if (selector === undefined) return undefined;
  const { matchLabels, matchExpressions } = selector;
  return defined({ match_labels: matchLabels, match_expressions: matchExpressions });
}

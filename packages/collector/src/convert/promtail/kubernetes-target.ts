import type { OutputMap } from '../output/config-builder.ts';
import { relabelOperators } from '../relabel/operators.ts';
import { ANY_TEXT, type RelabelRule } from '../relabel/rule.ts';
import type { Section } from '../source/section.ts';
import type { StageContext } from '../stages/stage-context.ts';
import { fileSettings } from './file-targets.ts';
import { rulesOf, type ScrapeContext, type Target } from './target.ts';

/** Converts `kubernetes_sd_configs`: the log files of the pods of a node. */
export function kubernetesTarget(section: Section, { builder, report, storage }: ScrapeContext): Target[] {
  const [discovery] = section.sections('kubernetes_sd_configs');
  if (discovery === undefined) return [];
  const role = discovery.text('role') ?? 'pod';
  discovery.skip(
    'kubeconfig_file',
    'api_server',
    'tls_config',
    'authorization',
    'basic_auth',
    'oauth2',
    'bearer_token_file',
  );
  discovery.missing('namespaces', 'the pods of all namespaces are read', 'drop others with the operator filter');
  discovery.missing('selectors', 'all pods of the node are read', 'drop others with the operator filter');
  discovery.finish();
  const rules = rulesOf(section);
  if (role !== 'pod') {
    report.missing(discovery.place, `the role ${role} is not converted`);
    return [];
  }
  const { fromApi, fromPath } = divide(rules);
  const processors = fromApi.length === 0 ? [] : podLabels(fromApi, builder);
  return [
    {
      type: 'file_log',
      name: '',
      config: { ...fileSettings(storage), include: ['/var/log/pods/*/*/*.log'] },
      labels: ['filename'],
      processors,
      prepare(context) {
        context.push({ type: 'copy', from: 'attributes["log.file.path"]', to: 'attributes.filename' });
        addResource(context);
        relabelOperators(fromPath, context, (name) => FIELDS[name]);
      },
    },
  ];

  function podLabels(given: readonly RelabelRule[], target: typeof builder): string[] {
    const labels = given.map(({ sources: [source = ''], target: name }) => ({
      tag_name: name,
      ...keyOf(source.replace(/^__meta_kubernetes_pod_(label|annotation)_/, '')),
      isAnnotation: source.includes('_annotation_'),
    }));
    const select = (isAnnotation: boolean) =>
      labels.filter((one) => one.isAnnotation === isAnnotation).map(({ isAnnotation: _, ...rest }) => rest);
    const extract: OutputMap = { metadata: [], labels: select(false), annotations: select(true) };
    const node = { node_from_env_var: 'K8S_NODE_NAME' };
    const names = labels.map(({ tag_name }) => tag_name).join(',');
    return [
      target.add('processors', 'k8s_attributes', '', {
        filter: node,
        extract,
        pod_association: [{ sources: [{ from: 'resource_attribute', name: 'k8s.pod.uid' }] }],
      }),
      target.add('processors', 'resource', 'pod-labels', {
        attributes: [{ key: 'loki.resource.labels', value: names, action: 'insert' }],
      }),
    ];
  }
}

/** Divides the rules into those about labels of pods, which the API server knows, and those about the path of the file. */
function divide(rules: readonly RelabelRule[]): { fromApi: RelabelRule[]; fromPath: RelabelRule[] } {
  const fromApi: RelabelRule[] = [];
  const fromPath: RelabelRule[] = [];
  for (const rule of rules) {
    const isPodLabel = /^__meta_kubernetes_pod_(?:label|annotation)_/.test(rule.sources[0] ?? '');
    const isCopy = rule.action === 'replace' && rule.regex === ANY_TEXT && rule.replacement === '$1';
    const isCopied = isPodLabel && isCopy && rule.sources.length === 1 && !rule.target.startsWith('__');
    (isCopied ? fromApi : fromPath).push(rule);
  }
  return { fromApi, fromPath };
}

/** The name of a label in a rule has underscores where the key has other characters. */
function keyOf(name: string): OutputMap {
  if (!name.includes('_')) return { key: name };
  return { key_regex: name.replaceAll('_', '[^a-zA-Z0-9]') };
}

const PATH = String.raw`/(?P<namespace>[^/_]+)_(?P<pod>[^/_]+)_(?P<uid>[^/]+)/(?P<container>[^/]+)/\d+\.log`;
const FIELDS: Readonly<Record<string, string>> = {
  __meta_kubernetes_namespace: 'resource["k8s.namespace.name"]',
  __meta_kubernetes_pod_name: 'resource["k8s.pod.name"]',
  __meta_kubernetes_pod_uid: 'resource["k8s.pod.uid"]',
  __meta_kubernetes_pod_container_name: 'resource["k8s.container.name"]',
  __meta_kubernetes_pod_node_name: 'env("K8S_NODE_NAME")',
};

function addResource(context: StageContext): void {
  const path = context.internal('path');
  context.push({
    type: 'regex_parser',
    regex: PATH,
    parse_from: 'attributes["log.file.path"]',
    parse_to: path.field,
    on_error: 'send_quiet',
  });
  const names = {
    namespace: 'k8s.namespace.name',
    pod: 'k8s.pod.name',
    uid: 'k8s.pod.uid',
    container: 'k8s.container.name',
  };
  for (const [group, attribute] of Object.entries(names))
    context.push(
      { type: 'copy', from: `${path.field}.${group}`, to: `resource["${attribute}"]` },
      `${path.expression} != nil`,
    );
}

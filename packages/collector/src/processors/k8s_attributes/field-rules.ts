import { compilePattern } from '@otelier/query/pattern';
import { expandTemplate } from '../../ottl/functions/text/pattern.ts';
import type { K8sAttributesConfig, Owner } from './config.ts';

type Texts = Readonly<Record<string, string>> | undefined;

/** Objects whose default names of attributes are `labels` and `annotations`, for historical reasons. */
const PLURAL: ReadonlySet<Owner> = new Set(['pod', 'namespace', 'node']);

const OTEL_ANNOTATIONS = {
  keyRegex: 'resource\\.opentelemetry\\.io/(.+)',
  key: '',
  tagName: '$1',
  from: 'pod',
} as const;

/** Returns what is extracted from labels or annotations of one kind of object, each with its rules in order. */
export function fieldRules({ extract }: K8sAttributesConfig, owner: Owner) {
  const isOwned = ({ from }: { readonly from: string }): boolean => (from || 'pod') === owner;
  const otel = extract.otelAnnotations ? [OTEL_ANNOTATIONS] : [];
  const labels = extract.labels.filter(isOwned).map((rule) => compileRule(rule, owner, 'label'));
  const annotations = [...extract.annotations, ...otel]
    .filter(isOwned)
    .map((rule) => compileRule(rule, owner, 'annotation'));
  const run = (rules: readonly Rule[]) => (texts: Texts, into: Map<string, string>) => {
    if (texts !== undefined) for (const rule of rules) rule(texts, into);
  };
  return {
    labels: run(labels),
    annotations: run(annotations),
    isEmpty: labels.length + annotations.length === 0,
  };
}

type Rule = (texts: Readonly<Record<string, string>>, into: Map<string, string>) => void;

function compileRule(
  { key, keyRegex, tagName }: { readonly key: string; readonly keyRegex: string; readonly tagName: string },
  owner: Owner,
  kind: 'label' | 'annotation',
): Rule {
  const prefix = `k8s.${owner}.${kind}${PLURAL.has(owner) ? 's' : ''}.`;
  if (keyRegex === '') {
    const attribute = tagName || prefix + key;
    return (texts, into) => {
      const value = Object.hasOwn(texts, key) ? texts[key] : undefined;
      if (value !== undefined) into.set(attribute, value);
    };
  }
  const pattern = compilePattern(`^(?:${keyRegex})$`);
  const refersToGroups = tagName !== '' && pattern.names.length > 1;
  return (texts, into) => {
    for (const [name, value] of Object.entries(texts)) {
      if (value === '' || !pattern.test(name)) continue;
      const [match] = refersToGroups ? pattern.matches(name) : [];
      into.set(match === undefined ? prefix + name : expandTemplate(tagName, match.groups, pattern.names), value);
    }
  };
}

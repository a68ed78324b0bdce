import type { Attributes, AttributeValue, MetricStream } from '@otelier/store';
import { compareBytes, Labels } from '../../promql/labels/labels.ts';
import { labelName, type NameStyle } from './names.ts';

/** Returns the labels of a stream without the name: its attributes, `job` and `instance`. */
export function streamLabels({ attributes, resourceAttributes }: MetricStream, style: NameStyle): Labels {
  return Labels.from([...attributeLabels(attributes, style), ...identityOf(resourceAttributes)]);
}

/** Returns the labels of `target_info` for a resource: all attributes but those that `job` and `instance` stand for. */
export function targetLabels(resource: Attributes, style: NameStyle): Labels | undefined {
  const identity = identityOf(resource);
  if (identity.length === 0) return undefined;
  const further = Object.fromEntries(Object.entries(resource).filter(([key]) => !IDENTIFYING.has(key)));
  if (Object.keys(further).length === 0) return undefined;
  return Labels.from([['__name__', 'target_info'], ...attributeLabels(further, style), ...identity]);
}

const IDENTIFYING: ReadonlySet<string> = new Set(['service.name', 'service.namespace', 'service.instance.id']);

function identityOf(resource: Attributes): [string, string][] {
  const text = (key: string): string => valueText(resource[key]);
  const service = text('service.name');
  const namespace = text('service.namespace');
  const job = service !== '' && namespace !== '' ? `${namespace}/${service}` : service;
  const entries: [string, string][] = [
    ['job', job],
    ['instance', text('service.instance.id')],
  ];
  return entries.filter(([, value]) => value !== '');
}

/** Returns attributes as labels. The values of those with the same name are joined, in the order of their keys. */
function attributeLabels(attributes: Attributes, style: NameStyle): [string, string][] {
  const values = new Map<string, string>();
  for (const key of Object.keys(attributes).sort(compareBytes)) {
    const name = labelName(key, style);
    const value = valueText(attributes[key]);
    const before = values.get(name);
    values.set(name, before === undefined ? value : `${before};${value}`);
  }
  return [...values];
}

function valueText(value: AttributeValue | undefined): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'object') {
    return JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? part.toString() : part));
  }
  return String(value);
}

import type { TextMapPropagator } from '@opentelemetry/api';
import { PROPAGATORS, propagatorOf } from '../propagators.ts';
import type { ConfigNode } from './config-node.ts';

/** `propagator`: those of `composite`, then those of `composite_list`; without it there is none. */
export function propagatorIn(node: ConfigNode): TextMapPropagator | undefined {
  node.mapping('composite', 'composite_list');
  const named = (of: ConfigNode, key: string) => of.mapping() && key;
  const readers = Object.fromEntries(Object.keys(PROPAGATORS).map((name) => [name, named]));
  const composite = node
    .at('composite')
    .items()
    .map((item) => item.one(readers));
  const list = node.at('composite_list');
  const names = (list.text() ?? '').split(',').map((name) => name.trim());
  const known = names.filter((name) => name !== '' && name !== 'none');
  const unknown = known.find((name) => !Object.hasOwn(PROPAGATORS, name));
  if (unknown !== undefined) list.fail(Object.keys(PROPAGATORS).join(' or '), JSON.stringify(unknown));
  return propagatorOf([...composite, ...known]);
}

import { stringify } from 'yaml';
import type { ComponentKind } from '../component/contract.ts';
import { VERSION } from '../component/version.ts';
import { registry } from '../registry.generated.ts';
import type { Console } from './console.ts';

const SECTIONS: readonly (readonly [section: string, kind: ComponentKind])[] = [
  ['receivers', 'receiver'],
  ['processors', 'processor'],
  ['exporters', 'exporter'],
  ['connectors', 'connector'],
  ['extensions', 'extension'],
];

/** Prints all components as YAML or JSON, in the format of the Collector's `components` command. */
export async function componentsCommand({ json }: { readonly json?: boolean }, console: Console): Promise<void> {
  const sections: Record<string, unknown> = {
    buildinfo: { command: 'otelier', description: 'The OpenTelemetry workbench', version: VERSION },
  };
  for (const [section, kind] of SECTIONS) sections[section] = await componentsOf(kind);
  sections['providers'] = ['env', 'file', 'yaml'].map((scheme) => ({ scheme }));
  console.print(json ? JSON.stringify(sections, undefined, 2) : stringify(sections).trimEnd());
}

function componentsOf(kind: ComponentKind): Promise<unknown> {
  return Promise.all(
    Object.entries(registry[kind]).map(async ([name, { aliases, load }]) => {
      const definition = await load();
      const signals: readonly string[] = 'signals' in definition ? definition.signals : [kind];
      const stability = Object.fromEntries(signals.map((signal) => [signal, definition.stability]));
      return { name, ...(aliases === undefined ? {} : { aliases: [...aliases] }), stability };
    }),
  );
}

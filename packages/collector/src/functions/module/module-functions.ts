import type { FunctionUseKind } from '../kinds/function-options.ts';
import { UserFunction } from '../kinds/user-function.ts';

/** The sections of a configuration that can contain functions, with the types of their components. */
const SECTIONS = {
  processors: { process: 'function', tail_sampling: 'tail_sampling' },
  connectors: { route: 'function', aggregate: 'aggregate' },
} as const satisfies Record<string, Partial<Record<FunctionUseKind, string>>>;

/** The name of a section that can contain functions. */
export type FunctionSection = keyof typeof SECTIONS;

/** Reports whether functions can be entries of a section. */
export function isFunctionSection(section: unknown): section is FunctionSection {
  return typeof section === 'string' && Object.hasOwn(SECTIONS, section);
}

/** Returns the component type of a function in a section; `undefined` if it cannot be there. */
export function typeOf(section: FunctionSection, { use }: UserFunction): string | undefined {
  const types: Partial<Record<FunctionUseKind, string>> = SECTIONS[section];
  return types[use];
}

/** Returns the section that can contain a function. */
export function sectionOf(value: UserFunction): string {
  const found = (Object.keys(SECTIONS) as FunctionSection[]).find((section) => typeOf(section, value) !== undefined);
  return found ?? 'a section';
}

/** Returns the functions of a configuration, by section and key. */
export function functionsBySection(config: unknown): ReadonlyMap<FunctionSection, ReadonlyMap<string, UserFunction>> {
  const sections = (Object.keys(SECTIONS) as FunctionSection[]).map((section) => {
    const written: unknown = typeof config === 'object' && config !== null ? Reflect.get(config, section) : undefined;
    const entries = typeof written === 'object' && written !== null ? Object.entries(written) : [];
    const functions = entries.filter((entry): entry is [string, UserFunction] => entry[1] instanceof UserFunction);
    return [section, new Map(functions)] as const;
  });
  return new Map(sections);
}

/** Returns the functions that a module exports, and those in the configuration that is its default export. */
export function functionsOfModule(namespace: Readonly<Record<string, unknown>>): ReadonlyMap<string, UserFunction> {
  const functions = new Map<string, UserFunction>();
  for (const entries of functionsBySection(namespace['default']).values())
    for (const [key, value] of entries) functions.set(key, value);
  for (const [key, value] of Object.entries(namespace)) if (value instanceof UserFunction) functions.set(key, value);
  return functions;
}

/** Returns the configuration of a function as a component, which names the module and the key of the function. */
export function functionComponent({ use, options }: UserFunction, key: string, file: string): unknown {
  const { error_mode, timeout, ...others } = options;
  const place = { file, function: key, error_mode, timeout };
  switch (use) {
    case 'process':
    case 'route':
      return definedOf({ ...place, ...others });
    case 'tail_sampling':
      return { ...others, policies: [{ name: key, type: 'function', function: definedOf(place) }] };
    case 'aggregate': {
      const { name = key, description, unit, resource_attributes, functions, ...connector } = others;
      const metric = { name, description, unit, resource_attributes, functions };
      return { ...connector, function: definedOf({ ...place, ...metric }) };
    }
  }
}

function definedOf(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

import type { FunctionDefinition } from '../../packages/collector/src/ottl/compile/function.ts';
import { CONTEXTS, type ContextDefinition } from '../../packages/collector/src/ottl/contexts/context.ts';
import { functions } from '../../packages/collector/src/ottl/functions/of-context.ts';
import { STANDARD_FUNCTIONS } from '../../packages/collector/src/ottl/functions/standard.ts';

/** Returns the OTTL reference page: the contexts with their paths, and the functions with their parameters. */
export function ottlReference(): string {
  const contexts = Object.values(CONTEXTS);
  const standard = [...STANDARD_FUNCTIONS.values()];
  const special = contexts.flatMap((context) => specialFunctions(context));
  return [
    '# OTTL',
    '',
    '<!-- Generated from packages/collector/src/ottl by `npm run generate`. -->',
    '',
    'The OpenTelemetry Transformation Language, as in the Collector 0.161: `filter` evaluates conditions, `transform` runs statements. The Collector documents the',
    '[language](https://github.com/open-telemetry/opentelemetry-collector-contrib/blob/main/pkg/ottl/LANGUAGE.md) and the',
    '[functions](https://github.com/open-telemetry/opentelemetry-collector-contrib/blob/main/pkg/ottl/ottlfuncs/README.md).',
    '',
    '## Contexts',
    '',
    'Paths begin with the name of a context, such as `span.attributes["http.route"]`. A group that names its context can leave out that name.',
    '',
    ...contexts.flatMap(contextSection),
    '## Editors',
    '',
    ...list(standard.filter(isEditor)),
    '## Converters',
    '',
    ...list(standard.filter((definition) => !isEditor(definition))),
    '## Functions of one context',
    '',
    ...special,
    '',
  ].join('\n');
}

function contextSection({ name, paths, enums }: ContextDefinition): string[] {
  const own = Object.keys(paths[name] ?? {});
  const others = Object.keys(paths).filter((other) => other !== name);
  return [
    `### ${name}`,
    '',
    `Paths: ${own.map((path) => `\`${path}\``).join(', ')}. Other contexts: ${others.map((other) => `\`${other}\``).join(', ')}.`,
    ...(enums.size === 0
      ? []
      : ['', `Enumeration values: ${[...enums.keys()].map((key) => `\`${key}\``).join(', ')}.`]),
    '',
  ];
}

function specialFunctions({ name }: ContextDefinition): string[] {
  const own = [...functions(name).values()].filter((definition) => !STANDARD_FUNCTIONS.has(definition.name));
  return own.map((definition) => `- ${signature(definition)} (${name})`);
}

function isEditor({ name }: FunctionDefinition): boolean {
  return /^[a-z]/.test(name);
}

function list(definitions: readonly FunctionDefinition[]): string[] {
  const sorted = [...definitions].sort((left, right) => (left.name < right.name ? -1 : 1));
  return [...sorted.map((definition) => `- ${signature(definition)}`), ''];
}

function signature({ name, parameters }: FunctionDefinition): string {
  const args = Object.entries(parameters).map(([parameter, { isOptional }]) => {
    const written = parameter.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    return isOptional ? `[${written}]` : written;
  });
  return `\`${name}(${args.join(', ')})\``;
}

import { userJsonSchema } from 'otelier';
import { componentsSchema } from '../../packages/collector/src/config/module-components/load-components.ts';
import { serviceSchema } from '../../packages/collector/src/config/service-schema.ts';
import { type CatalogueEntry, KIND_DIRECTORIES } from './catalogue.ts';

/** Returns the JSON Schema of a complete configuration, for completion and validation in editors. */
export function editorSchema(components: readonly CatalogueEntry[]): Record<string, unknown> {
  const definitions: Record<string, unknown> = {};
  const sections: Record<string, unknown> = {};
  for (const [kind, directory] of Object.entries(KIND_DIRECTORIES)) {
    const patterns: Record<string, unknown> = {};
    for (const { type, definition } of components.filter((entry) => entry.kind === kind)) {
      const name = `${kind}_${type}`;
      // A component with only default values is often written as `batch:` without a value.
      definitions[name] = {
        description: definition.summary,
        anyOf: [userJsonSchema(definition.config), { type: 'null' }],
      };
      const names = [type, ...(definition.aliases ?? [])].join('|');
      patterns[`^(?:${names})(?:/.+)?$`] = { $ref: `#/$defs/${name}` };
    }
    sections[directory] = {
      description: `${directory[0]?.toUpperCase()}${directory.slice(1)} by id: the type, or the type and a name (\`type/name\`).`,
      type: ['object', 'null'],
      patternProperties: patterns,
      additionalProperties: false,
    };
  }
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Configuration of otelier',
    type: 'object',
    properties: {
      ...sections,
      components: {
        description: 'Components that modules define, by the type that they have here.',
        ...userJsonSchema(componentsSchema),
      },
      service: userJsonSchema(serviceSchema),
    },
    additionalProperties: false,
    $defs: definitions,
  };
}

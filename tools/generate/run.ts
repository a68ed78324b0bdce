/**
 * Writes the generated files: the registry, the types of configurations in TypeScript, the reference page, the table of Collector components, the JSON Schema for
 * editors and the example configuration from the component definitions; the OpenAPI document from the API; the schema of the Helm chart's values from its defaults; the OTTL
 * reference from OTTL; the command-line reference from its commands; and the client library reference from its doc comments. With `--check`, writes nothing and fails
 * if any of them is stale.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { openApiDocument } from '@otelier/query';
import { attributeNamesSource, componentTypesSource } from './authoring-types.ts';
import { readCatalogue } from './catalogue.ts';
import { cliReference } from './cli-reference.ts';
import { collectorPage } from './collector-page.ts';
import { customResourceManifests } from './custom-resources.ts';
import { deprecatedNamesSource } from './deprecated-names.ts';
import { editorSchema } from './editor-schema.ts';
import { exampleConfiguration } from './example.ts';
import { helmValuesSchema } from './helm-schema.ts';
import { ottlReference } from './ottl-reference.ts';
import { referencePage } from './reference-page.ts';
import { registrySource } from './registry.ts';
import { sdkReference } from './sdk-reference.ts';
import { testSchema } from './test-schema.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const check = process.argv.includes('--check');

const { components, failures } = await readCatalogue(resolve(ROOT, 'packages/collector/src'));
for (const { file, error } of failures) console.error(`${relative(ROOT, file)}: ${error}`);

const helmValues = await readFile(resolve(ROOT, 'deploy/helm/otelier/values.yaml'), 'utf8');
const outputs: Readonly<Record<string, string>> = {
  'packages/collector/src/registry.generated.ts': registrySource(components),
  'packages/collector/src/authoring/component-types.generated.ts': componentTypesSource(components),
  'packages/collector/src/functions/attribute-names.generated.ts': attributeNamesSource(),
  'packages/collector/src/senders/deprecated-names.generated.ts': deprecatedNamesSource(),
  'docs/reference/components.md': referencePage(components),
  'docs/reference/cli.md': cliReference(),
  'docs/reference/collector-components.md': collectorPage(components),
  'docs/reference/otelier.schema.json': `${JSON.stringify(editorSchema(components), undefined, 2)}\n`,
  'docs/reference/otelier-tests.schema.json': `${JSON.stringify(testSchema(), undefined, 2)}\n`,
  'docs/reference/openapi.json': `${JSON.stringify(openApiDocument(), undefined, 2)}\n`,
  'deploy/helm/otelier/values.schema.json': `${JSON.stringify(helmValuesSchema(helmValues), undefined, 2)}\n`,
  'docs/reference/ottl.md': ottlReference(),
  'docs/reference/sdk.md': sdkReference(ROOT),
  'docs/reference/example.yaml': exampleConfiguration(components),
  ...customResourceManifests(),
};

const stale: string[] = [];
for (const [name, text] of Object.entries(outputs)) {
  const path = resolve(ROOT, name);
  const written = await readFile(path, 'utf8').catch(() => undefined);
  if (written === text) continue;
  stale.push(name);
  if (check) continue;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

if (check && stale.length > 0) console.error(`${stale.join(', ')}: stale; run npm run generate and commit the result`);
else if (!check) console.log(stale.length === 0 ? 'Everything generated is fresh.' : `Wrote ${stale.join(', ')}.`);
if (failures.length > 0 || (check && stale.length > 0)) process.exitCode = 1;

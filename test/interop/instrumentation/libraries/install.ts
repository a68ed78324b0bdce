import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NODE } from '../../gateway.ts';
import { runToEnd } from '../../processes.ts';

/** A package of its own with libraries that are too large for every installation of this repository. */
export const LIBRARIES = import.meta.dirname;

/** Installs the libraries and generates the client of Prisma, unless that has been done. */
export async function installLibraries(): Promise<void> {
  const { dependencies } = JSON.parse(readFileSync(join(LIBRARIES, 'package.json'), 'utf8')) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  const files = ['generated', ...Object.keys(dependencies).map((name) => join('node_modules', name))];
  if (files.every((file) => existsSync(join(LIBRARIES, file)))) return;
  await step('npm', 'ci', '--prefix', LIBRARIES, '--ignore-scripts', '--no-audit', '--no-fund');
  const prisma = join(LIBRARIES, 'node_modules', 'prisma', 'build', 'index.js');
  await step(NODE, prisma, 'generate', '--schema', join(LIBRARIES, 'schema.prisma'));
}

async function step(...command: readonly string[]): Promise<void> {
  // The client needs no engine. The command would otherwise download one.
  const { code, stderr } = await runToEnd(command, { PRISMA_SCHEMA_ENGINE_BINARY: NODE });
  if (code !== 0) throw new Error(`${command.join(' ')} failed:\n${stderr}`);
}

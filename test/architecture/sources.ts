import { globSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/** The repository root. */
export const root = join(import.meta.dirname, '..', '..');

/** Returns the absolute paths of all TypeScript files in the packages. */
export function sourceFiles(): string[] {
  return globSync('packages/*/src/**/*.{ts,tsx}', { cwd: root }).map((file) => join(root, file));
}

/** Returns the directory name of the package to which a path belongs. */
export function packageOf(path: string): string | undefined {
  const [top, name] = relative(root, path).split(sep);
  return top === 'packages' ? name : undefined;
}

/** Returns the modules that a file imports or re-exports, including dynamic imports with a literal specifier. */
export function importsOf(file: string): { readonly specifier: string; readonly typeOnly: boolean }[] {
  const text = readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  const statements = text.matchAll(/^\s*(?:import|export)\s+(type\s+)?(?:[\w*{][^;'"]*?\bfrom\s+)?['"]([^'"]+)['"]/gm);
  const dynamic = text.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g);
  return [
    ...[...statements].map(([, type, specifier = '']) => ({ specifier, typeOnly: type !== undefined })),
    ...[...dynamic].map(([, specifier = '']) => ({ specifier, typeOnly: false })),
  ];
}

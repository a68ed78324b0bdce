import { builtInConfig } from './built-in.ts';
import type { Console } from './console.ts';

/** Prints the configuration used without `--config`. */
export async function configPrintCommand(
  { data, demo = false }: { readonly data: string; readonly demo?: boolean },
  console: Console,
): Promise<void> {
  console.print(builtInConfig({ data, demo }).trimEnd());
}

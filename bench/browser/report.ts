import { loadavg } from 'node:os';

/** A measured value and its target. */
export interface Row {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  readonly target: { readonly atMost: number } | { readonly below: number } | { readonly atLeast: number };
}

/** Prints a table of rows, and sets the exit code of the process to 1 if a target is missed. */
export function report(title: string, rows: readonly Row[]): void {
  const lines = rows.map((row) => {
    const met = isMet(row);
    if (!met) process.exitCode = 1;
    return `${met ? '✔' : '✖'} ${row.what}: ${format(row.value)} ${row.unit} (${describe(row)})`;
  });
  process.stdout.write(`${title}, load average ${(loadavg()[0] ?? 0).toFixed(1)}\n${lines.join('\n')}\n`);
}

function isMet({ value, target }: Row): boolean {
  if ('atMost' in target) return value <= target.atMost;
  return 'below' in target ? value < target.below : value >= target.atLeast;
}

function describe({ unit, target }: Row): string {
  const [sign, limit] =
    'atMost' in target ? ['≤', target.atMost] : 'below' in target ? ['<', target.below] : ['≥', target.atLeast];
  return `target ${sign} ${limit} ${unit}`;
}

function format(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString('en', { maximumFractionDigits: 1 });
}

/** A rule that generates a metric. */
export interface Rule {
  readonly name: string;
  readonly unit: string;
  readonly type: 'calculate' | 'scale';
  readonly metric1: string;
  readonly metric2: string;
  readonly operation: string;
  readonly scaleBy: number;
}

/** The operations, by name. Division by zero yields `undefined`. */
export const OPERATIONS: Readonly<Record<string, (a: number, b: number) => number | undefined>> = {
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
  divide: (a, b) => (b === 0 ? undefined : a / b),
  percent: (a, b) => (b === 0 ? undefined : (a / b) * 100),
};

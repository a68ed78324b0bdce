/** Functions that map the value of every float sample; further arguments are scalars. */
export const VECTOR_FUNCTIONS: ReadonlyMap<string, (value: number, scalars: readonly number[]) => number | undefined> =
  new Map(
    Object.entries({
      abs: Math.abs,
      acos: Math.acos,
      acosh: Math.acosh,
      asin: Math.asin,
      asinh: Math.asinh,
      atan: Math.atan,
      atanh: Math.atanh,
      ceil: Math.ceil,
      clamp: (value: number, [min = 0, max = 0]: readonly number[]) => clamp(value, min, max),
      clamp_max: (value: number, [max = 0]: readonly number[]) => clamp(value, Number.NEGATIVE_INFINITY, max),
      clamp_min: (value: number, [min = 0]: readonly number[]) => clamp(value, min, Number.POSITIVE_INFINITY),
      cos: Math.cos,
      cosh: Math.cosh,
      deg: (value: number) => (value * 180) / Math.PI,
      exp: Math.exp,
      floor: Math.floor,
      ln: Math.log,
      log10: Math.log10,
      log2: Math.log2,
      rad: (value: number) => (value * Math.PI) / 180,
      round: (value: number, [nearest = 1]: readonly number[]) => {
        // Multiplying by the inverse loses less precision than dividing.
        const inverse = 1 / nearest;
        return Math.floor(value * inverse + 0.5) / inverse;
      },
      sgn: (value: number) => (value < 0 ? -1 : value > 0 ? 1 : value),
      sin: Math.sin,
      sinh: Math.sinh,
      sqrt: Math.sqrt,
      tan: Math.tan,
      tanh: Math.tanh,
    }),
  );

function clamp(value: number, min: number, max: number): number | undefined {
  return max < min ? undefined : Math.max(min, Math.min(max, value));
}

/** Functions of scalars. */
export const SCALAR_FUNCTIONS: ReadonlyMap<string, (scalars: readonly number[]) => number> = new Map(
  Object.entries({
    max_of: ([a = 0, b = 0]: readonly number[]) => Math.max(a, b),
    min_of: ([a = 0, b = 0]: readonly number[]) => Math.min(a, b),
    pi: () => Math.PI,
  }),
);

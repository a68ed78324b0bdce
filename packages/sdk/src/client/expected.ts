/** A check of an option's value and a description of valid values. */
export class Expected {
  readonly expected: string;
  readonly fits: (value: unknown) => boolean;

  constructor(expected: string, fits: (value: unknown) => boolean) {
    this.expected = expected;
    this.fits = fits;
  }
}

/** Creates an `Expected`. */
export function expected(description: string, fits: (value: unknown) => boolean): Expected {
  return new Expected(description, fits);
}

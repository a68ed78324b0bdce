/** What the value of an option must be, in words and as a check. */
export class Expected {
  readonly expected: string;
  readonly fits: (value: unknown) => boolean;

  constructor(expected: string, fits: (value: unknown) => boolean) {
    this.expected = expected;
    this.fits = fits;
  }
}

/** Makes one. */
export function expected(words: string, fits: (value: unknown) => boolean): Expected {
  return new Expected(words, fits);
}

/** A number that is encoded as a double even if it is an integer. Created by `double`. */
export class Double {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/** Returns a number that is encoded as a double, although it may be an integer: `double(5)`. */
export function double(value: number): Double {
  return new Double(value);
}

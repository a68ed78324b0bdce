/** The type of a value in a configuration file: the keys of objects are in snake case, and a value can be missing. */
export type ConfigFileInput<T> = unknown extends T
  ? T
  : T extends string | number | boolean | null | undefined
    ? T
    : T extends readonly (infer Item)[]
      ? readonly ConfigFileInput<Item>[]
      : T extends object
        ? { readonly [Key in keyof T as SnakeCase<Key>]: ConfigFileInput<T[Key]> }
        : T;

/** Converts a key such as `sendBatchSize` to `send_batch_size`. The keys of records are any strings. */
type SnakeCase<Key> = Key extends string ? (string extends Key ? Key : Snake<Key>) : Key;

type Snake<Text extends string> = Text extends `${infer Head}${infer Tail}`
  ? `${Head extends Letter ? `_${Lowercase<Head>}` : Head}${Snake<Tail>}`
  : '';

type Letter =
  | ('A' | 'B' | 'C' | 'D' | 'E' | 'F' | 'G' | 'H' | 'I' | 'J' | 'K' | 'L' | 'M')
  | ('N' | 'O' | 'P' | 'Q' | 'R' | 'S' | 'T' | 'U' | 'V' | 'W' | 'X' | 'Y' | 'Z');

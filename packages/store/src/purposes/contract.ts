import type { Signal } from '@otelier/otlp';

/** Why some telemetry is kept, which it is, and for how long. */
export interface Purpose {
  /** Unique among the purposes of a store. */
  readonly name: string;
  /** Default: all. */
  readonly signals?: readonly Signal[] | undefined;
  /** Default: all. */
  readonly tenants?: readonly string[] | undefined;
  /** Values of `service.name`. Default: all. */
  readonly services?: readonly string[] | undefined;
  /** Attributes of an item or its resource, all of which it has. `undefined` stands for any value. */
  readonly attributes?: readonly PurposeAttribute[] | undefined;
  /** Age at which items are removed, in milliseconds. `Infinity` keeps them. */
  readonly maxAgeMillis: number;
}

/** An attribute with one of some values. */
export interface PurposeAttribute {
  readonly key: string;
  readonly values: readonly (string | number | boolean)[] | undefined;
}

/** What is stored for a purpose. An item can be stored for several. */
export interface PurposeStats {
  readonly name: string;
  readonly maxAgeMillis: number;
  /** Number of items in files, and of files that have some. */
  readonly items: number;
  readonly files: number;
  /** Number of items whose longest purpose this is and that were removed because of their age. */
  readonly removedItems: number;
  /** Number of such items that size limits removed before they were too old. */
  readonly removedEarly: number;
}

/** What a store keeps for its purposes. */
export interface PurposesStats {
  readonly purposes: readonly PurposeStats[];
  /** Number of files whose items have not been counted by purpose yet. */
  readonly uncountedFiles: number;
  /** Number of items without a purpose that were removed from files that purposes keep. */
  readonly removedOthers: number;
  /** How often all files were checked, and how long the last check took, in milliseconds. Since the start of the process. */
  readonly passes: number;
  readonly lastPassMillis: number;
}

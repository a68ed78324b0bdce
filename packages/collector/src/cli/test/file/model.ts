import type { Outcome, Signal } from '@otelier/otlp';
import type { Position } from '../../../config/config-error.ts';
import type { ServiceConfig } from '../../../config/model.ts';
import type { Item } from '../telemetry/item.ts';

/** A test file that has been read: its configuration and its tests. */
export interface TestFile {
  /** The path as the user wrote it. */
  readonly name: string;
  readonly config: ServiceConfig;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly tests: readonly PipelineTest[];
}

/** A name in a test file, with its position. */
export interface Named {
  readonly id: string;
  readonly position: Position;
}

/** What a test sends its telemetry to: all pipelines of a receiver, one pipeline, or a list of components. */
export type TestTarget =
  | ({ readonly kind: 'receiver' } & Named)
  | ({ readonly kind: 'pipeline' } & Named)
  | { readonly kind: 'components'; readonly components: readonly Named[]; readonly position: Position };

/** A test of pipelines. */
export interface PipelineTest {
  readonly name: string;
  readonly position: Position;
  readonly target: TestTarget;
  /** Time at which the test starts, in milliseconds since the epoch. */
  readonly startMillis: number;
  /** Seed of the random numbers that components use. */
  readonly seed: number;
  /** Whether buffered telemetry is forwarded at the end, as when the service stops. */
  readonly drain: boolean;
  readonly given: readonly TestStep[];
  readonly outputs: readonly ExpectedOutput[];
  readonly dropped: readonly ExpectedDrops[];
}

/** A step of a test. */
export type TestStep =
  | {
      readonly kind: 'input';
      readonly requests: readonly TestRequest[];
      /** The expected outcome of each batch. */
      readonly outcome: Outcome['kind'];
      /** Request headers that the batches have, as with `include_metadata`. */
      readonly metadata: Readonly<Record<string, readonly string[]>>;
      readonly position: Position;
      readonly path: string;
    }
  | { readonly kind: 'advance'; readonly millis: number };

/** A request that a test sends. */
export interface TestRequest {
  readonly signal: Signal;
  readonly bytes: Uint8Array;
}

/** How expected items are compared: all fields of all items, or the given fields of some items. */
export type MatchMode = 'exact' | 'subset';

/** What is expected to leave the pipelines under test at one output. */
export interface ExpectedOutput {
  readonly position: Position;
  readonly path: string;
  readonly exporter: Named | undefined;
  readonly pipeline: Named | undefined;
  readonly signal: Signal | undefined;
  readonly items: readonly ExpectedItem[] | undefined;
  /** Path of the file with the items, if they are in one. */
  readonly file: string | undefined;
  readonly match: MatchMode;
  readonly isOrdered: boolean;
  readonly count: number | undefined;
  readonly conditions: readonly ExpectedCondition[];
}

/** An expected item. Fields that must be missing have the value `ABSENT`. */
export interface ExpectedItem extends Item {
  readonly position: Position;
}

/** A condition on the items of an output. */
export interface ExpectedCondition {
  readonly quantifier: 'every' | 'any' | 'none';
  readonly text: string;
  readonly position: Position;
  readonly path: string;
}

/** The number of items that a component is expected to drop. */
export interface ExpectedDrops {
  /** ID of the component, such as `processors/filter`. */
  readonly component: string;
  /** `undefined` for the sum over all reasons. */
  readonly reason: string | undefined;
  readonly items: number;
  readonly position: Position;
  readonly path: string;
}

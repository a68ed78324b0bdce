import { integerOption, optionError } from '../client/option-error.ts';
import type { Scope } from '../scope.ts';
import { type Aggregation, checkAggregation } from './aggregation.ts';
import type { ExemplarReservoir } from './exemplars.ts';
import type { InstrumentDescriptor, InstrumentKind } from './instrument.ts';

/**
 * A view, which changes how the measurements of certain instruments are aggregated. An instrument has one stream for
 * each matching view.
 */
export interface View extends InstrumentSelection, StreamOptions {}

/** Criteria that select instruments. All given criteria must match, and at least one is required. */
export interface InstrumentSelection {
  /** Instrument name. `*` matches any number of characters, and `?` matches exactly one. */
  readonly instrumentName?: string;
  readonly instrumentKind?: InstrumentKind;
  readonly instrumentUnit?: string;
  readonly meterName?: string;
  readonly meterVersion?: string;
  readonly meterSchemaUrl?: string;
}

/** Options for the resulting stream. */
export interface StreamOptions {
  /** Metric name. Default: the instrument's name. */
  readonly name?: string;
  /** Metric description. Default: the instrument's description. */
  readonly description?: string;
  /** Keys of the attributes to retain. Removed attributes may still appear in exemplars. */
  readonly attributeKeys?: readonly string[];
  /** Keys of the attributes to remove. */
  readonly excludedAttributeKeys?: readonly string[];
  /** Aggregation. Default: that of the reader, or else of the instrument kind. */
  readonly aggregation?: Aggregation;
  /** Maximum number of attribute sets. Default: that of the reader, or else 2,000. */
  readonly cardinalityLimit?: number;
  /** Creates the exemplar reservoir for a point. */
  readonly exemplarReservoir?: () => ExemplarReservoir;
}

/** Validated views. */
export class Views {
  readonly #views: readonly { readonly view: View; readonly name: RegExp | undefined }[];

  constructor(views: readonly View[] = []) {
    this.#views = views.map((view, i) => {
      checkView(`views[${i}]`, view);
      return { view, name: view.instrumentName === undefined ? undefined : patternOf(view.instrumentName) };
    });
  }

  /** Returns the views that match an instrument. */
  of(instrument: InstrumentDescriptor, meter: Scope): readonly View[] {
    return this.#views
      .filter(
        ({ view, name }) =>
          (name?.test(instrument.name) ?? true) &&
          accepts(view.instrumentKind, instrument.kind) &&
          accepts(view.instrumentUnit, instrument.unit) &&
          accepts(view.meterName, meter.name) &&
          accepts(view.meterVersion, meter.version) &&
          accepts(view.meterSchemaUrl, meter.schemaUrl),
      )
      .map(({ view }) => view);
  }
}

function accepts(expected: string | undefined, got: string | undefined): boolean {
  return expected === undefined || expected === (got ?? '');
}

function patternOf(pattern: string): RegExp {
  const source = pattern
    .replace(/[\^$\\.+()[\]{}|]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 'is');
}

function checkView(option: string, view: View): void {
  if (SELECTORS.every((selector) => view[selector] === undefined)) {
    throw optionError(option, `at least one of ${SELECTORS.join(', ')}`, JSON.stringify(view));
  }
  if (view.name !== undefined && !/^[^*?]+$/.test(view.instrumentName ?? '')) {
    throw optionError(
      `${option}.instrumentName`,
      'the name of one instrument, because the view has a name',
      view.instrumentName,
    );
  }
  if (view.aggregation !== undefined) checkAggregation(`${option}.aggregation`, view.aggregation);
  cardinalityOption(`${option}.cardinalityLimit`, view.cardinalityLimit);
}

/**
 * Returns the maximum number of points of a stream, not counting the overflow point. Throws an `OptionError` if it is
 * invalid.
 */
export function cardinalityOption(option: string, value: number | undefined): number {
  return integerOption(option, value, DEFAULT_CARDINALITY_LIMIT, 1, 1_000_000);
}

const DEFAULT_CARDINALITY_LIMIT = 2_000;
const SELECTORS = [
  'instrumentName',
  'instrumentKind',
  'instrumentUnit',
  'meterName',
  'meterVersion',
  'meterSchemaUrl',
] as const;

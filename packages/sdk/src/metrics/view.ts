import { integerOption, optionError } from '../client/option-error.ts';
import type { Scope } from '../scope.ts';
import { type Aggregation, checkAggregation } from './aggregation.ts';
import type { ExemplarReservoir } from './exemplars.ts';
import type { InstrumentDescriptor, InstrumentKind } from './instrument.ts';

/** Changes what is made of the measurements of some instruments. An instrument that several views match has a stream for each. */
export interface View extends InstrumentSelection, StreamOptions {}

/** Which instruments; all that is given must match, and something must be given. */
export interface InstrumentSelection {
  /** `*` stands for any number of characters, `?` for one. */
  readonly instrumentName?: string;
  readonly instrumentKind?: InstrumentKind;
  readonly instrumentUnit?: string;
  readonly meterName?: string;
  readonly meterVersion?: string;
  readonly meterSchemaUrl?: string;
}

/** What is made of their measurements. */
export interface StreamOptions {
  /** Default the name of the instrument. */
  readonly name?: string;
  /** Default the description of the instrument. */
  readonly description?: string;
  /** Only attributes with these keys are kept. What views take away may still appear in exemplars. */
  readonly attributeKeys?: readonly string[];
  /** Attributes with these keys are not kept. */
  readonly excludedAttributeKeys?: readonly string[];
  /** Default that of the reader, else of the kind of the instrument. */
  readonly aggregation?: Aggregation;
  /** Default that of the reader, else 2,000. */
  readonly cardinalityLimit?: number;
  /** Makes what keeps exemplars of one point. */
  readonly exemplarReservoir?: () => ExemplarReservoir;
}

/** Views that have been checked. */
export class Views {
  readonly #views: readonly { readonly view: View; readonly name: RegExp | undefined }[];

  constructor(views: readonly View[] = []) {
    this.#views = views.map((view, i) => {
      checkView(`views[${i}]`, view);
      return { view, name: view.instrumentName === undefined ? undefined : patternOf(view.instrumentName) };
    });
  }

  /** The views that match an instrument. */
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

function accepts(wanted: string | undefined, got: string | undefined): boolean {
  return wanted === undefined || wanted === (got ?? '');
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
      'the name of one instrument, for the view has a name',
      view.instrumentName,
    );
  }
  if (view.aggregation !== undefined) checkAggregation(`${option}.aggregation`, view.aggregation);
  cardinalityOption(`${option}.cardinalityLimit`, view.cardinalityLimit);
}

/** The most points of a stream beside the one for what is beyond. */
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

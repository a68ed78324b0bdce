import type { Job } from '../config/jobs.ts';
import { reportSeries, resolveSeries, ScrapeError, type Series, type SeriesContext } from '../labels/series.ts';
import type { ExpositionSink, Metadata, NativeHistogram, Sample } from '../parse/exposition.ts';
import type { PageFormat } from '../parse/format.ts';
import { readText, type TextShape } from '../parse/text.ts';
import { Collection } from '../write/collect.ts';
import { encodeScrape } from '../write/encode.ts';
import { ScrapeTemplate } from '../write/template.ts';
import { limitBuckets } from './bucket-limit.ts';

/** A page that has been fetched. */
export interface Page {
  /** Contents, whose memory may be used again after the page was read. */
  readonly body: Buffer;
  readonly format: PageFormat;
}

/** What a page contained. */
export interface PageStats {
  /** Samples of the page. */
  readonly scraped: number;
  /** Samples after relabeling. */
  readonly kept: number;
  /** Series that the target did not have before. */
  readonly added: number;
}

/** A request for the pipelines, whose receiver is an owner of its memory. */
export interface ScrapedRequest {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly itemCount: number;
}

/** Names and values of the series about the scrape, given what the page contained. */
export type Reports = (stats: PageStats) => readonly (readonly [name: string, value: number])[];

/** Scrapes after which a series that did not return is forgotten. */
const FORGET_AFTER = 10;
/** Successive pages of one shape after which the shape is expected to last. */
const LASTING = 10;
const EMPTY: PageStats = { scraped: 0, kept: 0, added: 0 };

/** Options for `PageReader`. */
export interface PageReaderOptions extends SeriesContext {
  /** Labels before relabeling, from which resource attributes are made. */
  readonly discovered: ReadonlyMap<string, string>;
  readonly trimSuffixes: boolean;
}

/**
 * Turns the pages of one target into OTLP requests. It keeps the series of the target by their text, and a template of the
 * last request, so that an unchanged series costs the comparison of its bytes. Series, which need ten times as much memory
 * as the template, are dropped while pages have the shape of the template, whose page has them too.
 */
export class PageReader {
  readonly #options: PageReaderOptions;
  /** Series by their text; `undefined` for those that relabeling drops. */
  readonly #series = new Map<string, Series | undefined>();
  readonly #metadata = new Map<string, Metadata>();
  readonly #reports = new Map<string, Series>();
  /** Tracked series of the last page. */
  #live: Series[] = [];
  #template: ScrapeTemplate | undefined;
  /** Whether the page of the template is in OpenMetrics. */
  #isOpenMetrics = false;
  /** Number of pages of the shape of the template, and whether an earlier shape did not last. */
  #matches = 0;
  #isUnstable = false;
  #stats = EMPTY;
  #scrape = 0;

  constructor(options: PageReaderOptions) {
    this.#options = options;
  }

  /** Reads a page. Throws a `ScrapeError` or `ExpositionError`, after which `fail` is called. */
  async read(page: Page, timestampMillis: number, reports: Reports): Promise<ScrapedRequest | undefined> {
    const template = this.#template;
    if (template?.matches(page.body)) {
      const values = reports({ ...this.#stats, added: 0 }).map(([, value]) => value);
      const bytes = template.request(timestampMillis, values);
      if (bytes !== undefined) {
        if (++this.#matches === LASTING) this.#dropSeries();
        return { bytes, itemCount: template.itemCount };
      }
    }
    this.#restoreSeries();
    if (template !== undefined) this.#isUnstable = this.#matches < LASTING;
    this.#template = undefined;
    return this.#readAnew(page, timestampMillis, reports);
  }

  /** Returns the request of a scrape that failed: the series become stale. `isRead` says that its page was being read. */
  fail(timestampMillis: number, reports: Reports, isRead: boolean): ScrapedRequest | undefined {
    if (!isRead) {
      this.#stats = EMPTY;
      this.#scrape += 1;
    }
    this.#restoreSeries();
    const collection = new Collection(this.#metadata);
    this.#markStale(collection, timestampMillis, () => true);
    // All are new when they return.
    if (!isRead) this.#series.clear();
    this.#live = [];
    this.#template = undefined;
    this.#addReports(collection, timestampMillis, reports(this.#stats), 0);
    this.#stats = EMPTY;
    return this.#encode(collection);
  }

  /** Returns the request at the end of a target: all series and those about scrapes become stale. */
  end(timestampMillis: number): ScrapedRequest | undefined {
    this.#restoreSeries();
    const collection = new Collection(this.#metadata);
    this.#markStale(collection, timestampMillis, () => true);
    for (const series of this.#reports.values())
      collection.add({ series, value: undefined, timestampMillis, index: -1 });
    return this.#encode(collection);
  }

  async #readAnew(page: Page, timestampMillis: number, reports: Reports): Promise<ScrapedRequest | undefined> {
    const { job } = this.#options;
    this.#scrape += 1;
    const collection = new Collection(this.#metadata);
    const reading = new Reading(collection, this.#series, this.#metadata, this.#scrape, this.#options, timestampMillis);
    let shape: TextShape | undefined;
    try {
      shape = await readPage(page, job, reading);
    } catch (error) {
      this.#stats = reading.stats;
      throw error;
    }
    const { stats, live } = reading;
    this.#markStale(collection, timestampMillis, ({ seenAt }) => seenAt !== this.#scrape);
    this.#live = live;
    this.#forget();
    const values = reports(stats);
    this.#addReports(collection, timestampMillis, values, stats.scraped);
    this.#stats = stats;
    const hasStale = collection.hasStale;
    const encoded = encodeScrape(collection, this.#options.discovered, this.#options.trimSuffixes);
    if (encoded === undefined) return undefined;
    // Stale markers must not be part of the next request, and samples before new metadata are read again.
    if (shape !== undefined && !hasStale && !reading.hasLateMetadata) {
      this.#template = ScrapeTemplate.create(Buffer.from(page.body), shape, encoded, values.length);
      this.#isOpenMetrics = page.format === 'openMetrics';
      this.#matches = 0;
      if (this.#template !== undefined && !this.#isUnstable) this.#dropSeries();
    }
    return encoded;
  }

  #dropSeries(): void {
    this.#series.clear();
    this.#live = [];
  }

  /** Reads the series of the last page from the page of the template, if they were dropped. */
  #restoreSeries(): void {
    if (this.#template === undefined || this.#series.size > 0) return;
    const collection = new Collection(this.#metadata);
    const reading = new Reading(collection, this.#series, this.#metadata, this.#scrape, this.#options, 0);
    readText(this.#template.page, this.#isOpenMetrics, reading);
    this.#live = reading.live;
  }

  #encode(collection: Collection): ScrapedRequest | undefined {
    return encodeScrape(collection, this.#options.discovered, this.#options.trimSuffixes);
  }

  #markStale(collection: Collection, timestampMillis: number, isGone: (series: Series) => boolean): void {
    for (const series of this.#live) {
      if (isGone(series)) collection.add({ series, value: undefined, timestampMillis, index: -1 });
    }
  }

  #addReports(collection: Collection, timestampMillis: number, reports: ReturnType<Reports>, firstIndex: number): void {
    for (const [index, [name, value]] of reports.entries()) {
      let series = this.#reports.get(name);
      if (series === undefined) {
        series = reportSeries(name, this.#options);
        this.#reports.set(name, series);
      }
      collection.add({ series, value, timestampMillis, index: firstIndex + index });
    }
  }

  /** Forgets series that have been away for long, once there are as many of them as of those in the page. */
  #forget(): void {
    if (this.#series.size <= 2 * this.#live.length + 1000) return;
    for (const [key, series] of this.#series) {
      if (series === undefined || this.#scrape - series.seenAt > FORGET_AFTER) this.#series.delete(key);
    }
  }
}

/** Reads a page; returns its shape if it is text. */
async function readPage({ body, format }: Page, job: Job, reading: Reading): Promise<TextShape | undefined> {
  let shape: TextShape | undefined;
  if (format === 'protobuf') {
    const { readProtobuf } = await import('../parse/protobuf.ts');
    const { nativeHistograms, classicHistograms } = job;
    readProtobuf(body, { nativeHistograms, classicHistograms }, reading);
  } else {
    shape = readText(body, format === 'openMetrics', reading);
  }
  if (reading.isOverLimit)
    throw new ScrapeError(`expected at most ${job.limits.samples} samples, got ${reading.stats.kept}`);
  return shape;
}

/** The reading of one page. */
class Reading implements ExpositionSink {
  readonly live: Series[] = [];
  /** Whether there are more samples than the job allows. */
  isOverLimit = false;
  /** Whether metadata has changed after samples that it describes. */
  hasLateMetadata = false;
  #scraped = 0;
  #kept = 0;
  #added = 0;
  readonly #collection: Collection;
  readonly #series: Map<string, Series | undefined>;
  readonly #metadata: Map<string, Metadata>;
  readonly #scrape: number;
  readonly #context: SeriesContext;
  readonly #job: Job;
  readonly #timestampMillis: number;

  constructor(
    collection: Collection,
    series: Map<string, Series | undefined>,
    metadata: Map<string, Metadata>,
    scrape: number,
    context: SeriesContext,
    timestampMillis: number,
  ) {
    this.#collection = collection;
    this.#series = series;
    this.#metadata = metadata;
    this.#scrape = scrape;
    this.#context = context;
    this.#job = context.job;
    this.#timestampMillis = timestampMillis;
  }

  get stats(): PageStats {
    return { scraped: this.#scraped, kept: this.#kept, added: this.#added };
  }

  metadata(family: string, metadata: Partial<Metadata>): void {
    const before = this.#metadata.get(family) ?? { type: 'unknown', help: '', unit: '' };
    const next = { ...before, ...metadata };
    if (next.type === before.type && next.help === before.help && next.unit === before.unit) return;
    if (this.#collection.hasDescribed(family)) this.hasLateMetadata = true;
    this.#metadata.set(family, next);
  }

  sample(sample: Sample): void {
    const index = this.#scraped++;
    const series = this.#resolve(sample);
    if (series === undefined) return;
    this.#kept += 1;
    const { limits, config } = this.#job;
    // The rest is only counted.
    if (limits.samples > 0 && this.#kept > limits.samples) {
      this.isOverLimit = true;
      return;
    }
    const own = config.honorTimestamps ? sample.timestampMillis : undefined;
    const isTwice = series.seenAt === this.#scrape;
    // Of samples of the same series and time, the first one counts.
    if (isTwice && own === undefined) return;
    if (!isTwice && series.seenAt !== this.#scrape - 1) this.#added += 1;
    series.isTracked = own === undefined || config.trackTimestampsStaleness;
    series.isNative = typeof sample.value === 'object';
    series.seenAt = this.#scrape;
    if (series.isTracked && !isTwice) this.live.push(series);
    this.#collection.add({
      series,
      value: typeof sample.value === 'object' ? this.#limited(sample.value) : sample.value,
      timestampMillis: own ?? this.#timestampMillis,
      startMillis: sample.startMillis,
      exemplars: sample.exemplars,
      index,
    });
  }

  #resolve(sample: Sample): Series | undefined {
    const known = this.#series.get(sample.key);
    if (known !== undefined || this.#series.has(sample.key)) return known;
    const { name, labels } = sample.identity();
    const series = resolveSeries(name, labels, this.#context);
    this.#series.set(sample.key, series);
    return series;
  }

  #limited(histogram: NativeHistogram): NativeHistogram {
    const { nativeHistogramBucketLimit, nativeHistogramMinBucketFactor } = this.#job.config;
    const limited = limitBuckets(histogram, nativeHistogramBucketLimit, nativeHistogramMinBucketFactor);
    if (limited !== undefined) return limited;
    throw new ScrapeError(`expected at most ${nativeHistogramBucketLimit} buckets of a histogram, got more`);
  }
}

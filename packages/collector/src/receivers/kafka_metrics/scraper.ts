import { Admin, type BaseOptions, type ClusterMetadata, ConfigResourceTypes } from '@platformatic/kafka';
import { errorReason } from '../../kafka/error-reason.ts';
import type { Reading } from '../scraping/reading.ts';
import type { ReportFailure } from '../scraping/scraping-receiver.ts';
import type { ServerScraper } from '../scraping/server-scraper.ts';
import type { KafkaScraper } from './metrics.ts';

/** Options for `createKafkaScraper`. */
export interface KafkaScraperOptions {
  readonly client: BaseOptions;
  readonly scrapers: readonly KafkaScraper[];
  readonly clusterAlias: string;
  isWantedTopic(name: string): boolean;
  isWantedGroup(name: string): boolean;
  isEnabled(metric: string): boolean;
}

const LATEST = -1n;
const EARLIEST = -2n;

/** Creates a scraper with one client, which connects again by itself. */
export function createKafkaScraper(options: KafkaScraperOptions): ServerScraper {
  const admin = new Admin(options.client);
  return {
    async scrape(signal, fail) {
      try {
        const topics = await admin.listTopics({ includeInternals: true });
        signal.throwIfAborted();
        const wanted = topics.filter((name) => options.isWantedTopic(name));
        const cluster = await admin.metadata({ topics: wanted, forceUpdate: true });
        const reading = new ClusterReading(admin, cluster, options, fail);
        const readings: Reading[] = [];
        for (const scraper of options.scrapers) {
          signal.throwIfAborted();
          readings.push(...(await reading.read(scraper)));
        }
        const { clusterAlias } = options;
        const resource = {
          ...(clusterAlias !== '' && { 'kafka.cluster.alias': clusterAlias }),
          'kafka.cluster.id': cluster.id,
        };
        return [{ resource, readings }];
      } catch (error) {
        throw new Error(errorReason(error), { cause: error });
      }
    },
    shutdown: () => admin.close(),
  };
}

/** Offsets by topic and partition. */
type Offsets = ReadonlyMap<string, ReadonlyMap<number, bigint>>;

/** One reading of a cluster. What cannot be read is reported, and the rest is read. */
class ClusterReading {
  readonly #admin: Admin;
  readonly #cluster: ClusterMetadata;
  readonly #options: KafkaScraperOptions;
  readonly #fail: ReportFailure;
  #ends: Promise<Offsets> | undefined;

  constructor(admin: Admin, cluster: ClusterMetadata, options: KafkaScraperOptions, fail: ReportFailure) {
    this.#admin = admin;
    this.#cluster = cluster;
    this.#options = options;
    this.#fail = fail;
  }

  async read(scraper: KafkaScraper): Promise<readonly Reading[]> {
    try {
      if (scraper === 'brokers') return await this.#brokers();
      return await (scraper === 'topics' ? this.#topics() : this.#consumers());
    } catch (error) {
      this.#fail(`${scraper}: ${errorReason(error)}`);
      return [];
    }
  }

  async #brokers(): Promise<readonly Reading[]> {
    const { brokers } = this.#cluster;
    const readings: Reading[] = [{ metric: 'kafka.brokers', value: brokers.size }];
    const metric = 'kafka.broker.log_retention_period';
    if (!this.#options.isEnabled(metric)) return readings;
    for (const [broker, settings] of await this.#settings('BROKER', [...brokers.keys()].map(String))) {
      const minutes = settings.get('log.retention.minutes');
      const millis =
        settings.get('log.retention.ms') ??
        (minutes === undefined ? undefined : minutes * 60_000n) ??
        (settings.get('log.retention.hours') ?? 0n) * 3_600_000n;
      readings.push({ metric, value: millis / 1000n, attributes: { broker } });
    }
    return readings;
  }

  async #topics(): Promise<readonly Reading[]> {
    const readings: Reading[] = [];
    const ends = await this.#endOffsets();
    const starts = await this.#offsets(EARLIEST);
    for (const [topic, { partitions }] of this.#cluster.topics) {
      readings.push({ metric: 'kafka.topic.partitions', value: partitions.length, attributes: { topic } });
      const [first] = partitions;
      if (first !== undefined)
        readings.push({
          metric: 'kafka.topic.replication_factor',
          value: first.replicas.length,
          attributes: { topic },
        });
      for (const [partition, { replicas, isr }] of partitions.entries()) {
        const attributes = { topic, partition: BigInt(partition) };
        const values: Readonly<Record<string, number | bigint | undefined>> = {
          replicas: replicas.length,
          replicas_in_sync: isr.length,
          current_offset: ends.get(topic)?.get(partition),
          oldest_offset: starts.get(topic)?.get(partition),
        };
        for (const [name, value] of Object.entries(values))
          if (value !== undefined) readings.push({ metric: `kafka.partition.${name}`, value, attributes });
      }
    }
    return [...readings, ...(await this.#topicSettings())];
  }

  async #topicSettings(): Promise<readonly Reading[]> {
    const names = ['log_retention_period', 'log_retention_size', 'min_insync_replicas'];
    if (!names.some((name) => this.#options.isEnabled(`kafka.topic.${name}`))) return [];
    const settings = await this.#settings('TOPIC', [...this.#cluster.topics.keys()]);
    return [...settings].flatMap(([topic, values]) => {
      const millis = values.get('retention.ms');
      const found = [millis === undefined ? undefined : millis / 1000n, values.get('retention.bytes')];
      return [...found, values.get('min.insync.replicas')].flatMap((value, index) =>
        value === undefined ? [] : [{ metric: `kafka.topic.${names[index]}`, value, attributes: { topic } }],
      );
    });
  }

  async #consumers(): Promise<readonly Reading[]> {
    const listed = await this.#admin.listGroups({ types: ['classic', 'consumer'] });
    const groups = [...listed.keys()].filter((group) => this.#options.isWantedGroup(group));
    if (groups.length === 0) return [];
    const readings: Reading[] = [];
    for (const [group, { members }] of await this.#admin.describeGroups({ groups }))
      readings.push({ metric: 'kafka.consumer_group.members', value: members.size, attributes: { group } });
    const ends = await this.#endOffsets();
    for (const { groupId: group, topics } of await this.#admin.listConsumerGroupOffsets({ groups }))
      for (const { name: topic, partitions } of topics) {
        const end = ends.get(topic);
        if (end === undefined) continue;
        const committed = partitions.filter(({ committedOffset }) => committedOffset >= 0n);
        const offsets = committed.map(({ partitionIndex, committedOffset }) => {
          const lag = (end.get(partitionIndex) ?? committedOffset) - committedOffset;
          return { partition: BigInt(partitionIndex), offset: committedOffset, lag: lag < 0n ? 0n : lag };
        });
        for (const { partition, offset, lag } of offsets) {
          const attributes = { group, topic, partition };
          readings.push({ metric: 'kafka.consumer_group.offset', value: offset, attributes });
          readings.push({ metric: 'kafka.consumer_group.lag', value: lag, attributes });
        }
        if (offsets.length === 0) continue;
        const sum = (name: 'offset' | 'lag') => offsets.reduce((total, one) => total + one[name], 0n);
        const attributes = { group, topic };
        readings.push({ metric: 'kafka.consumer_group.offset_sum', value: sum('offset'), attributes });
        readings.push({ metric: 'kafka.consumer_group.lag_sum', value: sum('lag'), attributes });
      }
    return readings;
  }

  /** Offsets after the last messages, which topics and groups need. */
  #endOffsets(): Promise<Offsets> {
    this.#ends ??= this.#offsets(LATEST);
    return this.#ends;
  }

  async #offsets(timestamp: bigint): Promise<Offsets> {
    const topics = [...this.#cluster.topics].map(([name, { partitions }]) => ({
      name,
      partitions: partitions.map((_, partitionIndex) => ({ partitionIndex, timestamp })),
    }));
    if (topics.length === 0) return new Map();
    const listed = await this.#admin.listOffsets({ topics });
    return new Map(
      listed.map(({ name, partitions }) => [
        name,
        new Map(partitions.map(({ partitionIndex, offset }) => [partitionIndex, offset])),
      ]),
    );
  }

  /** Returns the settings of brokers or topics that are integers. */
  async #settings(
    kind: 'BROKER' | 'TOPIC',
    names: readonly string[],
  ): Promise<ReadonlyMap<string, ReadonlyMap<string, bigint>>> {
    if (names.length === 0) return new Map();
    const resources = names.map((resourceName) => ({ resourceType: ConfigResourceTypes[kind], resourceName }));
    const described = await this.#admin.describeConfigs({ resources });
    return new Map(
      described.map(({ resourceName, configs }) => [
        resourceName,
        new Map(
          configs.flatMap(({ name, value }): [string, bigint][] =>
            /^-?\d{1,19}$/.test(value ?? '') ? [[name, BigInt(value ?? 0)]] : [],
          ),
        ),
      ]),
    );
  }
}

import type * as Kafka from '@platformatic/kafka';

/** The part of a response for one topic. */
export interface FetchedTopic {
  readonly topicId: string;
  readonly partitions: readonly FetchedPartition[];
}

/** The part of a response for one partition, with its batches of records as bytes. */
export interface FetchedPartition {
  readonly partitionIndex: number;
  readonly errorCode: number;
  readonly preferredReadReplica: number;
  readonly records: Buffer | undefined;
}

const FETCH = 1;
/** Versions from which on fields of a response exist. */
const HAS_SESSION = 7;
const HAS_LOG_START = 5;
const HAS_READ_REPLICA = 11;
const IS_COMPACT = 12;
const HAS_TOPIC_IDS = 13;
/** Size of the producer and the first offset of an aborted transaction. */
const TRANSACTION_BYTES = 16;

/**
 * Makes a connection return the records of partitions as bytes. The library would decompress them without a limit, and a
 * batch that it cannot read would fail the response with all partitions, again at each attempt.
 */
export function keepRecords(
  connection: Kafka.Connection,
  { ResponseError }: Pick<typeof Kafka, 'ResponseError'>,
): void {
  const send = connection.send.bind(connection);
  const parseFetch = (_correlation: number, apiKey: number, version: number, reader: Kafka.Reader): never => {
    const response = readResponse(reader, version);
    const errors = errorsOf(response);
    if (Object.keys(errors).length > 0) throw new ResponseError(apiKey, version, errors, response);
    // The library passes a response on and does not read its records.
    return response as never;
  };
  connection.send = (apiKey, apiVersion, createPayload, parse, ...rest) =>
    send(apiKey, apiVersion, createPayload, apiKey === FETCH ? parseFetch : parse, ...rest);
}

interface FetchResponse {
  readonly throttleTimeMs: number;
  readonly errorCode: number;
  readonly sessionId: number;
  readonly responses: FetchedTopic[];
}

function readResponse(reader: Kafka.Reader, version: number): FetchResponse {
  const isCompact = version >= IS_COMPACT;
  const throttleTimeMs = reader.readInt32();
  const errorCode = version >= HAS_SESSION ? reader.readInt16() : 0;
  const sessionId = version >= HAS_SESSION ? reader.readInt32() : 0;
  const readTopic = (topic: Kafka.Reader): FetchedTopic => {
    const topicId = version >= HAS_TOPIC_IDS ? topic.readUUID() : topic.readString(isCompact);
    return { topicId, partitions: topic.readArray((one) => readPartition(one, version), isCompact, isCompact) };
  };
  return { throttleTimeMs, errorCode, sessionId, responses: reader.readArray(readTopic, isCompact, isCompact) };
}

function readPartition(reader: Kafka.Reader, version: number): FetchedPartition {
  const isCompact = version >= IS_COMPACT;
  const partitionIndex = reader.readInt32();
  const errorCode = reader.readInt16();
  // The high watermark, the last stable offset and the first offset of the log.
  reader.skip(version >= HAS_LOG_START ? 24 : 16);
  reader.readNullableArray((transaction) => transaction.skip(TRANSACTION_BYTES), isCompact, isCompact);
  const preferredReadReplica = version >= HAS_READ_REPLICA ? reader.readInt32() : -1;
  const records = reader.readNullableBytes(isCompact) ?? undefined;
  return { partitionIndex, errorCode, preferredReadReplica, records };
}

function errorsOf({ errorCode, responses }: FetchResponse): Record<string, [number, null]> {
  const errors: Record<string, [number, null]> = {};
  if (errorCode !== 0) errors[''] = [errorCode, null];
  for (const [i, { partitions }] of responses.entries())
    for (const [j, { errorCode: code }] of partitions.entries())
      if (code !== 0) errors[`/responses/${i}/partitions/${j}`] = [code, null];
  return errors;
}

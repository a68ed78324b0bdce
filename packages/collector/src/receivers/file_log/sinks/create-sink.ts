import type { ComponentContext } from '../../../component/contract.ts';
import { encodingOf } from '../../../component/text/splitter-config.ts';
import { compileDirect } from '../../../operators/direct/compile.ts';
import { constantTexts, createEntryProcessor, operatorContext } from '../../../operators/entry-processor.ts';
import type { FileLogConfig } from '../config.ts';
import { MAX_BATCH_BYTES } from '../receiver.ts';
import { ParsedSink } from './parsed-sink.ts';
import { DirectSink, EntrySink, type Sink } from './sink.ts';

const CAPACITY = MAX_BATCH_BYTES + MAX_BATCH_BYTES / 4;

/** Creates the sink that makes log records of what is read. */
export function createSink(config: FileLogConfig, context: ComponentContext): Sink {
  const { includeFileRecordNumber, includeFileRecordOffset, operators } = config;
  const encoding = encodingOf(config.encoding);
  const options = { encoding, includeFileRecordNumber, includeFileRecordOffset };
  const attributes = constantTexts(config.attributes);
  const resource = constantTexts(config.resource);
  if (attributes === undefined || resource === undefined)
    return new EntrySink(options, createEntryProcessor(config, context));
  if (operators.length === 0) return new DirectSink(options, attributes, resource, CAPACITY);
  const processor = createEntryProcessor(config, context);
  const reserved = [...attributes.keys(), ...FILE_ATTRIBUTES];
  const isText = encoding.isUtf8 && config.header === undefined;
  const parser = isText ? compileDirect(operators, reserved, operatorContext(context)) : undefined;
  if (parser === undefined) return new EntrySink(options, processor);
  return new ParsedSink(options, { attributes, resource }, CAPACITY, parser, processor);
}

/** Attributes that describe the file of a record. */
const FILE_ATTRIBUTES = [
  ...['name', 'path', 'name_resolved', 'path_resolved'],
  ...['owner.name', 'owner.group.name', 'permissions', 'record_number', 'record_offset'],
].map((name) => `log.file.${name}`);

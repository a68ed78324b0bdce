import type { ComponentContext } from '../../component/contract.ts';
import { encodingOf } from '../../component/text/splitter-config.ts';
import { constantTexts, createEntryProcessor } from '../../operators/entry-processor.ts';
import type { FileLogConfig } from './config.ts';
import { MAX_BATCH_BYTES } from './receiver.ts';
import { DirectSink, EntrySink, type Sink } from './sink.ts';

/** Creates the sink that makes log records of what is read. */
export function createSink(config: FileLogConfig, context: ComponentContext): Sink {
  const { includeFileRecordNumber, includeFileRecordOffset, operators } = config;
  const options = { encoding: encodingOf(config.encoding), includeFileRecordNumber, includeFileRecordOffset };
  const attributes = constantTexts(config.attributes);
  const resource = constantTexts(config.resource);
  if (operators.length === 0 && attributes !== undefined && resource !== undefined)
    return new DirectSink(options, attributes, resource, MAX_BATCH_BYTES + MAX_BATCH_BYTES / 4);
  return new EntrySink(options, createEntryProcessor(config, context));
}

import { defineSendingExporter } from '../component/define.ts';
import { checkS3, s3Config } from './s3/config.ts';
import { createS3Sender } from './s3/sender.ts';

export const s3 = defineSendingExporter({
  summary: 'Writes telemetry to a bucket of S3, or of a compatible server, as objects by time and tenant.',
  stability: 'alpha',
  aliases: ['awss3'],
  signals: ['traces', 'metrics', 'logs'],
  config: s3Config,
  examples: [
    {
      title: 'A bucket of AWS, with credentials from the environment or the instance',
      config: { s3uploader: { region: 'eu-central-1', s3_bucket: 'telemetry', s3_prefix: 'shop' } },
    },
    {
      title: 'A compatible server, protobuf with gzip, and a prefix for each tenant',
      config: {
        s3uploader: {
          s3_bucket: 'telemetry',
          endpoint: 'https://s3.example.com',
          s3_force_path_style: true,
          s3_partition_format: '%Y/%m/%d/%H',
          compression: 'gzip',
        },
        marshaler: 'otlp_proto',
        resource_attrs_to_s3: { s3_prefix: 'tenant.id' },
        sending_queue: { batch: { flush_timeout: '1m', min_size: 100_000 } },
      },
    },
    {
      title: 'Tables in Parquet, which DuckDB, Spark and Athena read, by hour',
      config: {
        s3uploader: { s3_bucket: 'telemetry', s3_partition_format: 'year=%Y/month=%m/day=%d/hour=%H' },
        marshaler: 'parquet',
        sending_queue: { batch: { flush_timeout: '5m', min_size: 100_000 } },
      },
    },
  ],
  describe: ({ s3uploader: { s3Bucket, endpoint } }) => [s3Bucket, endpoint].filter((text) => text !== '').join(' at '),
  check: checkS3,
  create: (config, context) =>
    createS3Sender(config, context, async (signal) => {
      const { loadCredentials } = await import('../processors/resource_detection/detectors/aws/credentials.ts');
      const { createImds } = await import('../processors/resource_detection/detectors/aws/imds.ts');
      const imds = createImds({ ...context, failOnMissingMetadata: true }, { maxAttempts: 3, maxBackoffMillis: 2_000 });
      return loadCredentials(context, imds, signal);
    }),
});

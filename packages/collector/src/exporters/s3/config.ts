import type { ConfigIssue, SendingSchema } from '../../component/define.ts';
import { clientTlsField } from '../../component/fields/client.ts';
import { ignored, notYet, z } from '../../component/schema.ts';
import { timeFormatError } from './object-key.ts';

const RETRIES = 'retries are those of `retry_on_failure`';

const uploader = z.object({
  region: z.string().min(1).prefault('us-east-1').describe('Region of the bucket.'),
  s3Bucket: z.string().prefault('').describe('Name of the bucket.'),
  s3BasePrefix: z.string().prefault('').describe('First part of the names of objects.'),
  s3Prefix: z.string().prefault('').describe('Part of the names of objects after `s3_base_prefix`.'),
  s3PartitionFormat: z
    .string()
    .prefault('year=%Y/month=%m/day=%d/hour=%H/minute=%M')
    .superRefine((format, issues) => {
      const message = timeFormatError(format);
      if (message !== undefined) issues.addIssue({ code: 'custom', message, input: format });
    })
    .describe('Part of the names of objects for the time, in UTC, with the conversions of strftime.'),
  filePrefix: z.string().prefault('').describe('Start of the last part of the names of objects.'),
  uniqueKeyFuncName: z
    .enum(['', 'uuidv7'])
    .prefault('')
    .describe(
      '`uuidv7` for a UUID in the names of objects, which begins with the time. Default: nine random characters.',
    ),
  endpoint: z
    .string()
    .prefault('')
    .refine((text) => text === '' || (URL.canParse(text) && /^https?:/.test(text)), {
      error: 'expected an http or https URL',
    })
    .describe('URL of a server that is compatible with S3. Default: that of the region.'),
  s3ForcePathStyle: z.boolean().prefault(false).describe('Whether the bucket is in the path instead of the host.'),
  disableSsl: z.boolean().prefault(false).describe('Whether to connect to AWS without TLS.'),
  acl: z
    .enum([
      '',
      'private',
      'public-read',
      'public-read-write',
      'authenticated-read',
      'aws-exec-read',
      'bucket-owner-read',
      'bucket-owner-full-control',
    ])
    .prefault('')
    .describe('Access control list of objects.'),
  storageClass: z
    .enum(['STANDARD', 'STANDARD_IA', 'ONEZONE_IA', 'INTELLIGENT_TIERING', 'GLACIER', 'DEEP_ARCHIVE'])
    .prefault('STANDARD')
    .describe('Storage class of objects.'),
  compression: z.enum(['', 'none', 'gzip']).prefault('none').describe('Compression of objects.'),
  roleArn: notYet('set AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE').describe('Role to assume. Not supported yet.'),
  retryMode: ignored(RETRIES, { schema: z.string() }),
  retryMaxAttempts: ignored(RETRIES, { schema: z.int() }),
  retryMaxBackoff: ignored(RETRIES, { schema: z.string() }),
});

export const s3Config = z.object({
  s3uploader: uploader.prefault({}).describe('The bucket, and the names of objects.'),
  marshaler: z
    .enum(['otlp_json', 'otlp_proto', 'body', 'parquet'], {
      error: 'expected otlp_json, otlp_proto, body or parquet; otelier does not support sumo_ic',
    })
    .prefault('otlp_json')
    .describe(
      'Contents of objects: a request in JSON or protobuf, the bodies of log records, one a line, or a table in Parquet.',
    ),
  encoding: notYet('use `marshaler`').describe('Encoding extension. Not supported yet.'),
  encodingFileExtension: ignored('there is no `encoding`', { schema: z.string() }),
  resourceAttrsToS3: z
    .object({
      s3Bucket: z.string().prefault('').describe('Resource attribute with the bucket, instead of `s3_bucket`.'),
      s3Prefix: z.string().prefault('').describe('Resource attribute with the prefix, instead of `s3_prefix`.'),
    })
    .prefault({})
    .describe('Resource attributes that determine where resources are written, such as that of a tenant.'),
  tls: clientTlsField(),
});

/** The configuration of the exporter. */
export type S3Config = z.output<SendingSchema<(typeof s3Config)['shape']>>;

/** Reports a configuration without a bucket, or whose bucket cannot be in the host. */
export function checkS3({ s3uploader, marshaler, resourceAttrsToS3 }: S3Config): readonly ConfigIssue[] {
  const { s3Bucket, endpoint, s3ForcePathStyle, compression } = s3uploader;
  if (marshaler === 'parquet' && compression === 'gzip')
    return [
      { path: ['s3uploader', 'compression'], message: 'expected none, because columns of Parquet are compressed' },
    ];
  if (s3Bucket === '' && endpoint === '')
    return [
      { path: ['s3uploader', 's3_bucket'], message: 'expected the name of a bucket, or an endpoint, got neither' },
    ];
  const isAddress = endpoint !== '' && /^[\d.]+$|^\[/.test(new URL(endpoint).hostname);
  if (!isAddress || s3ForcePathStyle || (s3Bucket === '' && resourceAttrsToS3.s3Bucket === '')) return [];
  const message = 'expected true, because the endpoint has an address instead of a name';
  return [{ path: ['s3uploader', 's3_force_path_style'], message }];
}

import { type FieldDescriptor, id, message, repeated, scalar } from './field-descriptors.ts';
import type { MessageName } from './message-names.ts';

/** The messages of profiles (opentelemetry-proto 1.11.0, `profiles/v1development/profiles.proto`). */
export const PROFILE_MESSAGES = {
  ProfilesData: [
    repeated(message(1, 'resource_profiles', 'ProfilesData.ResourceProfiles')),
    message(2, 'dictionary', 'ProfilesDictionary'),
  ],
  'ProfilesData.ResourceProfiles': [
    message(1, 'resource', 'Resource'),
    repeated(message(2, 'scope_profiles', 'ProfilesData.ScopeProfiles')),
    scalar(3, 'schema_url', 'string'),
  ],
  'ProfilesData.ScopeProfiles': [
    message(1, 'scope', 'InstrumentationScope'),
    repeated(message(2, 'profiles', 'ProfilesData.Profile')),
    scalar(3, 'schema_url', 'string'),
  ],
  'ProfilesData.Profile': [
    message(1, 'sample_type', 'ValueType'),
    repeated(message(2, 'samples', 'Sample')),
    scalar(3, 'time_unix_nano', 'fixed64'),
    scalar(4, 'duration_nano', 'uint64'),
    message(5, 'period_type', 'ValueType'),
    scalar(6, 'period', 'int64'),
    id(7, 'profile_id', 16),
    scalar(8, 'dropped_attributes_count', 'uint32'),
    scalar(9, 'original_payload_format', 'string'),
    scalar(10, 'original_payload', 'bytes'),
    repeated(scalar(11, 'attribute_indices', 'int32')),
  ],
  ProfilesDictionary: [
    repeated(message(1, 'mapping_table', 'Mapping')),
    repeated(message(2, 'location_table', 'Location')),
    repeated(message(3, 'function_table', 'Function')),
    repeated(message(4, 'link_table', 'Link')),
    repeated(scalar(5, 'string_table', 'string')),
    repeated(message(6, 'attribute_table', 'KeyValueAndUnit')),
    repeated(message(7, 'stack_table', 'Stack')),
  ],
  ValueType: [scalar(1, 'type_strindex', 'int32'), scalar(2, 'unit_strindex', 'int32')],
  Sample: [
    scalar(1, 'stack_index', 'int32'),
    repeated(scalar(2, 'attribute_indices', 'int32')),
    scalar(3, 'link_index', 'int32'),
    repeated(scalar(4, 'values', 'int64')),
    repeated(scalar(5, 'timestamps_unix_nano', 'fixed64')),
  ],
  Mapping: [
    scalar(1, 'memory_start', 'uint64'),
    scalar(2, 'memory_limit', 'uint64'),
    scalar(3, 'file_offset', 'uint64'),
    scalar(4, 'filename_strindex', 'int32'),
    repeated(scalar(5, 'attribute_indices', 'int32')),
  ],
  Location: [
    scalar(1, 'mapping_index', 'int32'),
    scalar(2, 'address', 'uint64'),
    repeated(message(3, 'lines', 'Line')),
    repeated(scalar(4, 'attribute_indices', 'int32')),
  ],
  Line: [scalar(1, 'function_index', 'int32'), scalar(2, 'line', 'int64'), scalar(3, 'column', 'int64')],
  Function: [
    scalar(1, 'name_strindex', 'int32'),
    scalar(2, 'system_name_strindex', 'int32'),
    scalar(3, 'filename_strindex', 'int32'),
    scalar(4, 'start_line', 'int64'),
  ],
  Link: [id(1, 'trace_id', 16), id(2, 'span_id', 8)],
  Stack: [repeated(scalar(1, 'location_indices', 'int32'))],
  KeyValueAndUnit: [
    scalar(1, 'key_strindex', 'int32'),
    message(2, 'value', 'AnyValue'),
    scalar(3, 'unit_strindex', 'int32'),
  ],
} as const satisfies Partial<Readonly<Record<MessageName, readonly FieldDescriptor[]>>>;

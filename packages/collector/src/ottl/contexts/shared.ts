import { RESOURCE_FIELDS, SCHEMA_URL_FIELD, SCOPE_FIELDS } from '@otelier/otlp';
import type { Paths, RecordOf } from './access.ts';
import { textField, uint32Field } from './fields.ts';
import { attributesPath } from './maps.ts';

const resource: RecordOf = (subject) => subject.resource;
const resourceGroup: RecordOf = (subject) => subject.resourceGroup;
const scope: RecordOf = (subject) => subject.scope;
const scopeGroup: RecordOf = (subject) => subject.scopeGroup;

/** Resource paths. */
export const RESOURCE_PATHS: Paths = {
  attributes: attributesPath(resource, RESOURCE_FIELDS.attributes),
  dropped_attributes_count: uint32Field(resource, RESOURCE_FIELDS.droppedAttributesCount),
  schema_url: textField(resourceGroup, SCHEMA_URL_FIELD),
};

/** Instrumentation scope paths. */
export const SCOPE_PATHS: Paths = {
  attributes: attributesPath(scope, SCOPE_FIELDS.attributes),
  name: textField(scope, SCOPE_FIELDS.name),
  version: textField(scope, SCOPE_FIELDS.version),
  dropped_attributes_count: uint32Field(scope, SCOPE_FIELDS.droppedAttributesCount),
  schema_url: textField(scopeGroup, SCHEMA_URL_FIELD),
};

import { type Attributes, type Context, createContextKey } from '@opentelemetry/api';
import { ChainedContext } from '../../../context/chained-context.ts';

/** What a query builder does in a context. The span of the driver's statement receives its attributes. */
export interface BuilderOperation {
  /** Such as `knex`. */
  readonly builder: string;
  /** The operation of the builder, such as `User.findMany`. */
  readonly operation: string | undefined;
  /** The statement, or `undefined` if the operation may have several. */
  readonly sql: string | undefined;
  /** Whether an instrumentation of the driver has recorded a statement, or none was sent. */
  isRecorded: boolean;
}

/** Returns a context in which statements belong to the operation. */
export function withBuilderOperation(parent: Context, operation: BuilderOperation): Context {
  return new ChainedContext(parent, KEY, operation);
}

/** Returns the operation to which statements in the context belong. */
export function builderOperationIn(context: Context): BuilderOperation | undefined {
  return context.getValue(KEY) as BuilderOperation | undefined;
}

/** Returns the attributes of a statement that an operation sends. */
export function builderAttributes({ builder, operation }: BuilderOperation): Attributes {
  return { 'db.query.builder': builder, ...(operation !== undefined && { 'db.query.builder.operation': operation }) };
}

/** Shared by copies of this package. */
const KEY = createContextKey('@otelier/sdk query builder');

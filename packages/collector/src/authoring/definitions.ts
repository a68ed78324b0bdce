/** What modules of the user that define components import from `otelier`, except for servers. Modules with functions only do not load it. */
export {
  ACCEPTED,
  type Batch,
  type BatchContext,
  countItems,
  DataPointView,
  forEachItem,
  type ItemCursor,
  LogRecordView,
  localContext,
  MetricView,
  type Outcome,
  type RewriteHooks,
  requestFromJson,
  requestToJson,
  rewriteItems,
  type Signal,
  SpanView,
} from '@otelier/otlp';
export type { Authenticator, AuthResult, Listener } from '@otelier/transport';
export {
  type AnyAuthenticator,
  type AuthenticatorDefinition,
  defineAuthenticator,
} from '../component/auth/authenticator.ts';
export type {
  AuthDirection,
  AuthorizedRequest,
  ClientAuthenticator,
  OutgoingRequest,
} from '../component/auth/client-auth.ts';
export * from '../component/contract.ts';
export * from '../component/define.ts';
export { type Authorize, authorizeRequests, clientAuth } from '../component/fields/client-auth.ts';
export { serverAuth, serverOptions } from '../component/fields/server.ts';
export { BatchRejection, defineRewriter, type Hooks, type RewriterDefinition } from '../component/rewriter.ts';
export { byteSize, duration, secret, z } from '../component/schema.ts';
export { createServerReceiver, type OwnSocketPlan, type ServerPlan } from '../component/server-receiver.ts';
export * from './authoring.ts';

/** Matches lower-case names of headers that carry credentials, which must not reach queues or disks. */
export const CREDENTIALS = /^(authorization|proxy-authorization|cookie|.*(api-?key|token|secret|password).*)$/;

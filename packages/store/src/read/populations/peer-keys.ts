/** Attributes of client spans that name what was called, the most specific first. */
export const PEER_KEYS = [
  'peer.service',
  'db.system.name',
  'db.system',
  'messaging.system',
  'server.address',
  'net.peer.name',
] as const;

import dataAccessors from '@duckdb/node-api/lib/vectors/dataAccessors.js';

// The bindings' text decoder drops a leading byte order mark (their issue; seen in 1.5.6-r.1). Names and values may
// begin with one, and a key without it is a different key.
Object.assign(dataAccessors, { textDecoder: new TextDecoder('utf-8', { ignoreBOM: true }) });

import { USER } from './root-file-system.ts';

const PROGRAM = ['/usr/local/bin/node', '/app/node_modules/otelier/bin/otelier.js'];

/** How containers run the image (OCI image specification, "Image Configuration"). `deploy/image/Dockerfile` says the same. */
export const IMAGE_CONFIG = {
  User: `${USER}:${USER}`,
  Env: [
    'PATH=/usr/local/bin',
    'HOME=/data',
    // The settings of `bin/otelier.js`, which then need not restart the process.
    'MALLOC_MMAP_THRESHOLD_=8388608',
    'MALLOC_TRIM_THRESHOLD_=33554432',
    'MALLOC_ARENA_MAX=2',
    'OTELIER_ALLOCATOR_SET=1',
  ],
  Entrypoint: PROGRAM,
  Cmd: ['--config', '/etc/otelier/config.yaml'],
  WorkingDir: '/data',
  ExposedPorts: { '4317/tcp': {}, '4318/tcp': {}, '4319/tcp': {}, '13133/tcp': {} },
  Volumes: { '/data': {} },
  StopSignal: 'SIGTERM',
  // Docker's addition to the specification. Durations in nanoseconds.
  Healthcheck: { Test: ['CMD', ...PROGRAM, 'health'], Interval: 30e9, Timeout: 5e9, StartPeriod: 10e9 },
};

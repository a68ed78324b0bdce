import v8 from 'node:v8';

/**
 * Tunes V8 and the allocator for request bodies, which are short-lived buffers. By default, garbage collection and returning
 * memory to the system cost more than processing the bodies. Call it once per process; it applies to all threads.
 */
export function tuneBufferMemory(): void {
  if (KNOWN) v8.setFlagsFromString('--external-memory-accounted-in-global-limit');
  keepFreedMemory();
}

// The V8 flags in this file are undocumented, so they are set only for known versions. Short-lived buffers must not trigger
// full collections of the heap, which is small (20 MB) and long-lived:
//
// - Buffers count towards the limit of the heap, as V8 plans to do by default. Without it, each 32 MB of them begin a
//   whole collection; with it they go in young ones. At 1,000 spans a request over HTTP into `nop`, 97 whole collections
//   in 5 s became 17, and 1,870 thousand spans per CPU-second became 4,870.
// - Heaps may grow to five times of what lives in them while that is little. What V8 lets a small heap grow by itself is
//   less than the 64 MB of buffers at which it begins a young collection, so under steady load it collected the whole
//   heap ten times a second. With two workers into `nop`, spans per CPU-second beside one thread were 0.68 × without and
//   0.95 × with it.
//
// Not set: `--no-concurrent-marking`, which with this made 2,800 thousand spans per CPU-second of 2,200 from gRPC through
// `batch` to gRPC. Marking then goes on with allocations in the heap alone, and while telemetry was being refused, buffers
// piled up to 2.9 GB before it ended.

/**
 * Lets heaps grow while little telemetry is in flight; five times a full budget would be gigabytes. Returns a function that
 * stops it.
 */
export function allowHeapGrowth(inFlightBytes: () => number): () => void {
  if (!KNOWN) return () => {};
  let grows = false;
  const check = () => {
    const little = inFlightBytes() < LITTLE_BYTES;
    if (little === grows) return;
    grows = little;
    // 0 restores the default.
    v8.setFlagsFromString(`--heap-growing-percent=${little ? 400 : 0}`);
  };
  check();
  const timer = setInterval(check, CHECK_MILLIS).unref();
  return () => clearInterval(timer);
}

/** Bytes in flight of a pipeline that keeps up: two batches and the first 16 MiB of a queue. */
const LITTLE_BYTES = 40 * 2 ** 20;
const CHECK_MILLIS = 250;

const [MAJOR = 0, MINOR = 0] = process.versions.v8.split('.').map(Number);
const KNOWN = MAJOR > 14 || (MAJOR === 14 && MINOR >= 6);

/**
 * Makes glibc's allocator keep freed memory. When a mapped block is freed, its size becomes the new mmap threshold, and
 * memory is returned only beyond twice that (mallopt(3), M_MMAP_THRESHOLD). With thresholds of body size, requests of
 * 400 kB page in up to 60 pages each, half of their cost. Other allocators are not affected.
 */
function keepFreedMemory(): void {
  new ArrayBuffer(MAX_THRESHOLD_BYTES).transfer(0);
}

/** glibc raises the threshold only for blocks below 32 MiB. */
const MAX_THRESHOLD_BYTES = 31 * 1024 * 1024;

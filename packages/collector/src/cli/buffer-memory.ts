import v8 from 'node:v8';

/**
 * Tunes V8 and the allocator for request bodies, which are short-lived buffers. By default, garbage collection and
 * returning memory to the system cost more than processing the bodies. Called once per process; applies to all threads.
 */
export function tuneBufferMemory(): void {
  if (KNOWN) v8.setFlagsFromString('--external-memory-accounted-in-global-limit');
  keepFreedMemory();
}

// The V8 flags in this file are undocumented, so they are set only for known versions. Short-lived buffers must not trigger
// full collections of the heap, which is small (20 MB) and long-lived:
//
// - Buffers count toward the heap limit, as V8 plans to do by default. Without this, every 32 MB of buffers trigger a full
//   collection; with it, young collections free them. At 1,000 spans per request over HTTP into `nop`, the number of full
//   collections in 5 s fell from 97 to 17, and throughput rose from 1,870 to 4,870 thousand spans per CPU-second.
// - Heaps may grow to five times the size of their live objects while that is small. By default, V8 lets a small heap grow
//   by less than the 64 MB of buffers at which it starts a young collection, so under steady load it collected the whole
//   heap ten times per second. With two workers into `nop`, throughput per CPU-second relative to one thread was 0.68
//   without this setting and 0.95 with it.
//
// Not set: `--no-concurrent-marking`, which, combined with these, raised throughput from gRPC through `batch` to gRPC from
// 2,200 to 2,800 thousand spans per CPU-second. Marking then advances only with heap allocations, so while telemetry was
// being refused, buffers accumulated to 2.9 GB before it finished.

/**
 * Allows heaps to grow while little telemetry is in flight; five times a full budget would be gigabytes. Returns a
 * function that stops monitoring.
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

/** Bytes in flight in a pipeline that keeps up: two batches and the first 16 MiB of a queue. */
const LITTLE_BYTES = 40 * 2 ** 20;
const CHECK_MILLIS = 250;

const [MAJOR = 0, MINOR = 0] = process.versions.v8.split('.').map(Number);
const KNOWN = MAJOR > 14 || (MAJOR === 14 && MINOR >= 6);

/**
 * Makes glibc's allocator retain freed memory. Freeing a mapped block raises the mmap threshold to its size, and memory
 * is returned to the system only beyond twice that threshold (mallopt(3), M_MMAP_THRESHOLD). With thresholds close to
 * the body size, each 400 kB request pages in up to 60 pages, which is half of its cost. Other allocators are not
 * affected.
 */
function keepFreedMemory(): void {
  new ArrayBuffer(MAX_THRESHOLD_BYTES).transfer(0);
}

/** glibc raises the threshold only for blocks smaller than 32 MiB. */
const MAX_THRESHOLD_BYTES = 31 * 1024 * 1024;

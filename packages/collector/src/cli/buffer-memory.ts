import v8 from 'node:v8';

/**
 * Makes the memory of requests cheap to have and to give back. Bodies are buffers of their own that mostly die young, and
 * by default the collection of garbage and the allocator's returning of memory to the system cost more than everything
 * that is done with them. Once for the process, its threads included.
 */
export function tuneBufferMemory(): void {
  if (KNOWN) v8.setFlagsFromString('--external-memory-accounted-in-global-limit');
  keepFreedMemory();
}

// The switches of V8 in this file are not documented, so they are thrown only where they are known. What dies young must
// not begin collections of the whole heap, which is small (20 MB) and lives long:
//
// - Buffers are judged together with the heap, as V8 is about to do by default. Without it, each 32 MB of them begin a
//   whole collection; with it they go in young ones. At 1,000 spans a request over HTTP into `nop`, 97 whole collections
//   in 5 s became 17, and 1,870 thousand spans per CPU-second became 4,870.
// - Heaps may grow to five times of what lives in them while that is little. What V8 lets a small heap grow by itself is
//   less than the 64 MB of buffers at which it begins a young collection, so under steady load it collected the whole
//   heap ten times a second. With two workers into `nop`, spans per CPU-second beside one thread were 0.68 × without and
//   0.95 × with it.
//
// Not thrown: `--no-concurrent-marking`, which with this made 2,800 thousand spans per CPU-second of 2,200 from gRPC through
// `batch` to gRPC. Marking then goes on with allocations in the heap alone, and while telemetry was being refused, buffers
// piled up to 2.9 GB before it ended.

/**
 * Lets heaps grow while little telemetry is inside, and no longer: five times a full budget would be gigabytes. Returns
 * how to stop.
 */
export function letHeapsGrow(inFlightBytes: () => number): () => void {
  if (!KNOWN) return () => {};
  let grows = false;
  const check = () => {
    const little = inFlightBytes() < LITTLE_BYTES;
    if (little === grows) return;
    grows = little;
    // 0 leaves it to V8.
    v8.setFlagsFromString(`--heap-growing-percent=${little ? 400 : 0}`);
  };
  check();
  const timer = setInterval(check, CHECK_MILLIS).unref();
  return () => clearInterval(timer);
}

/** What a pipeline that keeps up has inside: two batches, and a queue's first 16 MiB. */
const LITTLE_BYTES = 40 * 2 ** 20;
const CHECK_MILLIS = 250;

const [MAJOR = 0, MINOR = 0] = process.versions.v8.split('.').map(Number);
const KNOWN = MAJOR > 14 || (MAJOR === 14 && MINOR >= 6);

/**
 * Teaches glibc's allocator to keep freed memory: when a block that was mapped is freed, it takes its size for usual, and
 * gives memory back only beyond twice that (mallopt(3), M_MMAP_THRESHOLD). By the size of a body it would give back and
 * ask again for most of what passes through: up to 60 page faults a request of 400 kB, half of its cost. Other
 * allocators take no notice.
 */
function keepFreedMemory(): void {
  new ArrayBuffer(LARGEST_USUAL_BYTES).transfer(0);
}

/** glibc takes no block of 32 MiB or more for usual. */
const LARGEST_USUAL_BYTES = 31 * 1024 * 1024;

import v8 from 'node:v8';

/**
 * Makes the memory of requests cheap to have and to give back. Bodies are buffers of their own that mostly die young, and
 * by default the collection of garbage and the allocator's returning of memory to the system cost more than everything
 * that is done with them. Once for the process, its threads included.
 */
export function tuneBufferMemory(): void {
  countBuffersAsHeap();
  keepFreedMemory();
}

/**
 * Lets V8 judge buffers together with the heap, as it is about to do by default. Without it, each 32 MB of buffers begin a
 * collection of the whole heap, however short they live; with it they go in young collections. At 1,000 spans a request
 * over HTTP into `nop`, 97 whole collections in 5 s became 17, and 1,870 thousand spans per CPU-second became 4,870, with a
 * resident set of 190 MB in both. The switch is not documented, so it is thrown only where it is known to be.
 */
function countBuffersAsHeap(): void {
  if (KNOWN) v8.setFlagsFromString('--external-memory-accounted-in-global-limit');
}

/**
 * Lets heaps grow to five times of what lives in them before they are collected whole. The heaps of worker threads are
 * small (20 MB), and what V8 lets them grow by itself is less than the 64 MB of buffers at which it begins a young
 * collection: so it collected the whole heap instead, ten times a second. Measured with two workers at 1,000 spans a
 * request into `nop`, spans per CPU-second beside one thread: 0.68 × became 0.95 ×. A thread may then keep 80 MB that it has
 * let go of, so it is only for those who ask for threads.
 */
export function letHeapsGrow(): void {
  if (KNOWN) v8.setFlagsFromString('--heap-growing-percent=400');
}

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

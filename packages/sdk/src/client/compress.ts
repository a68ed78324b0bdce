/** Compresses the concatenated parts using `CompressionStream`. */
export async function compressed(
  coding: CompressionFormat,
  parts: readonly Uint8Array[],
): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob(parts as Uint8Array<ArrayBuffer>[]).stream().pipeThrough(new CompressionStream(coding));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** A point of a line in pixels, or a gap. */
export type LinePoint = readonly [x: number, y: number] | undefined;

/** Strokes a line in the context's current style. Gaps remain open, and a point between two gaps becomes a dot. */
export function paintLine(context: CanvasRenderingContext2D, points: readonly LinePoint[]): void {
  context.beginPath();
  const alone: (readonly [number, number])[] = [];
  points.forEach((point, index) => {
    if (point === undefined) return;
    const joined = points[index - 1] !== undefined;
    if (joined) context.lineTo(point[0], point[1]);
    else context.moveTo(point[0], point[1]);
    if (!joined && points[index + 1] === undefined) alone.push(point);
  });
  context.stroke();
  context.fillStyle = context.strokeStyle;
  for (const [x, y] of alone) {
    context.beginPath();
    context.arc(x, y, 1.75, 0, 7);
    context.fill();
  }
}

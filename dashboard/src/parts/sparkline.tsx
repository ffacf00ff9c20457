// A line of a word's height: the course of a figure, without axes. The figures themselves stand elsewhere as text.

export interface SparklineProps {
  values: (number | null)[];
  /** Whether the last step still runs; it is then drawn as a hollow dot. */
  isOpen?: boolean;
  /** Whether it may be as wide as its box. */
  isWide?: boolean;
}

const [WIDTH, HEIGHT, PAD] = [120, 28, 3];

export function Sparkline({ values, isOpen = false, isWide = false }: SparklineProps) {
  const known = values.filter((v) => v !== null);
  if (known.length < 2) return <svg class="sparkline" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true" />;
  const [low, high] = [Math.min(0, ...known), Math.max(...known)];
  const reach = high - low || 1;
  const x = (at: number) => PAD + (at / (values.length - 1)) * (WIDTH - 2 * PAD);
  const y = (value: number) => HEIGHT - PAD - ((value - low) / reach) * (HEIGHT - 2 * PAD);
  const points = values.flatMap((value, at) => (value === null ? [] : [`${x(at).toFixed(1)},${y(value).toFixed(1)}`]));
  const line = `M${points.join("L")}`;
  const [endX, endY] = points[points.length - 1]!.split(",");
  const startX = points[0]!.split(",")[0];
  return (
    <svg class={isWide ? "sparkline wide" : "sparkline"} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      <path class="spark-area" d={`${line}L${endX},${HEIGHT}L${startX},${HEIGHT}Z`} />
      <path class="spark-line" d={line} />
      {!isWide && <circle class={isOpen ? "spark-end open" : "spark-end"} cx={endX} cy={endY} r="2.2" />}
    </svg>
  );
}

import { colourVariableOf, cornersOf } from '../frame/class-shapes.ts';
import type { Mark } from './front-marks.ts';
import type { Placed } from './place-tooltip.ts';

interface RingsProps {
  /** The marks of one candidate on every class that is shown. */
  readonly placed: readonly Placed[];
  readonly strong: boolean;
}

/** Rings round the marks of one candidate and a dotted line that joins them: over the chart, so that pointing draws nothing else again. */
export function Rings({ placed, strong }: RingsProps) {
  const joined = [...placed].sort((a, b) => a.at[0] - b.at[0]).map(({ at: [x, y] }) => `${x},${y}`);
  return (
    <svg aria-hidden="true" className="pointer-events-none absolute inset-0 size-full text-ink">
      {joined.length > 1 && <polyline points={joined.join(' ')} fill="none" stroke="currentColor" strokeDasharray="1 3" />}
      {placed.map(({ mark, at: [x, y] }) => (
        <g key={mark.classId} transform={`translate(${x} ${y})`}>
          {/* What is faint among the others is plain when it is meant. */}
          {mark.kind === 'dominated' && !mark.below && <Shape mark={mark} />}
          <circle r="9.5" fill="none" stroke="currentColor" strokeWidth={strong ? 1.8 : 1.2} />
        </g>
      ))}
    </svg>
  );
}

function Shape({ mark }: { readonly mark: Mark }) {
  const fill = `var(${colourVariableOf(mark.position)})`;
  const corners = cornersOf(mark.position);
  if (corners.length === 0) return <circle r="4.2" fill={fill} />;
  return <polygon points={corners.map(([x, y]) => `${(x - 10) / 2.1},${(y - 10) / 2.1}`).join(' ')} fill={fill} />;
}

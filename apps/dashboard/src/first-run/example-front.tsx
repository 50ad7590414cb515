import { ClassMark } from '../frame/class-mark.tsx';
import { colourVariableOf } from '../frame/class-shapes.ts';

// Invented, and said to be: what a finished sweep looks like. Per class, marks from left to right in px of a box of 470 x 132.
const FRONTS: readonly (readonly (readonly [number, number])[])[] = [
  [
    [106, 96],
    [130, 66],
    [164, 42],
    [184, 30],
    [330, 18],
  ],
  [
    [32, 100],
    [52, 62],
    [82, 38],
    [196, 16],
  ],
  [
    [290, 104],
    [324, 70],
    [356, 34],
    [414, 16],
  ],
];

/** The ghost of a result: three classes, their fronts and one limit. */
export function ExampleFront() {
  return (
    <svg
      role="img"
      aria-label="Example: accuracy against latency, one rising line of stairs for each of three device classes"
      viewBox="-24 -6 500 168"
      className="mt-4 w-full max-w-[540px]"
    >
      {[14, 46, 78, 110].map((y) => (
        <path key={y} d={`M0 ${y}H470`} stroke="var(--line)" />
      ))}
      <path d="M0 128H470" stroke="var(--line-2)" />
      <path d="M230 4V126" stroke="var(--class-1)" strokeDasharray="4 3" />
      <text x="235" y="122" fontSize="10.5" fill="var(--ink-3)">
        your limit
      </text>
      {FRONTS.map((front, position) => (
        <g key={front.length + position} opacity="0.9">
          <path d={stairs(front)} fill="none" stroke={`var(${colourVariableOf(position)})`} strokeWidth="1.4" />
          {front.map(([x, y]) => (
            <g key={x}>
              <path d={`M${x} ${y - 11}v22`} stroke={`var(${colourVariableOf(position)})`} strokeWidth="0.8" opacity="0.6" />
              <g transform={`translate(${x - 4.5} ${y - 4.5})`}>
                <ClassMark position={position} size={9} />
              </g>
            </g>
          ))}
        </g>
      ))}
      <text x="235" y="146" textAnchor="middle" fontSize="10.5" fill="var(--ink-3)">
        latency, ms
      </text>
      <text transform="translate(-12 66) rotate(-90)" textAnchor="middle" fontSize="10.5" fill="var(--ink-3)">
        accuracy
      </text>
    </svg>
  );
}

function stairs(front: readonly (readonly [number, number])[]): string {
  return front.map(([x, y], at) => (at === 0 ? `M${x} 128V${y}` : `H${x}V${y}`)).join('');
}

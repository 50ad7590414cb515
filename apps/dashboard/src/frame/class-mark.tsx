import { colourVariableOf, SHAPE_NAMES, shapeOf } from './class-shapes.ts';

/** The mark of a device class: shape and colour by its position in the fleet, the same on every screen. */
export function ClassMark({
  position,
  size = 12,
  hollow = false,
}: {
  readonly position: number;
  readonly size?: number;
  readonly hollow?: boolean;
}) {
  const colour = `var(${colourVariableOf(position)})`;
  return (
    <svg
      role="img"
      aria-label={SHAPE_NAMES[position] ?? 'circle'}
      width={size}
      height={size}
      viewBox="-1 -1 22 22"
      className="inline-block shrink-0"
    >
      <path
        d={shapeOf(position)}
        fill={hollow ? 'var(--surface)' : colour}
        stroke={hollow ? colour : 'none'}
        strokeWidth={hollow ? 3 : 0}
        strokeLinejoin="round"
      />
    </svg>
  );
}

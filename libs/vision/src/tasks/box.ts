/** A rectangle relative to its picture: 0..1 from the left and from the top. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** A box that somebody drew. */
export interface LabelledBox extends Box {
  readonly label: number;
  /** A crowd of objects in one box: finding something there is neither right nor wrong. */
  readonly crowd?: boolean;
}

/** A box that a model found. */
export interface FoundBox extends Box {
  readonly label: number;
  /** 0..1, higher is surer. */
  readonly score: number;
}

/** Shared area of two boxes by their joint area: 0..1. It does not change when both are stretched along an axis. */
export function overlapOf(one: Box, other: Box): number {
  const shared = sharedArea(one, other);
  const joint = areaOf(one) + areaOf(other) - shared;
  return joint > 0 ? shared / joint : 0;
}

/** Shared area of two boxes by the area of the first. */
export function coveredShare(one: Box, by: Box): number {
  const area = areaOf(one);
  return area > 0 ? sharedArea(one, by) / area : 0;
}

const areaOf = ({ left, top, right, bottom }: Box): number => Math.max(0, right - left) * Math.max(0, bottom - top);

function sharedArea(one: Box, other: Box): number {
  const width = Math.min(one.right, other.right) - Math.max(one.left, other.left);
  const height = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
  return Math.max(0, width) * Math.max(0, height);
}

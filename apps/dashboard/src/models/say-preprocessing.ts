type Line = readonly [what: string, how: string];

/** The sidecar in words, one line a step, in the order in which an image goes through them; empty where there is none to read. */
export function sayPreprocessing(sidecar: unknown): readonly Line[] {
  if (!isRecord(sidecar)) return [];
  const lines: (Line | undefined)[] = [
    sayGeometry(sidecar['geometry']),
    line('Channels', sidecar['order'], (order) => order.toUpperCase()),
    line('Layout', sidecar['layout'], (layout) => (layout === 'nchw' ? 'channels first (NCHW)' : 'channels last (NHWC)')),
    sayNumbers(sidecar),
    sayLabels(sidecar['classes']),
  ];
  return lines.filter((one) => one !== undefined);
}

function sayGeometry(geometry: unknown): Line | undefined {
  if (!isRecord(geometry)) return undefined;
  const size = `${String(geometry['width'])}×${String(geometry['height'])}`;
  switch (geometry['resize']) {
    case 'squash':
      return ['Resize', `stretch to ${size}`];
    case 'short-side-crop':
      return ['Resize', `short side to ${String(geometry['shortSide'])}, then the middle ${size}`];
    case 'letterbox':
      return ['Resize', `as large as fits into ${size}, on grey`];
    default:
      return undefined;
  }
}

function sayNumbers(sidecar: Readonly<Record<string, unknown>>): Line | undefined {
  const { scale, mean, std } = sidecar;
  if (typeof scale !== 'number' || !Array.isArray(mean) || !Array.isArray(std)) return undefined;
  const range = Math.abs(scale * 255 - 1) < 1e-6 ? '0 to 1' : scale === 1 ? '0 to 255' : `times ${String(Number(scale.toPrecision(4)))}`;
  const shift = mean.every((one) => one === 0) ? '' : `; minus ${mean.join(', ')}`;
  const spread = std.every((one) => one === 1) ? '' : `; divided by ${std.join(', ')}`;
  return ['Scaling', `${range}${shift}${spread}`];
}

function sayLabels(classes: unknown): Line | undefined {
  if (typeof classes === 'number') return ['Labels', `${classes}, by number`];
  if (!Array.isArray(classes)) return undefined;
  const few = classes.slice(0, 6).map(String).join(', ');
  return ['Labels', `${classes.length}: ${few}${classes.length > 6 ? ', …' : ''}`];
}

function line(what: string, value: unknown, say: (value: string) => string): Line | undefined {
  return typeof value === 'string' ? [what, say(value)] : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

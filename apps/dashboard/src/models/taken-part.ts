/** The part of an image that a model gets, as fractions of its width and height, and the numbers that its pixels become. */
export interface TakenPart {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Where the frame stands that a geometry cuts out of an image of this size; undefined for no geometry. */
export function takenPart(sidecar: unknown, image: { readonly width: number; readonly height: number }): TakenPart | undefined {
  const geometry = fieldOf(sidecar, 'geometry');
  if (fieldOf(geometry, 'resize') !== 'short-side-crop')
    return geometry === undefined ? undefined : { left: 0, top: 0, width: 1, height: 1 };
  const [short, width, height] = ['shortSide', 'width', 'height'].map((key) => Number(fieldOf(geometry, key)));
  if (!short || !width || !height) return undefined;
  const scale = short / Math.min(image.width, image.height);
  const part = { width: Math.min(1, width / (image.width * scale)), height: Math.min(1, height / (image.height * scale)) };
  return { ...part, left: (1 - part.width) / 2, top: (1 - part.height) / 2 };
}

/** Width and height of what the model gets, and how many planes: `224×224`, 3. */
export function sizeOf(sidecar: unknown): { readonly width: number; readonly height: number; readonly channels: number } | undefined {
  const geometry = fieldOf(sidecar, 'geometry');
  const [width, height, channels] = ['width', 'height', 'channels'].map((key) => Number(fieldOf(geometry, key)));
  return width && height && channels ? { width, height, channels } : undefined;
}

/** The least and the greatest number that a pixel can become. */
export function rangeOf(sidecar: unknown): readonly [low: number, high: number] | undefined {
  const scale = fieldOf(sidecar, 'scale');
  const [mean, std] = [numbersOf(fieldOf(sidecar, 'mean')), numbersOf(fieldOf(sidecar, 'std'))];
  if (typeof scale !== 'number') return undefined;
  const places = Math.max(1, mean.length, std.length);
  const at = (values: readonly number[], place: number, missing: number): number => values[values.length === 1 ? 0 : place] ?? missing;
  const ends = Array.from({ length: places }, (_, place) => [
    -at(mean, place, 0) / at(std, place, 1),
    (255 * scale - at(mean, place, 0)) / at(std, place, 1),
  ]).flat();
  return [Math.min(...ends), Math.max(...ends)];
}

function numbersOf(value: unknown): readonly number[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'number') : [];
}

function fieldOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && key in value ? (value as Readonly<Record<string, unknown>>)[key] : undefined;
}

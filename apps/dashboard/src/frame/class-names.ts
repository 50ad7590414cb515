interface Labelled {
  readonly id: string;
  readonly label: string;
}

/** How a device class is called where there is room for little: `Raspberry Pi 5`, or `EPYC 9B14, 2 threads` where two would be called alike. */
export interface ClassName {
  readonly name: string;
  /** What is left of its label, said once beside the name: `node cpu, 1 thread`. */
  readonly rest: string;
}

/** Names for the classes of one page, by class id, such that no two are alike. Labels are `cpu, runtime provider, n threads`. */
export function classNames(classes: readonly Labelled[]): ReadonlyMap<string, ClassName> {
  const parts = new Map(classes.map((one) => [one.id, one.label.split(', ').map((part, at) => (at === 0 ? plain(part) : part))]));
  const names = new Map<string, ClassName>();
  for (const [id, [first = id, ...rest]] of parts) {
    const namesakes = [...parts].filter(([other, [head]]) => other !== id && head === first).map(([, theirs]) => theirs.slice(1));
    const telling = rest.filter((part, at) => namesakes.some((theirs) => theirs[at] !== part));
    names.set(id, { name: [first, ...telling].join(', '), rest: rest.filter((part) => !telling.includes(part)).join(' · ') });
  }
  return names;
}

/** The name of one class, or its id where the page does not know it. */
export function nameOf(names: ReadonlyMap<string, ClassName>, id: string): string {
  return names.get(id)?.name ?? id;
}

// Marketing names come with legal signs and clock rates that tell nothing apart.
function plain(part: string): string {
  return part
    .replace(/\((R|TM|C)\)/gi, '')
    .replace(/ (CPU|Processor)\b/gi, '')
    .replace(/ @ [\d.]+ ?GHz/gi, '')
    .replace(/\s+/g, ' ')
    .trim();
}

import { cut } from './paint.ts';

/** Lines that are redrawn in place on a terminal. */
export interface LiveScreen {
  draw(lines: readonly string[]): void;
  /** Prints above what is redrawn. */
  print(line: string): void;
  /** Leaves the last lines where they are. */
  end(): void;
}

export function openLiveScreen(stream: NodeJS.WriteStream): LiveScreen {
  let drawn = 0;
  const clear = (): string => (drawn > 0 ? `\x1b[${drawn}A\x1b[0J` : '');
  return {
    draw(lines) {
      const height = (stream.rows || 40) - 1;
      const shown = lines.slice(0, height).map((line) => cut(line, stream.columns || 80));
      stream.write(`${clear()}${shown.join('\n')}\n`);
      drawn = shown.length;
    },
    print(line) {
      stream.write(`${clear()}${line}\n`);
      drawn = 0;
    },
    end() {
      drawn = 0;
    },
  };
}

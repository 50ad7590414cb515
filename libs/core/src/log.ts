export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** How libs say what they do: a sentence and fields, never the console. */
export interface Log {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** A log that says nothing. */
export const silent: Log = { info: () => {}, warn: () => {}, error: () => {} };

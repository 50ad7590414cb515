import { FleetError } from '@fleetfit/core';

export type Argument = string | number | boolean;

/** One pass with its arguments: `quantize{bits=8,per=channel}`. */
export interface Step {
  readonly word: string;
  readonly args: Readonly<Record<string, Argument>>;
}

/** What is done to a model, in order. No steps: the original. */
export type Recipe = readonly Step[];

/** The text of the recipe that does nothing. */
export const ORIGINAL = 'original';

/**
 * Writes a recipe as text; {@link parseRecipe} reads it back to an equal recipe.
 * Arguments keep their order: a pass lists its parameters in one order, so equal recipes have equal text.
 */
export function formatRecipe(recipe: Recipe): string {
  if (recipe.length === 0) return ORIGINAL;
  return recipe.map(formatStep).join(' | ');
}

function formatStep({ word, args }: Step): string {
  const inside = Object.entries(args).map(([key, value]) => `${key}=${formatArgument(value)}`);
  return inside.length === 0 ? word : `${word}{${inside.join(',')}}`;
}

function formatArgument(value: Argument): string {
  if (typeof value !== 'string') return String(value);
  const plain = PLAIN.test(value) && !looksLikeAnotherType(value);
  return plain ? value : `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

const PLAIN = /^[A-Za-z_][\w.\-/:]*$/;
const NUMBER = /^-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const looksLikeAnotherType = (text: string): boolean => text === 'true' || text === 'false' || NUMBER.test(text);

/**
 * Reads the text of a recipe.
 *
 *     recipe   := 'original' | step ('|' step)*
 *     step     := word [ '{' argument (',' argument)* '}' ]
 *     argument := key '=' ( number | 'true' | 'false' | plain word | '"' any, with \" and \\ '"' )
 *
 * @throws FleetError `invalid`, with the position and what was expected there
 */
export function parseRecipe(text: string): Recipe {
  if (text.trim() === ORIGINAL) return [];
  const reader = new Reader(text);
  const steps = [readStep(reader)];
  while (reader.take('|')) steps.push(readStep(reader));
  reader.end();
  return steps;
}

function readStep(reader: Reader): Step {
  const word = reader.match(/[a-z][a-z0-9-]*/y, 'a pass such as "quantize"');
  const args: Record<string, Argument> = {};
  if (reader.take('{')) {
    if (!reader.take('}')) {
      do {
        const key = reader.match(/[A-Za-z][A-Za-z0-9-]*/y, 'the name of an argument');
        if (key in args) reader.fail(`an argument other than "${key}", which is given twice`);
        reader.need('=');
        args[key] = readArgument(reader);
      } while (reader.take(','));
      reader.need('}');
    }
  }
  return { word, args };
}

function readArgument(reader: Reader): Argument {
  if (reader.peek('"'))
    return reader
      .match(/"(?:[^"\\]|\\["\\])*"/y, 'the closing "')
      .slice(1, -1)
      .replace(/\\(["\\])/g, '$1');
  const token = reader.match(/[\w.\-+/:]+/y, 'a value');
  if (token === 'true' || token === 'false') return token === 'true';
  return NUMBER.test(token) ? Number(token) : token;
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  peek(literal: string): boolean {
    this.#skipSpace();
    return this.#text.startsWith(literal, this.#at);
  }

  take(literal: string): boolean {
    if (!this.peek(literal)) return false;
    this.#at += literal.length;
    return true;
  }

  need(literal: string): void {
    if (!this.take(literal)) this.fail(`"${literal}"`);
  }

  match(pattern: RegExp, expected: string): string {
    this.#skipSpace();
    pattern.lastIndex = this.#at;
    const [found] = pattern.exec(this.#text) ?? [];
    if (found === undefined) this.fail(expected);
    this.#at += found.length;
    return found;
  }

  end(): void {
    this.#skipSpace();
    if (this.#at < this.#text.length) this.fail('"|" or the end');
  }

  fail(expected: string): never {
    const found = this.#at < this.#text.length ? `"${this.#text.slice(this.#at, this.#at + 12)}"` : 'the end';
    throw new FleetError(
      'invalid',
      `Cannot read the recipe "${this.#text}": found ${found} at position ${this.#at + 1}, expected ${expected}`,
      {
        next: 'Write passes like: fold-batch-norm | quantize{bits=8,per=channel}',
      },
    );
  }

  #skipSpace(): void {
    while (/\s/.test(this.#text[this.#at] ?? '')) this.#at++;
  }
}

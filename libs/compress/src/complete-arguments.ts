import { FleetError } from '@fleetfit/core';
import type { Arguments, Parameter, Pass } from '@fleetfit/onnx';
import { type Argument, formatRecipe, type Step } from '@fleetfit/space';

/** The pass that a step names. @throws FleetError `invalid` with the words there are */
export function passOf(step: Step, passes: readonly Pass[]): Pass {
  const pass = passes.find((each) => each.word === step.word);
  if (pass) return pass;
  const words = passes.map((each) => each.word).join(', ');
  throw new FleetError('invalid', `Cannot apply "${formatRecipe([step])}": there is no pass "${step.word}"`, {
    next: `Use one of: ${words}`,
  });
}

/**
 * Every argument of a pass, in the order of its parameters, defaults filled in.
 * @throws FleetError `invalid` naming the argument and what it may be
 */
export function completeArguments(step: Step, pass: Pass): Arguments {
  const known = new Set(pass.parameters.map((parameter) => parameter.key));
  for (const key of Object.keys(step.args)) {
    if (known.has(key)) continue;
    const next = known.size === 0 ? `"${pass.word}" takes no arguments` : `"${pass.word}" takes: ${[...known].join(', ')}`;
    throw new FleetError('invalid', `Cannot apply "${formatRecipe([step])}": "${pass.word}" has no argument "${key}"`, { next });
  }
  return Object.fromEntries(pass.parameters.map((parameter) => [parameter.key, valueOf(parameter, step)]));
}

function valueOf(parameter: Parameter, step: Step): Argument {
  const given = step.args[parameter.key] ?? parameter.default;
  const wrong = (what: string): never => {
    throw new FleetError(
      'invalid',
      `Cannot apply "${formatRecipe([step])}": "${parameter.key}" ${what}, but must be ${allowed(parameter)}`,
      {
        next: `${parameter.key}: ${parameter.about}`,
      },
    );
  };
  if (given === undefined) return wrong('is missing');
  return isAllowed(parameter, given) ? given : wrong(`is ${typeof given === 'string' ? `"${given}"` : given}`);
}

function allowed({ values }: Parameter): string {
  if (values === 'integer') return 'a whole number';
  if (values === 'number') return 'a number';
  if (values === 'text') return 'a text';
  return values.length === 1 ? String(values[0]) : `one of ${values.join(', ')}`;
}

function isAllowed({ values }: Parameter, given: Argument): boolean {
  if (values === 'integer') return Number.isInteger(given);
  if (values === 'number') return typeof given === 'number' && Number.isFinite(given);
  if (values === 'text') return typeof given === 'string';
  return values.includes(given);
}

import { type FleetError, toFleetError } from '@fleetfit/core';
import type { Trouble } from './app-state.ts';

/** Why joining did not work, in the words of somebody who holds a phone. */
export function joinTrouble(thrown: unknown): Trouble {
  const error = toFleetError(thrown, 'Cannot join');
  switch (error.code) {
    case 'exhausted':
      return {
        title: 'Too many tries',
        what: 'For a moment this fleet takes no more tries from here.',
        next: asSentence(error.next ?? 'wait a minute, then try again'),
      };
    case 'unauthenticated':
    case 'denied':
    case 'not-found':
      return {
        title: 'This link or code does not work',
        what: 'It was used already, is too old, or is not of this fleet.',
        next: 'Ask for a new one: on the dashboard under Fleet, or by the command fleetfit device add.',
      };
    case 'unavailable':
      return away(error);
    default:
      return { title: 'Joining did not work', what: asSentence(error.message), next: asSentence(error.next ?? 'load the page again') };
  }
}

/** Why the agent ended. */
export function endTrouble(thrown: unknown): { readonly trouble: Trouble; readonly again: 'reload' | 'join' } {
  const error = toFleetError(thrown, 'Cannot go on');
  if (error.code === 'denied')
    return {
      trouble: {
        title: 'This phone was removed from the fleet',
        what: 'It measures nothing any more. What it has found stays with the fleet.',
        next: 'To come back, join with a new link.',
      },
      again: 'join',
    };
  if (error.code === 'unauthenticated' || error.code === 'not-found')
    return {
      trouble: {
        title: 'The fleet does not know this phone any more',
        what: 'Its records may have been started anew.',
        next: 'Join again with a new link.',
      },
      again: 'join',
    };
  if (error.code === 'unavailable') return { trouble: away(error), again: 'reload' };
  return {
    trouble: { title: 'Measuring stopped', what: asSentence(error.message), next: asSentence(error.next ?? 'load the page again') },
    again: 'reload',
  };
}

const away = (error: FleetError): Trouble => ({
  title: 'The fleet cannot be reached',
  what: asSentence(error.message),
  next: 'Check that this phone is in the same network and that the coordinator runs, then try again.',
});

function asSentence(words: string): string {
  const text = words.charAt(0).toUpperCase() + words.slice(1);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

import type { AgentState } from '@fleetfit/agent';
import type { DeviceDescription } from '../device/browser-facts.ts';
import type { Surroundings } from '../device/surroundings.ts';
import type { JoinedDevice } from '../keeping/device-record.ts';
import type { Measured } from '../keeping/history.ts';

/** What went wrong, in words that say what to do next. */
export interface Trouble {
  readonly title: string;
  readonly what: string;
  readonly next: string;
}

/** Which question the page is at. */
type Stage =
  | { readonly kind: 'opening' }
  /** No fleet yet: a code may be typed. */
  | { readonly kind: 'outside'; readonly busy: boolean; readonly trouble: Trouble | undefined }
  /** Joined; the fleet is being asked, for as long as it takes. */
  | { readonly kind: 'connecting'; readonly since: number }
  /** Joined; somebody has to compare two words and let it in. */
  | { readonly kind: 'waiting'; readonly since: number }
  | { readonly kind: 'inside' }
  /** Nothing goes on by itself from here. `again`: what the button does. */
  | { readonly kind: 'stopped'; readonly trouble: Trouble; readonly again: 'reload' | 'join' };

/** Everything that the screens show. Plain data; replaced whole. */
export interface AppState {
  readonly stage: Stage;
  readonly device: JoinedDevice | undefined;
  readonly description: DeviceDescription | undefined;
  readonly deviceClass: string;
  readonly agent: AgentState | undefined;
  /** When the attempt under way began, on the monotonic clock, ms. */
  readonly began: number;
  readonly fetched: { readonly bytes: number; readonly all: number } | undefined;
  readonly history: readonly Measured[];
  readonly sent: number;
  readonly paused: boolean;
  /** Why it rests though nobody paused it. */
  readonly resting: string | undefined;
  readonly surroundings: Surroundings | undefined;
  readonly screen: 'kept on' | 'may go off' | 'cannot be kept on';
  /** Whether this browser trusts the certificate, as far as a page can tell. */
  readonly certificate: 'trusted' | 'not trusted' | 'not known';
}

export const START: AppState = {
  stage: { kind: 'opening' },
  device: undefined,
  description: undefined,
  deviceClass: '',
  agent: undefined,
  began: 0,
  fetched: undefined,
  history: [],
  sent: 0,
  paused: false,
  resting: undefined,
  surroundings: undefined,
  screen: 'may go off',
  certificate: 'not known',
};

import { useEffect, useState } from 'preact/hooks';
import type { AppState, Trouble } from '../app/app-state.ts';
import type { PhoneApp } from '../app/phone-app.ts';
import { tidyCode } from '../device/join-link.ts';
import { Header, Icon, StateMark } from './parts.tsx';
import { TrustNote } from './trust.tsx';

interface Props {
  readonly app: PhoneApp;
  readonly state: AppState;
}

/** No fleet yet: scan, or type the code. */
export function Outside({ app, state, busy, trouble }: Props & { readonly busy: boolean; readonly trouble: Trouble | undefined }) {
  const [typed, setTyped] = useState('');
  const code = tidyCode(typed);
  return (
    <>
      <Header />
      <main>
        <h1>{busy ? 'Joining the fleet' : 'Let this phone measure'}</h1>
        <p class="lead">
          {busy
            ? 'The coordinator is being asked.'
            : 'Scan the QR code that the dashboard shows under Fleet, or type the code that stands below it. If this phone was in the fleet before, its browser has forgotten it: join again, and somebody approves it again.'}
        </p>
        {trouble && <TroubleNote trouble={trouble} />}
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (code) void app.enterCode(code);
          }}
        >
          <label for="code">Code</label>
          <input
            id="code"
            value={typed}
            onInput={(event) => setTyped(event.currentTarget.value)}
            placeholder="K7QF-3M9P"
            autocapitalize="characters"
            autocomplete="off"
            spellcheck={false}
            disabled={busy}
          />
          <button type="submit" class="primary" disabled={busy || code === ''}>
            {busy ? 'Joining' : 'Join'}
          </button>
        </form>
        <TrustNote certificate={state.certificate} />
      </main>
      <Promises />
    </>
  );
}

export function TroubleNote({ trouble }: { readonly trouble: Trouble }) {
  return (
    <div class="note bad" role="alert">
      <strong>{trouble.title}</strong>
      <span>{trouble.what}</span>
      <span>{trouble.next}</span>
    </div>
  );
}

/** Joined, and somebody compares two words. */
export function Waiting({ app, state, since }: Props & { readonly since: number }) {
  const seconds = useSeconds(since);
  return (
    <>
      <Header />
      <main>
        <h1>Compare these words with the dashboard</h1>
        <p class="lead">If both screens show the same pair, allow this phone there. If they differ, close this page.</p>
        <div class="words">
          <output aria-label={`The words are: ${state.device?.words ?? ''}`}>{state.device?.words}</output>
          <span>
            as <span class="code">{state.description?.facts.name}</span>
          </span>
        </div>
        <p class="busy" role="status">
          <StateMark mark="busy" />
          Waiting to be let in, {seconds} s
        </p>
        <TrustNote certificate={state.certificate} />
      </main>
      <Promises />
      <footer>
        <button type="button" onClick={() => void app.leave()}>
          Do not join
        </button>
      </footer>
    </>
  );
}

/** After so many seconds people ask themselves what is wrong. */
const LONG = 8;

/** Joined; the fleet is asked until it answers. */
export function Connecting({ app, state, since }: Props & { readonly since: number }) {
  const seconds = useSeconds(since);
  return (
    <>
      <Header>{state.description?.facts.name}</Header>
      <main>
        <h1>Connecting</h1>
        <p class="lead" role="status">
          {seconds < LONG
            ? 'The fleet is being asked.'
            : 'The fleet does not answer yet. It is tried again by itself; what was measured is kept and goes out then.'}
        </p>
        {seconds >= LONG && (
          <div class="note">
            <span>Check that this phone is in the same network as the coordinator, and that the coordinator runs.</span>
            <span>
              <a href="/self-test">The self-test</a> says which part cannot be reached.
            </span>
          </div>
        )}
        <TrustNote certificate={state.certificate} />
      </main>
      <footer>
        <button type="button" onClick={() => void app.leave()}>
          Leave the fleet
        </button>
      </footer>
    </>
  );
}

/** What the phone gives away. It says what is true, before anything is measured. */
function Promises() {
  return (
    <ul class="promises">
      <li>
        <Icon name="lock" />
        It runs models of the fleet here, on test pictures of the fleet, and reports times and answers. It cannot see your photos, files or
        place.
      </li>
      <li>
        <Icon name="battery" />
        It measures only while this page is in view, the battery is above 20 % or charging, and the network is not metered.
      </li>
      <li>
        <Icon name="pause" />
        You can pause or leave at any time. Up to 1 GB of models and pictures stays in this browser until then.
      </li>
    </ul>
  );
}

function useSeconds(since: number): number {
  const [now, setNow] = useState(performance.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(performance.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return Math.max(0, Math.round((now - since) / 1_000));
}

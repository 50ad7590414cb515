import { useEffect, useState } from 'preact/hooks';
import type { AppState } from '../app/app-state.ts';
import { describeWork, type WorkShown } from '../app/describe-work.ts';
import { driftOf } from '../app/drift-of.ts';
import type { PhoneApp } from '../app/phone-app.ts';
import type { Measured } from '../keeping/history.ts';
import { comparedShown, msShown } from './numbers.ts';
import { Header, Icon, StateMark } from './parts.tsx';
import { TrustNote } from './trust.tsx';

/** What it does and has measured, and a big way to pause. */
export function Inside({ app, state }: { readonly app: PhoneApp; readonly state: AppState }) {
  const work = describeWork(state, useNow());
  // A rest that nobody chose may be of the kind that only a person ends.
  const rests = state.paused || state.resting?.includes('Go on') === true;
  return (
    <>
      <Header>
        <span class={`dot ${state.agent ? 'there' : ''}`} /> {state.description?.facts.name}
      </Header>
      <main>
        <Work work={work} />
        <Facts state={state} />
        <Results state={state} />
        <TrustNote certificate={state.certificate} />
        <Details app={app} state={state} />
      </main>
      <footer>
        <button type="button" class="primary big" onClick={() => app.setPaused(!rests)} aria-pressed={rests}>
          <Icon name={rests ? 'play' : 'pause'} />
          {rests ? 'Go on' : 'Pause'}
        </button>
        <p class="small">{screenSentence(state)}</p>
      </footer>
    </>
  );
}

function screenSentence({ screen, paused }: AppState): string {
  if (paused) return 'The fleet sees that this phone is paused.';
  if (screen === 'kept on') return 'The screen stays on. Leave the page open.';
  return screen === 'cannot be kept on'
    ? 'This browser cannot keep the screen on: touch it now and then.'
    : 'Leave the page open and in view.';
}

function Work({ work }: { readonly work: WorkShown }) {
  return (
    <section class={`work ${work.mark}`} aria-label="What this phone does now">
      <p class="now">
        <span class="word" role="status">
          <StateMark mark={work.mark} />
          {work.word}
        </span>
        <span>{work.left}</span>
      </p>
      {work.subject ? <h1 class="code">{work.subject}</h1> : <h1 class="unseen">This phone</h1>}
      <p class="lead">{work.sentence}</p>
      {work.tenths !== undefined && (
        <>
          <div
            class="tenths"
            role="progressbar"
            aria-label="Progress"
            aria-valuemin={0}
            aria-valuemax={100}
            aria-valuenow={Math.round(10 * work.tenths)}
          >
            {Array.from({ length: 10 }, (_, at) => (
              <i key={at} class={at + 1 <= (work.tenths ?? 0) ? 'done' : at < (work.tenths ?? 0) + 0.001 ? 'doing' : ''} />
            ))}
          </div>
          <p class="below">{work.below}</p>
        </>
      )}
    </section>
  );
}

function Facts({ state }: { readonly state: AppState }) {
  const { battery } = state.surroundings ?? {};
  const drift = driftOf(state.history, new Date());
  const minutes = Math.round(state.history.filter(isToday).reduce((sum, { tookMs }) => sum + tookMs, 0) / 60_000);
  return (
    <dl class="facts">
      <Fact
        icon="battery"
        name="Battery"
        value={battery ? `${Math.round(100 * battery.level)} %` : '–'}
        note={battery ? (battery.charging ? 'charging' : 'not charging') : 'not told here'}
      />
      <Fact
        icon="heat"
        name="Heat"
        value={drift ? (drift.slower ? `${drift.times.toFixed(1)}× slower` : 'Not hot') : '–'}
        note={drift ? (drift.slower ? 'hot or busy' : 'steady') : 'not known yet'}
      />
      <Fact icon="clock" name="Time" value={`${minutes} min`} note="used today" />
    </dl>
  );
}

const isToday = ({ at }: Measured): boolean => new Date(at).toDateString() === new Date().toDateString();

function Fact({
  icon,
  name,
  value,
  note,
}: {
  readonly icon: 'battery' | 'heat' | 'clock';
  readonly name: string;
  readonly value: string;
  readonly note: string;
}) {
  return (
    <div>
      <dt>
        <Icon name={icon} />
        <span class="unseen">{name}</span>
      </dt>
      <dd>{value}</dd>
      <dd class="note-line">{note}</dd>
    </div>
  );
}

/** So many are shown; the rest is with the fleet. */
const SHOWN = 12;

function Results({ state }: { readonly state: AppState }) {
  const waiting = state.agent?.outbox.length ?? 0;
  return (
    <section class="results" aria-label="Measured here">
      <div class="title">
        <h2>Measured here</h2>
        <span>
          {Math.max(0, state.history.length - waiting)} sent, {waiting} waiting
        </span>
      </div>
      {state.history.length === 0 && <p class="empty">Nothing yet. Each result appears here as soon as it is found.</p>}
      <ul>
        {state.history.slice(0, SHOWN).map((measured) => (
          <Result key={measured.attempt} measured={measured} />
        ))}
      </ul>
    </section>
  );
}

function Result({ measured }: { readonly measured: Measured }) {
  const { candidate, judged, ratio, p50Ms, why } = measured;
  return (
    <li>
      <span class="code">{candidate}</span>
      {why !== '' && <Icon name="warning" />}
      <span class="compared">{why === '' ? `${judged ? 'on test images; ' : ''}${comparedShown(candidate, ratio)}` : why}</span>
      {why === '' ? <b>{p50Ms === undefined ? '–' : msShown(p50Ms)}</b> : <b class="stopped">stopped</b>}
    </li>
  );
}

function Details({ app, state }: { readonly app: PhoneApp; readonly state: AppState }) {
  const facts = state.description?.facts;
  return (
    <details>
      <summary>About this phone</summary>
      <dl class="list">
        <dt>Words</dt>
        <dd class="code">{state.device?.words || '–'}</dd>
        <dt>Device class</dt>
        <dd class="code">{state.deviceClass}</dd>
        <dt>Runs on</dt>
        <dd>
          {facts?.os}, {facts?.provider}, {facts?.threads} {facts?.threads === 1 ? 'thread' : 'threads'},{' '}
          {facts?.isolated ? 'isolated' : 'not isolated'}
        </dd>
      </dl>
      <p>
        <a href="/self-test">Self-test</a>
      </p>
      <button
        type="button"
        onClick={() => {
          if (confirm('Leave the fleet? This phone forgets its key, its models and what it measured. To come back, it joins again.'))
            void app.leave();
        }}
      >
        Leave the fleet
      </button>
    </details>
  );
}

function useNow(): number {
  const [now, setNow] = useState(performance.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(performance.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

import { useEffect, useState } from 'preact/hooks';
import type { AppState } from '../app/app-state.ts';
import type { PhoneApp } from '../app/phone-app.ts';
import { Inside } from './inside.tsx';
import { Connecting, Outside, TroubleNote, Waiting } from './joining.tsx';
import { Header } from './parts.tsx';

export function App({ app }: { readonly app: PhoneApp }) {
  const state = useAppState(app);
  const { stage } = state;
  switch (stage.kind) {
    case 'opening':
      return (
        <>
          <Header />
          <main aria-busy="true" />
        </>
      );
    case 'outside':
      return <Outside app={app} state={state} busy={stage.busy} trouble={stage.trouble} />;
    case 'connecting':
      return <Connecting app={app} state={state} since={stage.since} />;
    case 'waiting':
      return <Waiting app={app} state={state} since={stage.since} />;
    case 'inside':
      return <Inside app={app} state={state} />;
    case 'stopped':
      return (
        <>
          <Header />
          <main>
            <h1>{stage.trouble.title}</h1>
            <TroubleNote trouble={{ ...stage.trouble, title: '' }} />
          </main>
          <footer>
            {stage.again === 'reload' ? (
              <button type="button" class="primary" onClick={() => location.reload()}>
                Try again
              </button>
            ) : (
              <button type="button" class="primary" onClick={() => void app.leave()}>
                Join again
              </button>
            )}
            <p class="small">
              <a href="/self-test">Self-test</a>
            </p>
          </footer>
        </>
      );
  }
}

function useAppState(app: PhoneApp): AppState {
  const [state, setState] = useState(app.state);
  useEffect(() => {
    setState(app.state);
    return app.subscribe(() => setState(app.state));
  }, [app]);
  return state;
}

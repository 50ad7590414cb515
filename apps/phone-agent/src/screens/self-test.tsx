import { useEffect, useState } from 'preact/hooks';
import { CHECKS, type Check, reportOf, runCheck } from '../self-test/run-self-test.ts';
import { Header } from './parts.tsx';

const WORDS: Readonly<Record<Check['found'], string>> = { ok: 'works', less: 'with limits', no: 'does not work' };

/** What this browser can and cannot do, as a report that can be copied into a bug report. */
export function SelfTestPage() {
  const [checks, setChecks] = useState<readonly Check[]>([]);
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    void runAll((check) => setChecks((before) => [...before, check]));
  }, []);
  const finished = checks.length === CHECKS.length;
  const bad = checks.filter(({ found }) => found === 'no').length;
  const report = reportOf(checks);
  return (
    <>
      <Header />
      <main>
        <h1>Self-test</h1>
        <p class="lead" role="status">
          {!finished && `Looking at ${CHECKS[checks.length]?.[0]}, ${checks.length + 1} of ${CHECKS.length}`}
          {finished && (bad === 0 ? 'This phone can measure.' : `${bad} ${bad === 1 ? 'thing does' : 'things do'} not work; see below.`)}
        </p>
        <ul class="checks">
          {checks.map(({ name, found, what }) => (
            <li key={name} class={found}>
              <b>{name}</b>
              <span class="verdict">{WORDS[found]}</span>
              <span>{what}</span>
            </li>
          ))}
        </ul>
        <label for="report">Report</label>
        <textarea id="report" readOnly rows={8} value={report} />
      </main>
      <footer>
        <button
          type="button"
          class="primary"
          disabled={!finished}
          onClick={() =>
            void navigator.clipboard.writeText(report).then(
              () => setCopied(true),
              () => selectReport(),
            )
          }
        >
          {copied ? 'Copied' : 'Copy the report'}
        </button>
        <p class="small">
          <a href="/">Back to measuring</a>
        </p>
      </footer>
    </>
  );
}

async function runAll(tell: (check: Check) => void): Promise<void> {
  // One after the other: the clock is looked at while nothing else runs.
  for (const [name, run] of CHECKS) tell(await runCheck(name, run));
}

// Where the clipboard is closed to us, the text is selected for the person to copy.
function selectReport(): void {
  const area = document.getElementById('report');
  if (area instanceof HTMLTextAreaElement) area.select();
}

import { performance } from 'node:perf_hooks';
import { humanBytes, humanDuration } from './quantity.ts';
import type { Terminal } from './terminal.ts';

export interface ProgressState {
  readonly label: string;
  readonly done: number;
  /** Undefined where nobody knows how much there is. */
  readonly total: number | undefined;
  readonly elapsedMs: number;
  readonly columns: number;
}

/** One line that says how far a transfer is, never wider than the terminal. */
export function drawProgress({ label, done, total, elapsedMs, columns }: ProgressState): string {
  const rate = elapsedMs > 0 ? (done / elapsedMs) * 1_000 : 0;
  const speed = `${humanBytes(rate)}/s`;
  if (total === undefined) return clip(`${label}  ${humanBytes(done)}  ${speed}`, columns);
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const left = rate > 0 && share < 1 ? `  ${humanDuration(((total - done) / rate) * 1_000)} left` : '';
  const numbers = `${String(Math.floor(share * 100)).padStart(3)} %  ${humanBytes(done)} of ${humanBytes(total)}  ${speed}${left}`;
  const room = columns - numbers.length - 6;
  const barWidth = Math.min(30, Math.floor(room / 2));
  if (barWidth < 5) return clip(numbers, columns);
  const filled = Math.round(share * barWidth);
  const bar = '█'.repeat(filled) + '░'.repeat(barWidth - filled);
  return clip(`${clip(label, room - barWidth)}  ${bar}  ${numbers}`, columns);
}

function clip(text: string, columns: number): string {
  const letters = [...text];
  return letters.length < columns ? text : `${letters.slice(0, Math.max(0, columns - 2)).join('')}…`;
}

const REDRAW_MS = 100;

/** Shows how far a transfer is, on a terminal only; elsewhere it draws nothing. */
export class Progress {
  readonly #terminal: Terminal;
  readonly #label: string;
  readonly #total: number | undefined;
  readonly #startedAt = performance.now();
  #drawnAt = Number.NEGATIVE_INFINITY;
  #drawn = false;

  constructor(terminal: Terminal, label: string, total: number | undefined) {
    this.#terminal = terminal;
    this.#label = label;
    this.#total = total;
  }

  show(done: number): void {
    const now = performance.now();
    if (!this.#terminal.errIsTty || now - this.#drawnAt < REDRAW_MS) return;
    const [label, total, columns] = [this.#label, this.#total, this.#terminal.columns];
    this.#terminal.err.write(
      `\r\u001b[2K${drawProgress({ label, done, total, columns, elapsedMs: now - this.#startedAt })}`,
    );
    this.#drawnAt = now;
    this.#drawn = true;
  }

  /** Wipes the line, so that what is said next stands alone. */
  end(): void {
    if (this.#drawn) this.#terminal.err.write('\r\u001b[2K');
    this.#drawn = false;
  }
}

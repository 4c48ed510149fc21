// How durations, dates and states are said; as Components/Shell/Words.cs says them.
const two = number => String(number).padStart(2, '0');

/** `2 h 05 min`, `3 min 20 s`, `1.4 s`. */
export function lengthWords(milliseconds) {
  const seconds = Math.floor(milliseconds / 1000);
  if (seconds >= 3600) return `${Math.floor(seconds / 3600)} h ${two(Math.floor(seconds / 60) % 60)} min`;
  if (seconds >= 60) return `${Math.floor(seconds / 60)} min ${two(seconds % 60)} s`;
  return seconds >= 10 ? `${seconds} s` : `${(milliseconds / 1000).toFixed(1)} s`;
}

/** `2026-11-27 04:00 UTC`. */
export const dateWords = milliseconds => `${new Date(milliseconds).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

/** `11-27`, above a column. */
export const dayWords = milliseconds => new Date(milliseconds).toISOString().slice(5, 10);

/** `up for retry`. */
export const stateWords = name => name.replaceAll('_', ' ');

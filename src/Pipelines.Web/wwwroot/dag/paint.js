// Draws the grid on its canvas: only the columns and rows in sight, and after a change only the columns that changed.
import { cell } from './palette.js';
import { lengthOf, stateAt } from './runs.js';
import { dayWords } from './words.js';

export const pitch = cell + 2;
export const head = { days: 16, bars: 46, runs: pitch + 4 };
export const headHeight = head.days + head.bars + head.runs;

const shortestBar = 3;

/** Draws columns `from` to `to` of a view: { context, palette, width, height, left, top, names, runs, rows, states, spot, selected, closed }. */
export function paint(view, from = 0, to = view.runs.length - 1, withNames = true) {
  const { context, palette, width, height, names, left } = view;
  const first = Math.max(from, Math.floor(left / pitch));
  const last = Math.min(to, Math.floor((left + width - names) / pitch));
  context.save();
  context.setTransform(palette.ratio, 0, 0, palette.ratio, 0, 0);
  context.fillStyle = palette.paper;
  if (withNames) context.fillRect(0, 0, width, height);
  for (let column = first; column <= last; column += 1) paintColumn(view, column, !withNames);
  if (withNames) { paintDays(view, first, last); paintNames(view); }
  paintSpot(view);
  context.restore();
}

/** Where a column begins on the canvas. */
export const columnAt = (view, column) => view.names + column * pitch - view.left;

/** Where a row begins on the canvas. */
export const rowAt = (view, row) => headHeight + row * pitch - view.top;

/** The state a row shows of a run: a task's own, or the gravest of a group's tasks. States are in that order. */
export function shownState(run, row) {
  if (!row.group) return stateAt(run, row.task);
  let gravest = -1;
  for (const task of row.tasks) {
    const state = stateAt(run, task);
    if (state >= 0 && (gravest < 0 || state < gravest)) gravest = state;
  }
  return gravest;
}

function paintColumn(view, column, alone) {
  const { context, palette, runs, rows, height, names, width } = view;
  const run = runs[column];
  const x = columnAt(view, column);
  context.save();
  context.beginPath();
  context.rect(Math.max(names, x - 1), alone ? head.days : 0, Math.min(pitch, x - 1 + pitch - names), height);
  context.clip();
  context.fillStyle = run.runId === view.selected ? palette.soft : palette.paper;
  if (alone || run.runId === view.selected) context.fillRect(x - 1, head.days, pitch, height);
  context.fillStyle = palette.line;
  context.fillRect(x - 1, headHeight - 2, pitch, 1);
  context.fillStyle = palette.accent;
  if (run.runId === view.selected) context.fillRect(x - 1, head.days, pitch, 3);
  paintHead(view, run, x);
  context.beginPath();
  context.rect(names, headHeight, width - names, height - headHeight);
  context.clip();
  const first = Math.floor(view.top / pitch);
  const last = Math.min(rows.length - 1, Math.ceil((view.top + height - headHeight) / pitch));
  for (let row = first; row <= last; row += 1) {
    const state = shownState(run, rows[row]);
    if (state >= 0) context.drawImage(palette.pictures[state], x, rowAt(view, row), cell, cell);
  }
  context.restore();
}

function paintHead(view, run, x) {
  const { context, palette, longest } = view;
  const length = lengthOf(run);
  if (length !== null) {
    const tall = Math.max(shortestBar, Math.min(1, length / longest) * (head.bars - 6));
    context.fillStyle = palette.states[run.stateIndex];
    context.beginPath();
    context.roundRect(x + 4, head.days + head.bars - tall, cell - 8, tall, [3, 3, 0, 0]);
    context.fill();
  }
  context.drawImage(palette.pictures[run.stateIndex], x, head.days + head.bars + 2, cell, cell);
}

// A date above a column where the day changes, as often as there is room for it.
function paintDays(view, first, last) {
  const { context, palette, runs, names, width } = view;
  context.save();
  context.beginPath();
  context.rect(names, 0, width - names, head.days);
  context.clip();
  [context.fillStyle, context.font, context.textBaseline] = [palette.muted, `11px ${palette.font}`, 'middle'];
  let free = -Infinity;
  for (let column = Math.max(0, first - 3); column <= last; column += 1) {
    const day = dayWords(runs[column].date ?? runs[column].after);
    if (column > 0 && day === dayWords(runs[column - 1].date ?? runs[column - 1].after)) continue;
    // The place of a date depends on the column alone, so that it does not jump while the grid is scrolled.
    if (column * pitch < free || (column % 3 !== 0 && runs.length > 30)) continue;
    context.fillText(day, columnAt(view, column), head.days / 2);
    free = column * pitch + 40;
  }
  context.restore();
}

function paintNames(view) {
  const { context, palette, rows, names, height } = view;
  context.fillStyle = palette.paper;
  context.fillRect(0, headHeight, names - 1, height);
  context.fillRect(0, 0, names - 1, headHeight);
  context.fillStyle = palette.line;
  context.fillRect(names - 3, 0, 1, height);
  context.fillRect(0, headHeight - 2, names, 1);
  context.textBaseline = 'middle';
  context.fillStyle = palette.muted;
  context.font = headingFont(palette);
  context.fillText(heading, 6, head.days + head.bars + 2 + cell / 2);
  context.save();
  context.beginPath();
  context.rect(0, headHeight, names - 6, height - headHeight);
  context.clip();
  const first = Math.floor(view.top / pitch);
  const last = Math.min(rows.length - 1, Math.ceil((view.top + height - headHeight) / pitch));
  for (let row = first; row <= last; row += 1) paintName(view, rows[row], rowAt(view, row), row === view.spot?.row);
  context.restore();
}

function paintName(view, row, y, isSpot) {
  const { context, palette, names, closed } = view;
  if (isSpot) { context.fillStyle = palette.soft; context.fillRect(0, y - 1, names - 6, pitch); }
  context.fillStyle = palette.ink;
  context.font = nameFont(row, palette);
  const sign = row.group ? (closed.has(row.key) ? '▸ ' : '▾ ') : '';
  context.fillText(sign + cut(context, row.label, names - 18 - indent(row)), 6 + indent(row), y + cell / 2);
}

const heading = 'Runs';
const headingFont = palette => `600 12px ${palette.font}`;
const indent = row => row.depth * 14;
const nameFont = (row, palette) => `${row.group ? '650' : '400'} 13px ${palette.font}`;

/** The width that the longest name needs, the heading included. */
export function widestName(context, palette, rows) {
  context.font = headingFont(palette);
  let widest = context.measureText(heading).width;
  for (const row of rows) {
    context.font = nameFont(row, palette);
    widest = Math.max(widest, indent(row) + context.measureText(row.label.slice(0, 80)).width + (row.group ? 18 : 0));
  }
  return widest + 18;
}

function cut(context, text, room) {
  if (context.measureText(text).width <= room) return text;
  let [low, high] = [0, Math.min(text.length, 120)];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (context.measureText(`${text.slice(0, middle)}…`).width <= room) low = middle; else high = middle - 1;
  }
  return `${text.slice(0, low)}…`;
}

function paintSpot(view) {
  const { context, palette, spot, names, width, height } = view;
  if (!spot) return;
  const onRun = spot.row < 0;
  const x = spot.column < 0 ? 2 : columnAt(view, spot.column);
  const y = onRun ? head.days + head.bars + 2 : rowAt(view, spot.row);
  context.save();
  context.beginPath();
  context.rect(spot.column < 0 ? 0 : names - 2, onRun ? 0 : headHeight - 2, width, height);
  context.clip();
  context.strokeStyle = palette.ink;
  context.lineWidth = 2;
  context.strokeRect(x - 1, y - 1, spot.column < 0 ? names - 8 : cell + 2, cell + 2);
  context.restore();
}

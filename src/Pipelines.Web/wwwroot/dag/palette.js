// Colours of the page's tokens for a canvas, and a small picture of each state: its colour and its sign.
export const cell = 20;

/** The palette as the page looks now; build it again after the theme was switched or the page zoomed. */
export function paletteOf(element, states) {
  const style = getComputedStyle(element);
  const token = name => style.getPropertyValue(`--${name}`).trim();
  const palette = { font: style.fontFamily, ratio: devicePixelRatio || 1 };
  for (const name of ['ink', 'muted', 'paper', 'soft', 'line', 'edge', 'accent']) palette[name] = token(name);
  palette.states = states.map(state => token(`state-${state.name}`) || token('state-none'));
  // What has not begun stands back, so that what has is seen.
  palette.pictures = states.map((state, index) => state.name === 'none'
    ? picture(state.sign, palette.soft, palette.states[index], palette)
    : picture(state.sign, palette.states[index], palette.paper, palette));
  return palette;
}

function picture(sign, ground, ink, { ratio, font }) {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = Math.round(cell * ratio);
  const context = canvas.getContext('2d');
  context.scale(ratio, ratio);
  context.fillStyle = ground;
  context.beginPath();
  context.roundRect(0, 0, cell, cell, 4);
  context.fill();
  context.fillStyle = ink;
  context.font = `700 11px ${font}`;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.fillText(sign, cell / 2, cell / 2 + 0.5);
  return canvas;
}

/** Calls `changed` after the theme was switched; returns what ends that. */
export function onTheme(changed) {
  const observer = new MutationObserver(changed);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
  return () => observer.disconnect();
}

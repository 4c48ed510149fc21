// Moves and zooms a drawing in its frame: wheel, drag, two fingers, keys and buttons.
const smallest = 0.15;
const largest = 2;
const readable = 0.5;
const comfortable = 0.8;

/** The sight of `content` (of a size given by fit()) through `frame`. */
export function sightOf(frame, content) {
  let [x, y, scale, size] = [0, 0, 1, { left: 0, top: 0, width: 1, height: 1 }];
  let touched = false;
  const fingers = new Map();
  const apply = () => { content.style.transform = `translate(${x}px, ${y}px) scale(${scale})`; };

  function zoom(factor, at = { x: frame.clientWidth / 2, y: frame.clientHeight / 2 }) {
    const next = Math.min(largest, Math.max(smallest, scale * factor));
    [x, y] = [at.x - (at.x - x) * next / scale, at.y - (at.y - y) * next / scale];
    scale = next;
    touched = true;
    apply();
  }

  function move(right, down) {
    [x, y, touched] = [x + right, y + down, true];
    apply();
  }

  /** Shows all of it, not larger than it is. */
  function fit(of = size) {
    size = of;
    scale = Math.max(smallest, Math.min(1, frame.clientWidth / size.width, frame.clientHeight / size.height));
    x = Math.max(0, (frame.clientWidth - size.width * scale) / 2) - size.left * scale;
    y = Math.max(0, (frame.clientHeight - size.height * scale) / 2) - size.top * scale;
    touched = false;
    apply();
  }

  /** Shows all of it if that can be read, else its beginning. */
  function open(of, first) {
    fit(of);
    if (scale >= readable || !first) return;
    scale = comfortable;
    [x, y] = [24 - of.left * scale, frame.clientHeight / 2 - (first.y + first.height / 2) * scale];
    apply();
  }

  /** Brings a rectangle into the middle, when it is not in sight already. */
  function show(part, always = false) {
    const [left, top] = [part.x * scale + x, part.y * scale + y];
    const inside = left >= 0 && top >= 0 && left + part.width * scale <= frame.clientWidth && top + part.height * scale <= frame.clientHeight;
    if (inside && !always) return;
    if (scale < readable) scale = comfortable;
    x = frame.clientWidth / 2 - (part.x + part.width / 2) * scale;
    y = frame.clientHeight / 2 - (part.y + part.height / 2) * scale;
    touched = true;
    apply();
  }

  const place = event => { const rect = frame.getBoundingClientRect(); return { x: event.clientX - rect.left, y: event.clientY - rect.top }; };
  frame.addEventListener('wheel', event => {
    event.preventDefault();
    zoom(Math.exp(-event.deltaY * (event.deltaMode === 1 ? 0.05 : 0.0016)), place(event));
  }, { passive: false });
  frame.addEventListener('pointerdown', event => { if (event.button === 0) fingers.set(event.pointerId, place(event)); });
  frame.addEventListener('pointermove', event => {
    const before = fingers.get(event.pointerId);
    if (!before) return;
    const now = place(event);
    const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
    if (!other && !frame.hasPointerCapture(event.pointerId)) {
      if (Math.hypot(now.x - before.x, now.y - before.y) < 4) return;
      // From here on it is a drag, and the link under the pointer must not open.
      frame.setPointerCapture(event.pointerId);
    }
    fingers.set(event.pointerId, now);
    if (other) zoom(Math.hypot(now.x - other.x, now.y - other.y) / Math.max(1, Math.hypot(before.x - other.x, before.y - other.y)), other);
    else move(now.x - before.x, now.y - before.y);
  });
  for (const end of ['pointerup', 'pointercancel', 'lostpointercapture']) frame.addEventListener(end, event => fingers.delete(event.pointerId));
  frame.addEventListener('dragstart', event => event.preventDefault());
  // A browser scrolls what gets the focus into sight; here that is show()'s work.
  frame.addEventListener('scroll', () => { [frame.scrollLeft, frame.scrollTop] = [0, 0]; });
  frame.addEventListener('keydown', event => {
    const step = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] }[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (step) move(...step);
    else if (event.key === '+' || event.key === '=') zoom(1.25);
    else if (event.key === '-') zoom(0.8);
    else if (event.key === '0') fit();
    else return;
    event.preventDefault();
  });
  return { zoom, fit, open, show, refit: first => { if (!touched) open(size, first); } };
}

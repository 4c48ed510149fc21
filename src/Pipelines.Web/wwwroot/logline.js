// One line of a log. It is only ever text: nothing in it becomes markup.
const mostMarks = 200;

/** @param find what the person looks for; each place of it is marked. */
export function lineOf({ at, time, level, message }, find) {
  const line = document.createElement('div');
  line.className = level;
  line.dataset.at = at;
  const when = document.createElement('a');
  when.href = placeOf(at);
  when.textContent = time.slice(11, 23).replace(/Z|\+.*/, '');
  when.title = `${time}: a link to this line among its neighbours`;
  line.append(when, ` ${level.toUpperCase()} `, ...marked(message, find));
  return line;
}

function placeOf(at) {
  const here = new URL(location.href);
  ['level', 'find'].forEach(name => here.searchParams.delete(name));
  here.searchParams.set('at', at);
  return here.pathname + here.search;
}

function marked(message, find) {
  if (!find) return [message];
  const [parts, lower, wanted] = [[], message.toLowerCase(), find.toLowerCase()];
  let from = 0;
  for (let at = lower.indexOf(wanted); at >= 0 && parts.length < 2 * mostMarks; at = lower.indexOf(wanted, from)) {
    const mark = document.createElement('mark');
    mark.textContent = message.slice(at, at + wanted.length);
    parts.push(message.slice(from, at), mark);
    from = at + wanted.length;
  }
  return [...parts, message.slice(from)];
}

// Installs a folder's package-lock.json: `node npm-ci.mjs FOLDER`. Silent on success; on failure standard error says what to do.
// Builds run in parallel, so one process installs under a lock file and the others wait for its result.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const folder = path.resolve(process.argv[2]);
const lockFile = path.join(folder, 'package-lock.json');
const modules = path.join(folder, 'node_modules');
const stamp = path.join(modules, '.pipelines-installed');
const mutex = path.join(folder, 'obj', 'npm-ci.lock');
const longestInstall = 10 * 60 * 1000;

const modified = file => fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
const installed = () => modified(stamp) > 0
  && modified(stamp) >= Math.max(modified(lockFile), modified(path.join(folder, 'package.json')));
const pause = milliseconds => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

function isAlive(pid) {
  try { process.kill(pid, 0); return true; } catch (error) { return error.code === 'EPERM'; }
}

function takeLock() {
  fs.mkdirSync(path.dirname(mutex), { recursive: true });
  try { fs.writeFileSync(mutex, `${process.pid}`, { flag: 'wx' }); return true; }
  catch (error) { if (error.code !== 'EEXIST') throw error; return false; }
}

// Only the holder of the second lock may remove a dead owner's lock, or two waiters could each remove the other's fresh one.
function clearStaleLock() {
  const guard = `${mutex}.clear`;
  try { fs.mkdirSync(guard); }
  catch { if (Date.now() - modified(guard) > 10_000) fs.rmSync(guard, { recursive: true, force: true }); return; }
  try {
    const age = Date.now() - modified(mutex);
    const owner = Number(fs.readFileSync(mutex, 'utf8')); // 0: created this instant, not yet written
    if ((owner > 0 && !isAlive(owner)) || age > longestInstall) fs.rmSync(mutex, { force: true });
  } catch (error) { if (error.code !== 'ENOENT') throw error; }
  finally { fs.rmSync(guard, { recursive: true, force: true }); }
}

// npm leaves out an optional package that it could not download and still reports success.
function missingPackages() {
  const fits = (wanted, here) => !wanted || wanted.includes(here) || (wanted.every(w => w.startsWith('!')) && !wanted.includes(`!${here}`));
  return Object.entries(JSON.parse(fs.readFileSync(lockFile, 'utf8')).packages)
    .filter(([name, entry]) => name && fits(entry.os, process.platform) && fits(entry.cpu, process.arch))
    .map(([name]) => name)
    .filter(name => !fs.existsSync(path.join(folder, name, 'package.json')));
}

// Install scripts of third parties do not run: nothing we use needs them (LocalCloud links PostgreSQL's libraries itself).
function install() {
  const npm = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--no-update-notifier'],
    { cwd: folder, encoding: 'utf8', shell: process.platform === 'win32' });
  if (npm.error?.code === 'ENOENT') fail('npm was not found beside Node.js. Install Node.js 20 or newer with npm, then build again.');
  const output = `${npm.stdout ?? ''}${npm.stderr ?? ''}`.trim();
  if (npm.status !== 0) fail(`"npm ci" failed in ${folder}: ${output || npm.error}. Check the network and npm's registry setting, then build again.`);
  const missing = missingPackages();
  if (missing.length > 0) fail(`"npm ci" left out ${missing.join(', ')} in ${folder}: ${output}. Check the network and npm's registry setting, then build again.`);
  fs.writeFileSync(stamp, `${new Date().toISOString()}\n`);
}

if (Number(process.versions.node.split('.')[0]) < 20) fail(`Node.js ${process.versions.node} is too old. Install Node.js 20 or newer, then build again.`);
const deadline = Date.now() + longestInstall;
while (!installed()) {
  if (takeLock()) {
    process.on('exit', () => fs.rmSync(mutex, { force: true }));
    if (!installed()) install();
    break;
  }
  clearStaleLock();
  if (Date.now() > deadline) fail(`Another build has held ${mutex} for ten minutes. If none is running, delete that file and build again.`);
  pause(100);
}

// The page: lets the user in, connects to a display, and joins the buttons to it.

import { listDisplays, loginWithPassword, loginWithToken, Refused } from './session.js';
import { loadSettings, saveSettings } from './settings.js';
import { View } from './view.js';

const FIRST_RETRY_MS = 1000;
const MAX_RETRY_MS = 30_000;
const STATES = {
  starting: 'Starting',
  login: 'Not let in',
  connecting: 'Connecting',
  connected: 'Connected',
  disconnected: 'Disconnected',
};

const at = (id) => document.getElementById(id);
const settings = loadSettings();
let list = { displays: [], viewOnly: true };
let chosen = 0;
let view;
let retryMs = FIRST_RETRY_MS;
let retryTimer;

const showState = (state) => {
  document.body.dataset.state = state;
  at('state-text').textContent = STATES[state];
  at('ctrl-alt-del').disabled = state !== 'connected';
  at('clipboard').disabled = state !== 'connected';
};

/** Over the picture; without a title there is none. */
const showMessage = (title, text = '', { hasLogin = false, hasAgain = false } = {}) => {
  at('message').hidden = title === undefined;
  at('message-title').textContent = title ?? '';
  at('message-text').textContent = text;
  at('login').hidden = !hasLogin;
  at('again').hidden = !hasAgain;
  if (hasLogin) at('password').focus();
};

const showLabel = (label) => {
  at('label').textContent = label;
  document.title = `${label} · virgl`;
};

const speed = (bitsPerSecond) =>
  bitsPerSecond < 1e6
    ? `${(bitsPerSecond / 1e3).toFixed(0)} kbit/s`
    : `${(bitsPerSecond / 1e6).toFixed(1)} Mbit/s`;

const showFigures = ({ framesPerSecond, latencyMs, bitsPerSecond, width, height }) => {
  at('frames').textContent = `${framesPerSecond.toFixed(0)}/s`;
  at('latency').textContent =
    latencyMs === undefined ? '–' : `${latencyMs.toFixed(latencyMs < 10 ? 1 : 0)} ms`;
  at('bandwidth').textContent = speed(bitsPerSecond);
  at('size').textContent = `${width}×${height}`;
};

const showSettings = () => {
  for (const name of ['fit', 'resize', 'figures']) at(name).setAttribute('aria-pressed', settings[name]);
  at('figures-panel').hidden = !settings.figures;
  const { canResize = false, hasClipboard = false } = list.displays[chosen] ?? {};
  at('resize').hidden = !canResize || list.viewOnly;
  at('clipboard').hidden = !hasClipboard || list.viewOnly;
  at('ctrl-alt-del').hidden = list.viewOnly;
};

const connectionSettings = () => ({
  fit: settings.fit,
  resize: settings.resize && !at('resize').hidden,
  viewOnly: list.viewOnly,
});

const retryLater = () => {
  const waitMs = retryMs;
  retryMs = Math.min(MAX_RETRY_MS, retryMs * 2);
  retryTimer = setTimeout(enter, waitMs);
  return `Trying again in ${waitMs / 1000} s.`;
};

const lost = () => {
  view = undefined;
  showState('disconnected');
  showMessage('The connection ended', retryLater(), { hasAgain: true });
};

const connect = () => {
  clearTimeout(retryTimer);
  const old = view;
  view = undefined;
  old?.close();
  showState('connecting');
  showMessage(undefined);
  showLabel(list.displays[chosen].label);
  showSettings();
  const opened = new View(at('stage'), chosen, connectionSettings(), {
    connected: () => {
      retryMs = FIRST_RETRY_MS;
      showState('connected');
    },
    disconnected: () => {
      if (view === opened) lost();
    },
    figures: showFigures,
    label: showLabel,
    clipboard: (text) => (at('clipboard-text').value = text),
  });
  view = opened;
};

const showPicker = () => {
  const names = list.displays.map(({ label }, number) => new Option(`${number}: ${label}`, number));
  at('displays').replaceChildren(...names);
  at('displays').value = chosen;
  at('picker').hidden = list.displays.length < 2;
  at('label').hidden = list.displays.length > 1;
};

const sentence = (text) => `${text[0].toUpperCase()}${text.slice(1)}.`;

const refused = (error) => {
  showState('login');
  const wait = error.retryAfterS === undefined ? '' : ` Try again in ${error.retryAfterS} s.`;
  showMessage('Not let in', `${sentence(error.message)}${wait}`, {
    hasLogin: error.hasPassword,
    hasAgain: !error.hasPassword,
  });
};

/** Gets in and connects. */
async function enter() {
  clearTimeout(retryTimer);
  try {
    await loginWithToken();
    list = await listDisplays();
    chosen = Math.min(chosen, list.displays.length - 1);
    showPicker();
    connect();
  } catch (error) {
    if (error instanceof Refused) refused(error);
    else {
      showState('disconnected');
      showMessage('There is no answer', retryLater(), { hasAgain: true });
    }
  }
}

const toggle = (name) => {
  settings[name] = !settings[name];
  saveSettings(settings);
  showSettings();
  view?.set(connectionSettings());
  view?.focus();
};

const toggleFullScreen = async () => {
  if (document.fullscreenElement === null) await document.documentElement.requestFullscreen();
  else await document.exitFullscreen();
  view?.focus();
};

const toggleClipboard = () => {
  const panel = at('clipboard-panel');
  panel.hidden = !panel.hidden;
  at('clipboard').setAttribute('aria-expanded', !panel.hidden);
  if (panel.hidden) view?.focus();
  else at('clipboard-text').focus();
};

const choose = () => {
  chosen = Number(at('displays').value);
  connect();
};

const logIn = async (event) => {
  event.preventDefault();
  const { value } = at('password');
  at('password').value = '';
  try {
    await loginWithPassword(value);
    await enter();
  } catch (error) {
    refused(error);
  }
};

/** As in QEMU's own window. */
const giveKeyboardBack = (event) => {
  if (!event.ctrlKey || !event.altKey || event.code !== 'KeyG') return;
  event.preventDefault();
  event.stopPropagation();
  view?.releaseKeys();
  at('fit').focus();
};

const listen = () => {
  at('fit').addEventListener('click', () => toggle('fit'));
  at('resize').addEventListener('click', () => toggle('resize'));
  at('figures').addEventListener('click', () => toggle('figures'));
  at('full-screen').addEventListener('click', toggleFullScreen);
  at('ctrl-alt-del').addEventListener('click', () => view?.ctrlAltDel());
  at('clipboard').addEventListener('click', toggleClipboard);
  at('clipboard-send').addEventListener('click', () => view?.paste(at('clipboard-text').value));
  at('displays').addEventListener('change', choose);
  at('again').addEventListener('click', enter);
  at('login').addEventListener('submit', logIn);
  at('stage').addEventListener('keydown', giveKeyboardBack, { capture: true });
  document.addEventListener('fullscreenchange', () =>
    at('full-screen').setAttribute('aria-pressed', document.fullscreenElement !== null),
  );
  // A token that is pasted into the address of a page that is open already.
  window.addEventListener('hashchange', enter);
};

showState('starting');
showSettings();
listen();
await enter();

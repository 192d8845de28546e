// What this browser was told to do the last time.

const KEY = 'virgl-view';
const DEFAULTS = { fit: true, resize: false, figures: true };

/** The switches, all of them true or false. */
export const loadSettings = () => {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? '{}');
    const known = Object.entries(DEFAULTS).map(([name, byDefault]) => [
      name,
      typeof kept[name] === 'boolean' ? kept[name] : byDefault,
    ]);
    return Object.fromEntries(known);
  } catch {
    return { ...DEFAULTS };
  }
};

/** Keeps them, where the browser lets us. */
export const saveSettings = (settings) => {
  try {
    localStorage.setItem(KEY, JSON.stringify(settings));
  } catch {
    // Nothing is lost but comfort.
  }
};

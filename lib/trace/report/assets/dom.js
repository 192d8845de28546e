// Makes elements. Text always goes in as text, so that nothing in a trace is ever markup.
/* exported h */

/**
 * @param {string} name tag, with classes behind dots: `button.frame`
 * @param {Record<string, unknown>} attributes `on...` are listeners, `false` and undefined leave an attribute out
 * @param {...(Node | string | number | undefined | null | false)} children
 */
function h(name, attributes, ...children) {
  const [tag, ...classes] = name.split('.');
  const element = document.createElement(tag);
  if (classes.length > 0) element.className = classes.join(' ');
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (value === undefined || value === false) continue;
    if (typeof value === 'function') element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? '' : String(value));
  }
  for (const child of children)
    if (child !== undefined && child !== null && child !== false) element.append(child);
  return element;
}

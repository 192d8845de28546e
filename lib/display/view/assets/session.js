// To be let in: with the token behind the address, which is used up then, or with the password.

/** What the server says to somebody that it does not let in. */
export class Refused extends Error {
  constructor({ error, hasPassword, retryAfterS }) {
    super(error);
    this.hasPassword = hasPassword;
    this.retryAfterS = retryAfterS;
  }
}

const ask = async (path, options) => {
  const response = await fetch(path, { credentials: 'same-origin', cache: 'no-store', ...options });
  if (response.ok) return response.status === 204 ? undefined : response.json();
  throw new Refused(await response.json());
};

const login = (credential) =>
  ask('/login', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(credential),
  });

/** Takes the token out of the address, so that it is neither copied nor kept in the history. */
const takeToken = () => {
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  if (token !== null) history.replaceState(null, '', location.pathname);
  return token;
};

/** The displays that may be seen. @throws Refused */
export const listDisplays = () => ask('/displays');

/** @throws Refused */
export const loginWithPassword = (password) => login({ password });

/** Uses the token behind the address, if there is one. @throws Refused, unless this browser was let in already */
export const loginWithToken = async () => {
  const token = takeToken();
  if (token === null) return;
  try {
    await login({ token });
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    await listDisplays().catch(() => {
      throw error;
    });
  }
};

// The cookie that holds a browser's session. Browsers tell cookies apart by host, not by port, so the port is in its name.

/** A view server's cookie. */
export class SessionCookie {
  readonly #name: string;
  readonly #isSecure: boolean;

  constructor(port: number, isSecure: boolean) {
    this.#name = `${isSecure ? '__Host-' : ''}virgl-view-${port}`;
    this.#isSecure = isSecure;
  }

  /** The value of `Set-Cookie`. */
  set(session: string, lifetimeS: number): string {
    const secure = this.#isSecure ? '; Secure' : '';
    return `${this.#name}=${session}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${lifetimeS}${secure}`;
  }

  /** The session in a `Cookie` header. */
  read(header: string | undefined): string | undefined {
    const prefix = `${this.#name}=`;
    const found = (header ?? '')
      .split(';')
      .map((part) => part.trim())
      .find((part) => part.startsWith(prefix));
    return found?.slice(prefix.length);
  }
}

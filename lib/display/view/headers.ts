// What every answer says to the browser, so that nothing but our own scripts runs on the page.

/** Headers of every answer. `host` is that of the request, which was checked. */
export const safetyHeaders = (host: string, isSecure: boolean): Record<string, string> => ({
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    // noVNC decodes JPEG and PNG, and sets the cursor, through data: URLs.
    "img-src 'self' data:",
    // Not every browser takes 'self' for WebSockets too.
    `connect-src 'self' ${isSecure ? 'wss' : 'ws'}://${host}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join('; '),
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
});

/** Ids made at the page, so that what is told twice counts once: 128 random bits. */
export const newId = (prefix: string): string =>
  `${prefix}-${Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("")}`;

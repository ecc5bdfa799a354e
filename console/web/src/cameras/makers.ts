/** Makers and where their streams are, as the server knows them. */

export interface Maker {
  id: string;
  zh: string;
  en: string;
  main: string;
  sub: string;
  port: number;
}

/** A camera that is not kept yet: what is known of it. */
export interface Draft {
  host: string;
  maker: string;
  name: string;
}

const filled = (path: string, channel: number): string =>
  path.replaceAll("{channel:02}", String(channel).padStart(2, "0")).replaceAll("{channel}", String(channel));

/** Both addresses of a maker's camera, without a login; null while host or numbers are none. */
export function addressesOf(maker: Maker, host: string, port: number, channel: number): { url: string; sub_url: string } | null {
  const plain = host.trim().replace(/^\[|\]$/g, "");
  if (!/^[^\s/?#@[\]]+$/.test(plain) || (plain.includes(":") && !/^[0-9A-Fa-f:.]+(%.+)?$/.test(plain))) return null;
  if (!Number.isInteger(port) || port < 1 || port > 65535 || !Number.isInteger(channel) || channel < 1) return null;
  const begin = `rtsp://${plain.includes(":") ? `[${plain}]` : plain}:${port}`;
  return { url: begin + filled(maker.main, channel), sub_url: maker.sub ? begin + filled(maker.sub, channel) : "" };
}
